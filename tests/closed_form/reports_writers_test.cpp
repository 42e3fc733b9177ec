// JSON and CSV: exact bytes for small trees, and reading back what was written.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "reports/clean_text.h"
#include "reports/csv_writer.h"
#include "reports/json_writer.h"
#include "reports/tree_check.h"
#include "reports_sample_tree.h"

namespace ternsim::reports {
namespace {

StatisticNode node_with(std::variant<double, std::uint64_t, std::string> value, Quantity quantity) {
  StatisticNode root{"results", "Title", {}, {}};
  root.add("figure", "What it is.", quantity, std::move(value), Tier::Derived);
  return root;
}

/// The rows of a table by RFC 4180, read with a parser that shares nothing with the writer.
std::vector<std::vector<std::string>> read_csv(const std::string& text) {
  std::vector<std::vector<std::string>> rows(1, std::vector<std::string>(1));
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"') {
      rows.back().back() += c;
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && c == ',') {
      rows.back().emplace_back();
    } else if (!quoted && c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') {
      rows.emplace_back(1);
      ++i;
    } else {
      rows.back().back() += c;
    }
  }
  rows.pop_back();  // every row ends with CRLF, the last one too
  return rows;
}

TEST(ReportsJson, SmallTreeIsExactlyThisText) {
  EXPECT_EQ(json_report(node_with(0.1, Quantity::JoulesPerToken)), R"({
  "schema": "ternsim-results",
  "schema_version": 3,
  "results": {
    "name": "results",
    "title": "Title",
    "statistics": [
      {
        "name": "figure",
        "description": "What it is.",
        "quantity": "joules_per_token",
        "unit": "J/token",
        "value": 0.1,
        "tier": "derived"
      }
    ],
    "children": []
  }
}
)");
}

TEST(ReportsJson, NumbersReadBackToTheSameBits) {
  for (const double value : {0.1, 1.0 / 3.0, 5e-324, 1.7976931348623157e308, -0.0, 6.02214076e23, 7.812e-3, 2.0}) {
    const auto read = nlohmann::json::parse(json_report(node_with(value, Quantity::Joules)));
    const double back = read["results"]["statistics"][0]["value"].get<double>();
    EXPECT_EQ(std::bit_cast<std::uint64_t>(back), std::bit_cast<std::uint64_t>(value)) << value;
  }
  const std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();
  const auto read = nlohmann::json::parse(json_report(node_with(largest, Quantity::Count)));
  EXPECT_EQ(read["results"]["statistics"][0]["value"].get<std::uint64_t>(), largest);
}

TEST(ReportsJson, TextComesBackUnchangedAndInvalidUtf8IsReplaced) {
  const std::string text = "quote \" backslash \\ tab \t newline \n null \x01 </script> \xE2\x80\xA8 \xF0\x9F\x98\x80";
  auto read = nlohmann::json::parse(json_report(node_with(text, Quantity::Text)));
  EXPECT_EQ(read["results"]["statistics"][0]["value"], text);
  read = nlohmann::json::parse(json_report(node_with(std::string("cut \xE2\x82"), Quantity::Text)));
  EXPECT_EQ(read["results"]["statistics"][0]["value"], "cut \xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(ReportsJson, EmbeddedFormCannotEndItsElementAndHoldsTheSameValues) {
  const StatisticNode tree = node_with(std::string(hostile_text), Quantity::Text);
  const std::string embedded = json_for_page(tree);
  EXPECT_EQ(embedded.find_first_of("<>&"), std::string::npos);
  EXPECT_EQ(embedded.find("\xE2\x80\xA8"), std::string::npos);
  const auto value = nlohmann::json::parse(embedded)["results"]["statistics"][0]["value"];
  EXPECT_EQ(value, valid_utf8(hostile_text));
  const auto number = nlohmann::json::parse(json_for_page(node_with(0.0078125, Quantity::JoulesPerToken)));
  EXPECT_EQ(number["results"]["statistics"][0]["shown"], "7.812 mJ/token");
}

TEST(ReportsJson, EveryQuantityHasItsOwnName) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Quantity::SquareMetresPerBit); ++i)
    names.insert(quantity_name(static_cast<Quantity>(i)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(Quantity::SquareMetresPerBit) + 1);
  EXPECT_EQ(quantity_name(Quantity::Text), "text");
  EXPECT_EQ(quantity_name(Quantity::JoulesPerBit), "joules_per_bit");
  EXPECT_EQ(quantity_name(Quantity::WattsPerSquareMetre), "watts_per_square_metre");
  EXPECT_EQ(quantity_name(Quantity::SquareMetresPerBit), "square_metres_per_bit");
}

TEST(ReportsJson, EqualTreesGiveEqualBytes) { EXPECT_EQ(json_report(sample_tree()), json_report(sample_tree())); }

TEST(ReportsCsv, FieldsAreQuotedByRfc4180) {
  EXPECT_EQ(csv_field("plain"), "plain");
  EXPECT_EQ(csv_field(""), "");
  EXPECT_EQ(csv_field("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_field("say \"no\""), "\"say \"\"no\"\"\"");
  EXPECT_EQ(csv_field("two\nlines"), "\"two\nlines\"");
}

