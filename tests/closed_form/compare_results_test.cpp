#include "reports/compare_results.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <sstream>
#include <string>
#include <vector>

#include "base/error.h"
#include "reports/compare_page.h"
#include "reports/compare_text.h"
#include "reports/csv_writer.h"
#include "reports/cut_text.h"
#include "reports/json_reader.h"
#include "reports/json_writer.h"
#include "reports/markdown_writer.h"
#include "reports_sample_tree.h"

namespace ternsim::reports {
namespace {

/// J/token of the three corners.
struct Joules {
  double low, mid, high;
};

StatisticNode& find(StatisticNode& node, std::initializer_list<std::string_view> path) {
  StatisticNode* n = &node;
  for (const std::string_view name : path) {
    const auto child = std::ranges::find(n->children, name, &StatisticNode::name);
    if (child == n->children.end()) throw std::out_of_range(std::string(name));
    n = &*child;
  }
  return *n;
}

const StatisticNode& at(const StatisticNode& node, std::initializer_list<std::string_view> path) {
  return find(const_cast<StatisticNode&>(node), path);
}

/// Results of one machine in one phase of 10 tokens: 1000 bytes of DRAM, 100 cycles of the matrix unit, 60 of them
/// busy.
StatisticNode results(double speed, Joules joules, const std::string& model = "m", const std::string& channels = "4") {
  StatisticNode root{"results", "test", {}, {}};
  root.add_child("configuration", "")
      .add("model", "Name.", Quantity::Text, model)
      .add("workload", "Name.", Quantity::Text, "w")
      .add("accelerator_yaml", "Text.", Quantity::Text, "name: x\ndram:\n  channels: " + channels + "\n  rows: 2\n");
  StatisticNode& machine = root.add_child("machine", "a machine");
  machine.add("area_m2", "Area.", Quantity::SquareMetres, 1e-6, Tier::Derived);
  StatisticNode& decode = machine.add_child("decode", "Decode");
  decode.add("tokens", "Tokens.", Quantity::Count, std::uint64_t{10})
      .add("tokens_per_second", "Rate.", Quantity::TokensPerSecond, speed, Tier::Simulated)
      .add("joules_per_token_low", "Low.", Quantity::JoulesPerToken, joules.low, Tier::Published)
      .add("joules_per_token_mid", "Mid.", Quantity::JoulesPerToken, joules.mid, Tier::Assumed)
      .add("joules_per_token_high", "High.", Quantity::JoulesPerToken, joules.high, Tier::Assumed)
      .add("average_watts", "Power.", Quantity::Watts, joules.mid * speed, Tier::Assumed)
      .add("dram_bytes", "Bytes.", Quantity::Bytes, std::uint64_t{1000}, Tier::Simulated);
  decode.add_child("energy", "")
      .add_child("dram", "")
      .add("joules_per_token", "Part.", Quantity::JoulesPerToken, joules.mid, Tier::Assumed);
  decode.add_child("units", "")
      .add_child("matrix", "")
      .add("total", "All.", Quantity::Cycles, std::uint64_t{100}, Tier::Simulated)
      .add("busy", "Work.", Quantity::Cycles, std::uint64_t{60}, Tier::Simulated)
      .add("idle", "Nothing to do.", Quantity::Cycles, std::uint64_t{40}, Tier::Simulated);
  return root;
}

StatisticNode compare(const StatisticNode& a, const StatisticNode& b, const std::string& baseline = "") {
  const std::vector<ComparedRun> runs{{"a", "a.json", a}, {"b", "b.json", b}};
  return compare_results(runs, baseline);
}

double figure(const StatisticNode& node, std::string_view name) { return std::get<double>(node.find(name)->value); }
std::string text(const StatisticNode& node, std::string_view name) {
  return std::get<std::string>(node.find(name)->value);
}

template <typename Failure, typename Work>
void expect_refused(const Work& work, const std::string& message) {
  try {
    work();
    ADD_FAILURE() << message;
  } catch (const Failure& e) {
    EXPECT_EQ(std::string(e.what()).find(message), 0U) << e.what();
  }
}

TEST(CompareResults, RatiosByHand) {
  const StatisticNode c = compare(results(100, {1, 2, 4}), results(50, {3, 5, 6}));
  const StatisticNode& b = at(c, {"decode", "ratios", "b"});
  EXPECT_DOUBLE_EQ(figure(b, "tokens_per_second"), 0.5);
  EXPECT_DOUBLE_EQ(figure(b, "joules_per_token_low"), 3.0);   // 3 / 1: low over low
  EXPECT_DOUBLE_EQ(figure(b, "joules_per_token_mid"), 2.5);   // 5 / 2
  EXPECT_DOUBLE_EQ(figure(b, "joules_per_token_high"), 1.5);  // 6 / 4
  EXPECT_EQ(b.find("joules_per_token_low")->tier, Tier::Published);
  EXPECT_EQ(b.find("joules_per_token_mid")->tier, Tier::Assumed);
  EXPECT_DOUBLE_EQ(figure(b, "average_watts"), 1.25);  // 5 x 50 over 2 x 100
  EXPECT_DOUBLE_EQ(figure(at(c, {"decode", "ratios", "a"}), "tokens_per_second"), 1.0);
  EXPECT_DOUBLE_EQ(figure(at(c, {"decode", "figures", "b"}), "dram_bytes_per_token"), 100.0);  // 1000 / 10
  EXPECT_DOUBLE_EQ(figure(at(c, {"decode", "energy", "b"}), "dram"), 5.0);
  EXPECT_DOUBLE_EQ(figure(at(c, {"decode", "energy", "b"}), "joules_per_token_high"), 6.0);
  EXPECT_DOUBLE_EQ(figure(at(c, {"machines", "b"}), "area_ratio"), 1.0);
  EXPECT_EQ(c.find_child("prefill"), nullptr);
  EXPECT_EQ(c.find("note_models"), nullptr);
}

TEST(CompareResults, AnotherBaseline) {
  const StatisticNode c = compare(results(100, {1, 2, 4}), results(50, {3, 5, 6}), "b");
  EXPECT_EQ(text(c, "baseline"), "b");
  EXPECT_DOUBLE_EQ(figure(at(c, {"decode", "ratios", "a"}), "tokens_per_second"), 2.0);
  EXPECT_DOUBLE_EQ(figure(at(c, {"decode", "ratios", "a"}), "joules_per_token_mid"), 0.4);
  expect_refused<RequestError>(
      [] {
        compare(results(1, {1, 1, 1}), results(1, {1, 1, 1}), "c");
      },
      "--baseline c: no such run; there are a, b");
}

TEST(CompareResults, WhatIsMissingIsSaidAndHasNoRatio) {
  StatisticNode a = results(0, {1, 2, 3});  // a rate of 0 has no ratio to it
  StatisticNode b = results(50, {1, 2, 3});
  std::erase_if(find(b, {"machine", "decode"}).statistics,
                [](const Statistic& s) { return s.name == "average_watts" || s.name == "joules_per_token_low"; });
  find(a, {"machine"}).add_child("prefill", "Prefill").add("tokens_per_second", "", Quantity::TokensPerSecond, 7.0);
  b.children.erase(b.children.begin());
  const StatisticNode c = compare(a, b);
  EXPECT_EQ(at(c, {"decode", "figures", "b"}).find("average_watts"), nullptr);
  EXPECT_EQ(at(c, {"decode", "ratios", "b"}).find("average_watts"), nullptr);
  EXPECT_EQ(at(c, {"decode", "ratios", "b"}).find("tokens_per_second"), nullptr);
  EXPECT_TRUE(at(c, {"prefill", "figures", "b"}).statistics.empty());
  EXPECT_EQ(text(at(c, {"machines", "b"}), "lacks"),
            "machines model, workload; prefill; decode figures joules_per_token_low, average_watts; decode energy "
            "joules_per_token_low");
  EXPECT_EQ(at(c, {"machines", "a"}).find("lacks"), nullptr);
  EXPECT_EQ(text(c, "note_models"), "different models: m (a); (not said) (b)");
  EXPECT_NE(compare_text(c).find("b lacks: "), std::string::npos);
  EXPECT_NE(compare_text(c).find("\naverage power         assumed      0 W        -      -\n"), std::string::npos)
      << compare_text(c);
}

TEST(CompareResults, StatesThatAUnitDoesNotNameAreZeroWhereTheOthersAddUp) {
  // a: 60 + 40 of 100 are named, so nothing stalled. b: 60 + 10 + 30. c: 60 + 40 of 120, so who knows.
  const StatisticNode a = results(1, {1, 1, 1});
  StatisticNode b = a;
  StatisticNode& unit = find(b, {"machine", "decode", "units", "matrix"});
  unit.add("stall_weights", "Waits.", Quantity::Cycles, std::uint64_t{10}, Tier::Simulated);
  unit.statistics.at(2).value = std::uint64_t{30};
  StatisticNode open = a;
  find(open, {"machine", "decode", "units", "matrix"}).statistics.at(0).value = std::uint64_t{120};
  const std::vector<ComparedRun> runs{{"a", "a", a}, {"b", "b", b}, {"c", "c", open}};
  const StatisticNode c = compare_results(runs);
  const StatisticNode& shares = at(c, {"decode", "matrix_shares"});
  EXPECT_DOUBLE_EQ(figure(at(shares, {"a"}), "stall_weights"), 0.0);
  EXPECT_DOUBLE_EQ(figure(at(shares, {"b"}), "stall_weights"), 0.1);
  EXPECT_DOUBLE_EQ(figure(at(shares, {"b"}), "idle"), 0.3);
  EXPECT_EQ(at(shares, {"c"}).find("stall_weights"), nullptr);
  EXPECT_EQ(std::get<std::uint64_t>(at(c, {"decode", "matrix_cycles", "b"}).find("stall_weights")->value), 10U);
}

TEST(CompareResults, OneNameOfDifferentContentIsCalledSo) {
  StatisticNode a = results(1, {1, 1, 1});
  StatisticNode b = a;
  for (auto& [tree, hash] : {std::pair(&a, "11"), {&b, "22"}})
    find(*tree, {"configuration"}).add("operators_hash", "", Quantity::Text, std::string(hash));
  EXPECT_EQ(text(compare(a, b), "note_models"), "different models: m [11] (a); m [22] (b)");
  EXPECT_EQ(compare(a, a).find("note_models"), nullptr);
}

TEST(CompareResults, EnginesThatDisagreedAreCalledSo) {
  const StatisticNode a = results(1, {1, 1, 1});
  StatisticNode b = a;
  b.add_child("generation", "").add("identical", "", Quantity::Text, std::string("NOT identical: token 3"));
  EXPECT_EQ(text(compare(a, b), "note_engines_of_b"), "the engines of b disagree: NOT identical: token 3");
  find(b, {"generation"}).statistics.at(0).value = std::string("tokens identical: cpu = rtl");
  EXPECT_EQ(compare(a, b).find("note_engines_of_b"), nullptr);
}

TEST(CompareResults, OtherModelsAreCalledSo) {
  const StatisticNode c = compare(results(1, {1, 1, 1}, "small"), results(1, {1, 1, 1}, "large"));
  EXPECT_EQ(text(c, "note_models"), "different models: small (a); large (b)");
  EXPECT_NE(compare_text(c).find("note: different models: small (a); large (b)\n"), std::string::npos);
  EXPECT_EQ(c.find("note_workloads"), nullptr);
}

TEST(CompareResults, KeysThatDiffer) {
  StatisticNode b = results(1, {1, 1, 1}, "m", "8");
  find(b, {"configuration"}).add("batch", "Sequences.", Quantity::Count, std::uint64_t{2});
  const StatisticNode c = compare(results(1, {1, 1, 1}), b);
  const StatisticNode& keys = at(c, {"configuration"});
  ASSERT_EQ(keys.children.size(), 2U);
  EXPECT_EQ(keys.children.at(0).name, "accelerator.dram.channels");
  EXPECT_EQ(text(keys.children.at(0), "a"), "4");
  EXPECT_EQ(text(keys.children.at(0), "b"), "8");
  EXPECT_EQ(keys.children.at(1).name, "batch");  // that only one has, behind those that all have
  EXPECT_EQ(keys.children.at(1).find("a"), nullptr);
  EXPECT_EQ(std::get<std::uint64_t>(c.find("keys_equal")->value), 4U);  // model, workload, name, dram.rows
  EXPECT_EQ(std::get<std::uint64_t>(c.find("keys_different")->value), 2U);
}

TEST(CompareResults, MachinesOfAReportAreCalledByRunAndMachine) {
  const std::vector<ComparedRun> runs{{"r", "r", sample_tree()}, {"s", "s", results(1, {1, 1, 1})}};
  const StatisticNode c = compare_results(runs, "r:fp16");
  std::string names;
  for (const StatisticNode& row : at(c, {"machines"}).children) names += row.name + " ";
  EXPECT_EQ(names, "r:ternary r:fp16 r:fp16_equal_speed s ");
  EXPECT_EQ(text(c, "baseline"), "r:fp16");
  EXPECT_DOUBLE_EQ(figure(at(c, {"decode", "ratios", "r:ternary"}), "joules_per_token_mid"), 14.2 / 88.7);
}

TEST(CompareResults, Refusals) {
  const StatisticNode good = results(1, {1, 1, 1});
  const auto refused = [&](const std::vector<ComparedRun>& runs, const std::string& message) {
    expect_refused<RequestError>([&] { compare_results(runs); }, message);
  };
  refused({{"a", "a.json", good}}, "1 results given, and 2 to 16 can be compared");
  refused(std::vector<ComparedRun>(17, {"a", "a.json", good}), "17 results given");
  refused({{"a", "a.json", good}, {"a", "x/a.json", good}},
          "a.json and x/a.json are both called 'a': give one another name, NAME=FILE");
  refused({{"r", "r.json", sample_tree()}, {"r:fp16", "f.json", good}}, "r.json and f.json are both called 'r:fp16'");
  refused({{"a", "a.json", good}, {"x/y", "y.json", good}}, "y.json: 'x/y' is no name for a run");
  refused({{"", "a.json", good}, {"b", "b.json", good}}, "a.json: '' is no name for a run");
  const std::vector<ComparedRun> empty{{"a", "a.json", good}, {"b", "b.json", {"results", "", {}, {}}}};
  expect_refused<InputError>([&] { compare_results(empty); }, "b.json: no machine in these results");
}

TEST(CompareResults, EveryWriterTakesIt) {
  const std::vector<ComparedRun> runs{{"a", "a", sample_tree()}, {"b", "b", results(1, {1, 1, 1})}};
  const StatisticNode c = compare_results(runs);
  const std::string json = json_report(c);
  EXPECT_EQ(json_report(parse_results(json, "c.json")), json);
  EXPECT_NE(csv_report(c).find("results/decode/ratios/b,tokens_per_second,"), std::string::npos);
  EXPECT_NE(markdown_report(c, "test").find("| b |"), std::string::npos);
  EXPECT_NE(compare_page(c).find("id=\"results\">{\"schema\""), std::string::npos);
}

TEST(CompareText, SixteenRunsFitATerminal) {
  std::vector<ComparedRun> runs;
  for (int i = 0; i < 16; ++i)
    runs.push_back({"a run with quite a long name, number " + std::to_string(i), "f", results(i + 1, {1, 2, 3})});
  const std::string shown = compare_text(compare_results(runs));
  std::istringstream lines(shown);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(characters(line), 100U) << line;
  for (int i = 0; i < 16; ++i) EXPECT_NE(shown.find("ong name, number " + std::to_string(i)), std::string::npos) << i;
}

TEST(CompareText, AColumnPerMachine) {
  const std::string shown = compare_text(compare(results(100, {1, 2, 4}), results(50, {3, 5, 6})));
  EXPECT_EQ(shown.find("2 machines of 2 results; 2x is twice a; 5 keys of the configuration equal, 0 not\n"), 0U)
      << shown;
  EXPECT_NE(shown.find("\nDecode                                        a               b\n"
                       "tokens/s              simulated    100       1x     50     0.5x\n"
                       "J/token, low          published    1 J       1x    3 J       3x\n"
                       "J/token, mid          assumed      2 J       1x    5 J     2.5x\n"
                       "J/token, high         assumed      4 J       1x    6 J     1.5x\n"),
            std::string::npos)
      << shown;
}

}  // namespace
}  // namespace ternsim::reports
