#include "reports/results_diff.h"
#include "reports/tree_check.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "reports/json_reader.h"
#include "reports/json_writer.h"
#include "reports_sample_tree.h"

namespace ternsim::reports {
namespace {

/// One phase whose energy is that of two parts, and whose cycles are those of two units.
StatisticNode results(double dram, double matrix, std::uint64_t busy, std::uint64_t stall, std::uint64_t idle) {
  StatisticNode root{"results", "test", {}, {}};
  root.add_child("run", "").add("wall_seconds", "Wall time.", Quantity::Seconds, dram * 99, Tier::Measured);
  root.add_child("configuration", "")
      .add("batch", "Sequences.", Quantity::Count, std::uint64_t{1})
      .add("accelerator_yaml", "Text.", Quantity::Text,
           std::string("name: m\ndram:\n  channels: 4\n  rows: [1, 2]\nlist:\n  - {x: 1}\n"));
  StatisticNode& decode = root.add_child("machine", "").add_child("decode", "");
  decode.add("cycles", "Cycles.", Quantity::Cycles, busy + stall + idle, Tier::Simulated)
      .add("joules_per_token_mid", "Energy.", Quantity::JoulesPerToken, dram + matrix, Tier::Assumed);
  StatisticNode& energy = decode.add_child("energy", "");
  energy.add("joules_per_token", "Energy.", Quantity::JoulesPerToken, dram + matrix, Tier::Assumed);
  energy.add_child("dram", "").add("joules_per_token", "Energy.", Quantity::JoulesPerToken, dram, Tier::Assumed);
  energy.add_child("matrix", "").add("joules_per_token", "Energy.", Quantity::JoulesPerToken, matrix, Tier::Assumed);
  decode.add_child("units", "")
      .add_child("matrix", "")
      .add("total", "All.", Quantity::Cycles, busy + stall + idle, Tier::Simulated)
      .add("busy", "Work.", Quantity::Cycles, busy, Tier::Simulated)
      .add("stall_weights", "Waits.", Quantity::Cycles, stall, Tier::Simulated)
      .add("idle", "Nothing to do.", Quantity::Cycles, idle, Tier::Simulated);
  return root;
}

const StatisticNode& at(const StatisticNode& node, std::initializer_list<std::string_view> path) {
  const StatisticNode* n = &node;
  for (const std::string_view name : path) {
    n = n->find_child(name);
    if (n == nullptr) throw std::out_of_range(std::string(name));
  }
  return *n;
}

double figure(const StatisticNode& node, std::string_view name) { return std::get<double>(node.find(name)->value); }
std::string text(const StatisticNode& node, std::string_view name) {
  return std::get<std::string>(node.find(name)->value);
}

TEST(ResultsDiff, SharesOfTheChangeByHand) {
  // Energy 10 + 2 -> 6 + 3 J: -3 in all, -4 of it DRAM's and +1 the matrix unit's. Cycles 100 + 60 + 40 -> 100 + 20 +
  // 30: -50 in all, -40 of it stalls and -10 idle time, which is no reason.
  const StatisticNode diff =
      diff_results({"a.json", results(10, 2, 100, 60, 40)}, {"b.json", results(6, 3, 100, 20, 30)});
  EXPECT_EQ(text(diff, "equal"), "no");
  const StatisticNode& energy = at(diff, {"reasons", "machine decode energy"});
  EXPECT_EQ(energy.children.at(0).name, "dram");
  EXPECT_DOUBLE_EQ(figure(energy.children.at(0), "change"), -4);
  EXPECT_DOUBLE_EQ(figure(energy.children.at(0), "share"), 4.0 / 3);
  EXPECT_DOUBLE_EQ(figure(energy.children.at(1), "share"), -1.0 / 3);
  EXPECT_EQ(text(energy, "reason"),
            "energy -3 J/token: dram -4 J/token (133 % of it), matrix +1 J/token (-33 % of it).");
  const StatisticNode& units = at(diff, {"reasons", "machine decode units"});
  EXPECT_EQ(text(units, "reason"), "time -50 cycles: matrix stall_weights -40 cycles (80 % of it).");
  ASSERT_EQ(units.children.size(), 2U);  // busy and total did not change, or are no part
  EXPECT_EQ(units.children.at(1).name, "matrix idle");
  // 200 -> 150 cycles, 12 -> 9 J.
  EXPECT_DOUBLE_EQ(figure(at(diff, {"headline", "machine decode cycles"}), "relative_change"), -0.25);
  EXPECT_DOUBLE_EQ(figure(at(diff, {"headline", "machine decode joules_per_token_mid"}), "relative_change"), -0.25);
  EXPECT_EQ(std::get<std::uint64_t>(diff.find("configuration_changes")->value), 0U);
}

// One bar that moves moves all behind it; the units' cycles say what changed.
TEST(ResultsDiff, TimelinesAreLeftOut) {
  const auto with_timeline = [](std::uint64_t start) {
    StatisticNode root = results(10, 2, 100, 60, 40);
    StatisticNode& span = root.children.back().children.back().add_child("timeline", "").add_child("layer_0", "");
    span.add("start", "From.", Quantity::Cycles, start, Tier::Simulated);
    return root;
  };
  const StatisticNode diff = diff_results({"a", with_timeline(10)}, {"b", with_timeline(20)});
  EXPECT_EQ(text(diff, "equal"), "yes");
  EXPECT_TRUE(equal_results(diff_results({"a", with_timeline(10)}, {"b", results(10, 2, 100, 60, 40)})));
}

TEST(ResultsDiff, PartsThatCancelOutHaveNoShares) {
  // +30 and -30, and +30, +1 and -30: ten times the change and more.
  for (const std::uint64_t idle : {40, 41}) {
    const StatisticNode diff = diff_results({"a", results(1, 1, 100, 60, 40)}, {"b", results(1, 1, 130, 30, idle)});
    const StatisticNode& units = at(diff, {"reasons", "machine decode units"});
    EXPECT_EQ(text(units, "reason"), std::string(idle == 40 ? "time unchanged in all" : "time +1 cycles") +
                                         ": matrix busy +30 cycles, matrix stall_weights -30 cycles.");
    for (const StatisticNode& row : units.children) EXPECT_EQ(row.find("share"), nullptr);
  }
}

TEST(ResultsDiff, EqualButForItsOwnRun) {
  StatisticNode a = results(10, 2, 100, 60, 40);
  StatisticNode b = a;
  b.children.at(0).statistics.at(0).value = 1.0;
  EXPECT_TRUE(equal_results(diff_results({"a", a}, {"b", b})));
  // A measured figure elsewhere is listed, and makes no difference.
  a.add("seconds", "Wall time.", Quantity::Seconds, 1.0, Tier::Measured);
  b.add("seconds", "Wall time.", Quantity::Seconds, 2.0, Tier::Measured);
  const StatisticNode diff = diff_results({"a", a}, {"b", b});
  EXPECT_TRUE(equal_results(diff));
  EXPECT_DOUBLE_EQ(figure(at(diff, {"measured", "seconds"}), "relative_change"), 1);
  b.add("extra", "More.", Quantity::Count, std::uint64_t{1});
  EXPECT_FALSE(equal_results(diff_results({"a", a}, {"b", b})));
}

TEST(ResultsDiff, KeysOfTheConfiguration) {
  const StatisticNode a = results(1, 1, 1, 1, 1);
  StatisticNode b = a;
  b.children.at(1).statistics.at(0).value = std::uint64_t{2};
  b.children.at(1).statistics.at(1).value = std::string(
      "name: m\ndram:\n  channels: 4\n  rows: [1, 3]\nlist:\n  - {x: 5}\n"
      "# in place of the above: dram.channels: 8\n");
  const StatisticNode diff = diff_results({"a", a}, {"b", b});
  ASSERT_EQ(at(diff, {"configuration"}).children.size(), 4U);
  EXPECT_EQ(text(at(diff, {"configuration", "batch"}), "b"), "2");
  EXPECT_EQ(text(at(diff, {"configuration", "accelerator.dram.channels"}), "a"), "4");
  EXPECT_EQ(text(at(diff, {"configuration", "accelerator.dram.channels"}), "b"), "8");
  EXPECT_EQ(text(at(diff, {"configuration", "accelerator.dram.rows"}), "b"), "1, 3");
  EXPECT_EQ(text(at(diff, {"configuration", "accelerator.list[0].x"}), "b"), "5");
}

// A YAML text in a results file may come from anybody; its keys become names of nodes.
TEST(ResultsDiff, KeysThatNoNodeCanHaveAreMadeSuch) {
  const StatisticNode a = results(1, 1, 1, 1, 1);
  StatisticNode b = a;
  b.children.at(1).statistics.at(1).value = std::string("\"x\\ny/z\": 1\n");
  const StatisticNode diff = diff_results({"a", a}, {"b", b});
  EXPECT_NO_THROW(check_tree(diff));
  EXPECT_EQ(text(at(diff, {"configuration", "accelerator.x y z"}), "b"), "1");
}

TEST(ResultsDiff, ZeroHasNoRelativeChangeAndComesFirst) {
  StatisticNode a{"results", "test", {}, {}};
  StatisticNode b = a;
  a.add("small", "A figure.", Quantity::Count, std::uint64_t{100})
      .add("none", "A figure.", Quantity::Count, std::uint64_t{0});
  b.add("small", "A figure.", Quantity::Count, std::uint64_t{101})
      .add("none", "A figure.", Quantity::Count, std::uint64_t{5});
  const StatisticNode diff = diff_results({"a", a}, {"b", b}, 1);
  const StatisticNode& figures = at(diff, {"figures"});
  ASSERT_EQ(figures.children.size(), 1U);
  EXPECT_EQ(figures.children.at(0).name, "none");
  EXPECT_EQ(figures.children.at(0).find("relative_change"), nullptr);
  EXPECT_EQ(std::get<std::uint64_t>(figures.find("left_out")->value), 1U);
}

TEST(JsonReader, ReadsBackWhatIsWritten) {
  const std::string written = json_report(sample_tree());
  EXPECT_EQ(json_report(parse_results(written, "sample.json")), written);
}

TEST(JsonReader, RefusalsNameFileAndPath) {
  const std::string good = json_report(results(1, 2, 3, 4, 5));
  const auto refused = [&](const std::string& from, const std::string& to, const std::string& message) {
    std::string bad = good;
    ASSERT_NE(bad.find(from), std::string::npos) << from;
    bad.replace(bad.find(from), from.size(), to);
    try {
      parse_results(bad, "r.json");
      ADD_FAILURE() << message;
    } catch (const InputError& e) {
      EXPECT_EQ(std::string(e.what()).find(message), 0U) << e.what();
    }
  };
  refused("\"schema_version\": 3", "\"schema_version\": 4", "r.json: top level: schema_version 4, and this program");
  refused("ternsim-results", "other", "r.json: top level: schema 'other'");
  refused("\"quantity\": \"cycles\"", "\"quantity\": \"furlongs\"",
          "r.json: results/machine/decode/cycles: unknown quantity 'furlongs'");
  refused("\"tier\": \"simulated\"", "\"tier\": \"sure\"",
          "r.json: results/machine/decode/cycles: unknown tier 'sure'");
  refused("\"value\": 12", "\"value\": []",
          "r.json: results/machine/decode/cycles: 'value' is array, and the quantity is cycles");
  refused("\"name\": \"dram\"", "\"name\": \"matrix\"", "r.json: results tree: ");
  refused("\"name\": \"decode\",", "", "r.json: results/machine: 'name' is missing");
  refused("\"statistics\": []", "\"statistics\": {}", "r.json: results: 'statistics' is object");
  std::string deep = R"({"schema":"ternsim-results","schema_version":3,"results":)";
  for (int i = 0; i < 100'000; ++i) deep += R"({"children":[)";
  EXPECT_THROW(parse_results(deep, "deep.json"), InputError);
}

}  // namespace
}  // namespace ternsim::reports
