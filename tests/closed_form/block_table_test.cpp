// Tables that break into blocks where a terminal is too narrow, and the front of a sweep as such a one.
#include "reports/block_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>

#include "reports/cut_text.h"
#include "reports/sweep_text.h"

namespace ternsim::reports {
namespace {

TEST(BlockTable, HeadingsEndAboveTheCells) {
  EXPECT_EQ(block_table({"#", {"weight\nbytes", "mm2"}, {{"1", "", {"64", "1.25"}}, {"10", "", {"131072", "2"}}}}),
            "\n"
            "    weight\n"
            "#    bytes   mm2\n"
            "1       64  1.25\n"
            "10  131072     2\n");
  EXPECT_EQ(block_table({"t", {"a"}, {{"x", "exact", {"1"}}}}), "\nt         a\nx  exact  1\n");
  EXPECT_EQ(block_table({"t", {"a"}, {}}), "");
}

TEST(BlockTable, ColumnsThatDoNotFitGoIntoAnotherBlock) {
  // 1 + 2 + 40 + 2 + 40 = 85: a third column of 13 fits into 100, one of 14 does not.
  const std::string wide(40, 'w');
  const auto blocks = [&](std::size_t last) {
    const std::string text = block_table({"#", {"a", "b", "c"}, {{"1", "", {wide, wide, std::string(last, 'c')}}}});
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
    std::size_t count = 0;
    for (std::size_t at = text.find('#'); at != std::string::npos; at = text.find('#', at + 1)) ++count;
    return count;
  };
  EXPECT_EQ(blocks(13), 1U);
  EXPECT_EQ(blocks(14), 2U);
}

/// A front of two designs with settings of long names, and the command that repeats the first.
StatisticNode front() {
  StatisticNode root{"results", "test", {}, {}};
  StatisticNode& node = root.add_child("front", "Front");
  for (const char* count : {"members", "candidates", "outside", "failed"})
    node.add(count, "A count.", Quantity::Count, std::uint64_t{2});
  for (const char* rows : {"8", "32"}) {
    StatisticNode& design = node.add_child(std::string("design ") + rows, "");
    design.add("tokens_per_second", "", Quantity::TokensPerSecond, 5.0)
        .add("joules_per_token_low", "", Quantity::JoulesPerToken, 0.001)
        .add("joules_per_token_mid", "", Quantity::JoulesPerToken, 0.002)
        .add("joules_per_token_high", "", Quantity::JoulesPerToken, 0.003)
        .add("area_m2", "", Quantity::SquareMetres, 1e-6);
    std::string command = "ternsim simulate";
    for (int i = 0; i < 12; ++i) {
      const std::string name = "a_unit_with_a_long_name_" + std::to_string(i) + ".lanes";
      design.add(name, "", Quantity::Text, i == 0 ? "same" : rows);
      command += " --set '" + name + "=x --y'";
    }
    design.add("command", "", Quantity::Text, command);
  }
  return root;
}

TEST(SweepText, FitsATerminal) {
  const std::string text = sweep_text(front(), 20);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(characters(line), 100U) << line;
  EXPECT_NE(text.find("\nin all rows: a_unit_with_a_long_name_0.lanes=same\n"), std::string::npos) << text;
  EXPECT_NE(text.find("2 (1 ... 3)"), std::string::npos) << text;
}

TEST(SweepText, ACommandBreaksOutsideOfQuotes) {
  const std::string text = sweep_text(front(), 20);
  std::string command = text.substr(text.find("  ternsim simulate") + 2);
  std::string joined;
  std::istringstream lines(command);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t quotes = static_cast<std::size_t>(std::ranges::count(line, '\''));
    EXPECT_EQ(quotes % 2, 0U) << line;
    if (line.ends_with(" \\")) line.erase(line.size() - 2);
    joined += (joined.empty() ? "" : " ") + line.substr(line.find_first_not_of(' '));
  }
  EXPECT_EQ(joined, std::get<std::string>(front().children.front().children.front().find("command")->value));
}

}  // namespace
}  // namespace ternsim::reports