TEST(ReportsCsv, SmallTreeIsExactlyThisText) {
  StatisticNode root{"results", "Title", {}, {}};
  root.add_child("run", "Run").add("note", "Says \"a, b\".", Quantity::Text, std::string("x,\ny"));
  root.add("joules", "Sum.", Quantity::Joules, 2.5e-10, Tier::Assumed);
  EXPECT_EQ(csv_report(root),
            "path,name,value,unit,tier,description\r\n"
            "results,joules,2.5e-10,J,assumed,Sum.\r\n"
            "results/run,note,\"x,\ny\",,exact,\"Says \"\"a, b\"\".\"\r\n");
}

TEST(ReportsCsv, EveryStatisticOfTheSampleReadsBack) {
  const auto rows = read_csv(csv_report(sample_tree()));
  std::size_t row = 1;
  const auto walk = [&](auto&& self, const StatisticNode& node, const std::string& path) -> void {
    for (const Statistic& statistic : node.statistics) {
      ASSERT_LT(row, rows.size());
      ASSERT_EQ(rows[row].size(), 6u);
      EXPECT_EQ(rows[row][0], path);
      EXPECT_EQ(rows[row][1], statistic.name);
      if (const auto* number = std::get_if<double>(&statistic.value)) {
        EXPECT_EQ(std::stod(rows[row][2]), *number) << path << "/" << statistic.name;
      } else if (const auto* count = std::get_if<std::uint64_t>(&statistic.value)) {
        EXPECT_EQ(rows[row][2], std::to_string(*count));
      } else {
        EXPECT_EQ(rows[row][2], valid_utf8(std::get<std::string>(statistic.value)));
      }
      EXPECT_EQ(rows[row][4], name_of(statistic.tier));
      ++row;
    }
    for (const StatisticNode& child : node.children) self(self, child, path + "/" + child.name);
  };
  const StatisticNode tree = sample_tree();
  walk(walk, tree, tree.name);
  EXPECT_EQ(row, rows.size());
}

TEST(ReportsCsv, TextThatASpreadsheetWouldRunIsDefused) {
  const auto cell = [](std::string text) {
    return read_csv(csv_report(node_with(std::move(text), Quantity::Text)))[1][2];
  };
  EXPECT_EQ(cell("=HYPERLINK(1)"), "'=HYPERLINK(1)");
  EXPECT_EQ(cell("@SUM(A1)"), "'@SUM(A1)");
  EXPECT_EQ(cell("-1+cmd"), "'-1+cmd");
  EXPECT_EQ(cell("-1.5e-3"), "-1.5e-3");
  EXPECT_EQ(cell("+7"), "+7");
  EXPECT_EQ(cell("+-5"), "'+-5");
  EXPECT_EQ(cell("a=b"), "a=b");
}

// The schema is written by hand: its lists and its version are those of the writer.
TEST(ReportsJson, TheSchemaListsEveryQuantityAndTier) {
  std::ifstream in(std::string(TERNSIM_SOURCE_DIR) + "/docs/reference/results.schema.json");
  const nlohmann::json schema = nlohmann::json::parse(in);
  const nlohmann::json& statistic = schema.at("$defs").at("statistic").at("properties");
  std::vector<std::string> quantities;
  for (int i = 0; i <= static_cast<int>(Quantity::MacsPerSecond); ++i)
    quantities.emplace_back(quantity_name(static_cast<Quantity>(i)));
  EXPECT_EQ(statistic.at("quantity").at("enum"), quantities);
  std::vector<std::string> tiers;
  for (int i = 0; i <= static_cast<int>(Tier::Assumed); ++i) tiers.emplace_back(name_of(static_cast<Tier>(i)));
  EXPECT_EQ(statistic.at("tier").at("enum"), tiers);
  EXPECT_EQ(schema.at("properties").at("schema_version").at("const"), json_schema_version);
}

TEST(ReportsTree, MalformedTreesAreNamedByPath) {
  const auto message = [](const StatisticNode& tree) -> std::string {
    try {
      check_tree(tree);
    } catch (const MismatchError& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(message(sample_tree()), "accepted");
  EXPECT_NE(message(node_with(std::nan(""), Quantity::Ratio)).find("results/figure is nan"), std::string::npos);
  EXPECT_NE(message(node_with(HUGE_VAL, Quantity::Ratio)).find("results/figure is inf"), std::string::npos);

  StatisticNode twice{"results", "", {}, {}};
  twice.add_child("run", "");
  twice.add_child("run", "");
  EXPECT_NE(message(twice).find("'results' has two children named 'run'"), std::string::npos);
  StatisticNode slash{"results", "", {}, {}};
  slash.add_child("a/b", "");
  EXPECT_NE(message(slash).find("'a/b'"), std::string::npos);
  EXPECT_NE(message(StatisticNode{}).find("not empty"), std::string::npos);
  EXPECT_THROW(json_report(twice), MismatchError);
  EXPECT_THROW(csv_report(twice), MismatchError);
}

}  // namespace
}  // namespace ternsim::reports
