// `ternsim simulate` from the outside: its options, its errors, and that docs/reference/counters.md lists what it
// reports, no less and no more.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "explore/machine_study.h"
#include "tests/machines.h"
#include "tests/run_ternsim.h"
#include "tests/tiny_model.h"

namespace ternsim {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::Outcome;
using test::run;

const fs::path kSource = TERNSIM_SOURCE_DIR;

struct Row {
  std::string path, unit, condition;
  std::regex pattern;
};

/// The rows of the tables whose first column is a path.
std::vector<Row> documented() {
  std::ifstream in(kSource / "docs/reference/counters.md");
  static const std::regex row(R"(^\| `([^`]+)` \| ([^|]+) \| (.+) \|$)");
  static const std::regex placeholder("<[a-z]+>");
  std::vector<Row> rows;
  std::smatch m;
  for (std::string line; std::getline(in, line);) {
    if (!std::regex_match(line, m, row)) continue;
    std::string pattern = std::regex_replace(m[1].str(), std::regex("\\."), "\\.");
    pattern = std::regex_replace(pattern, std::regex("<phase>"), "(prefill|decode)");
    pattern = std::regex_replace(pattern, std::regex("<width>"), "[0-9]+");
    pattern = std::regex_replace(pattern, placeholder, "[a-z0-9_]+");
    rows.push_back({m[1], m[2], m[3], std::regex(pattern)});
  }
  return rows;
}

/// Every statistic of a tree by path (the root's name left out), with its unit; "count" and "text" where it has none.
using Found = std::map<std::string, std::string>;

void collect(const json& node, const std::string& path, Found& found) {
  for (const json& s : node.at("statistics")) {
    const auto unit = s.at("unit").get<std::string>();
    found[path + s.at("name").get<std::string>()] = unit.empty() ? s.at("quantity").get<std::string>() : unit;
  }
  for (const json& child : node.at("children")) collect(child, path + child.at("name").get<std::string>() + "/", found);
}

void collect(const StatisticNode& node, const std::string& path, Found& found) {
  for (const Statistic& s : node.statistics) {
    const std::string unit(unit_of(s.quantity));
    found[path + s.name] = !unit.empty() ? unit : s.quantity == Quantity::Text ? "text" : "count";
  }
  for (const StatisticNode& child : node.children) collect(child, path + child.name + "/", found);
}

json simulate(const std::string& arguments) {
  const Outcome o = run("simulate --json " + arguments);
  EXPECT_EQ(o.code, 0) << o.out;
  return json::parse(o.out).at("results");
}

const json& at(const json& node, const std::string& child) {
  for (const json& c : node.at("children"))
    if (c.at("name") == child) return c;
  throw std::runtime_error("no node " + child);
}

json value(const json& node, const std::string& name) {
  for (const json& s : node.at("statistics"))
    if (s.at("name") == name) return s.at("value");
  throw std::runtime_error("no statistic " + name);
}

/// Two phases of a machine in which every unit was stalled for every cause, and every sum was checked.
StatisticNode machine_of_all_stalls() {
  const model::Graph graph = model::Graph::build(test::tiny_shape());
  const auto technology = energy::Technology::load(kSource / "configs/technologies/published-7nm.yaml");
  sim::Workload workload;
  workload.prefill_tokens = 3;
  workload.decode_tokens = 1;
  explore::StudyInput input{graph, workload, technology, {}};
  input.timelines = true;
  explore::Machine machine = explore::simulate_machine(input, "machine", "", test::edge());
  for (sim::PhaseResult* phase : {&machine.result.prefill, &machine.result.decode}) {
    for (sim::UnitAccounting& unit : phase->total.units) unit.stalls.fill(1);
    phase->total.sequencer.stalls.fill(1);
    phase->total.sums_checked = 1;
  }
  std::set<std::string> used;
  return explore::machine_node(input, machine, used);
}

// Layers of a topology have a user's names; nodes of the tree may not have all of them.
TEST(Simulate, LayersOfATopologyAreOperators) {
  const fs::path path = fs::temp_directory_path() / ("ternsim_layers_" + std::to_string(getpid()) + ".csv");
  std::ofstream(path) << "Layer, M, N, K,\nconv/1,64,256,512,\nfc,8,128,256,\nconv/1,64,256,512,\n";
  const json r = simulate("--topology " + path.string());
  fs::remove(path);
  const json& roles = at(at(at(at(r, "machine"), "prefill"), "operators"), "by_role");
  ASSERT_EQ(roles.at("children").size(), 2U);
  EXPECT_EQ(value(at(roles, "conv_1"), "macs"), 2 * 64 * 256 * 512);
  EXPECT_EQ(value(at(roles, "fc"), "macs"), 8 * 128 * 256);
}

class Counters : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const std::string trace = (fs::temp_directory_path() / ("ternsim_counters_" + std::to_string(getpid()))).string();
    found_ = new Found;
    collect(simulate("--check --trace " + trace), "", *found_);
    // Every machine that can run the embedded model; what a machine refuses is another test's matter.
    for (const auto& entry : fs::directory_iterator(kSource / "configs/accelerators"))
      if (const Outcome o = run("simulate --json --prefill 2 --decode 1 -a " + entry.path().string()); o.code == 0)
        collect(json::parse(o.out).at("results"), "", *found_);
    collect(machine_of_all_stalls(), "machine/", *found_);
    fs::remove(trace);
  }
  static void TearDownTestSuite() { delete found_; }
  static Found* found_;
};
Found* Counters::found_ = nullptr;

TEST_F(Counters, EveryStatisticIsInTheTable) {
  const std::vector<Row> rows = documented();
  ASSERT_GT(rows.size(), 80U);
  ASSERT_GT(found_->size(), 300U);
  for (const auto& [path, unit] : *found_) {
    const auto is_it = [&path = path](const Row& row) { return std::regex_match(path, row.pattern); };
    const auto count = std::ranges::count_if(rows, is_it);
    EXPECT_EQ(count, 1) << path << " stands in " << count << " rows of docs/reference/counters.md";
    if (count == 0) continue;
    const Row& row = *std::ranges::find_if(rows, is_it);
    if (row.unit != "varies") {
      EXPECT_EQ(row.unit, unit) << path;
    }
  }
}

TEST_F(Counters, EveryRowIsAStatistic) {
  std::set<std::string> actions;  // each action needs a machine of its own to be seen; its name is enough
  for (int i = 0; i < energy::kActions; ++i) actions.emplace(energy::name_of(static_cast<energy::Action>(i)));
  std::set<std::string> rows_of_actions;
  for (const Row& row : documented()) {
    if (row.path.starts_with("machine/<phase>/counts/<part>.")) {
      const std::string rest = row.path.substr(std::string("machine/<phase>/counts/<part>.").size());
      rows_of_actions.insert(rest.substr(0, rest.find('.')));
      continue;
    }
    EXPECT_TRUE(std::ranges::any_of(*found_, [&](const auto& f) { return std::regex_match(f.first, row.pattern); }))
        << row.path << " stands in docs/reference/counters.md, but nothing reports it";
  }
  EXPECT_EQ(rows_of_actions, actions);
}

TEST_F(Counters, StallsHaveTheConditionOfTheCode) {
  const std::vector<Row> rows = documented();
  for (std::size_t i = 0; i < sim::kStalls; ++i) {
    const auto cause = static_cast<sim::Stall>(i);
    const std::string path = "machine/<phase>/units/<unit>/stall_" + std::string(sim::name_of(cause));
    const auto row = std::ranges::find(rows, path, &Row::path);
    ASSERT_NE(row, rows.end()) << path;
    EXPECT_TRUE(row->condition.starts_with(sim::description_of(cause))) << path;
  }
}

TEST(Simulate, OverridesTakeTheWorkloadsPlace) {
  const json r = simulate("-w decode-512 -m bitnet-b158-2b4t --context 100 --batch 3 --prefill 4 --decode 2");
  const json& c = at(r, "configuration");
  EXPECT_EQ(value(c, "workload"), "decode-512 with prefill 4, decode 2, context 100, batch 3");
  EXPECT_EQ(value(c, "context"), 100);
  const json& machine = at(r, "machine");
  EXPECT_EQ(value(at(machine, "prefill"), "tokens"), 12);
  EXPECT_EQ(value(at(machine, "decode"), "tokens"), 6);
  EXPECT_EQ(value(at(machine, "decode"), "passes"), 2);
  EXPECT_DOUBLE_EQ(value(at(machine, "prefill"), "time_to_first_token"), value(at(machine, "prefill"), "seconds"));
  EXPECT_DOUBLE_EQ(value(at(machine, "decode"), "time_per_output_token").get<double>(),
                   value(at(machine, "decode"), "seconds").get<double>() / 2);
  EXPECT_DOUBLE_EQ(value(at(machine, "decode"), "tokens_per_second_per_sequence").get<double>() * 3,
                   value(at(machine, "decode"), "tokens_per_second").get<double>());
  // The same run again is the same tree but for its run block.
  json again = simulate("-w decode-512 -m bitnet-b158-2b4t --context 100 --batch 3 --prefill 4 --decode 2");
  json first = r;
  for (json* j : {&first, &again}) j->at("children").erase(0);
  EXPECT_EQ(at(r, "run").at("name"), r.at("children").at(0).at("name"));
  EXPECT_EQ(first, again);
}

TEST(Simulate, OverridesAreCheckedAsTheFileIs) {
  const auto refused = [](const std::string& arguments, int code, const std::string& part) {
    const Outcome o = run("simulate " + arguments);
    EXPECT_EQ(o.code, code) << o.out;
    EXPECT_NE(o.out.find(part), std::string::npos) << o.out;
  };
  refused("--batch 0", 2, "--batch");
  refused("--context -1", 2, "--context");
  refused("--prefill 2000000", 2, "--prefill");
  refused("--decode many", 2, "--decode");
  refused("--prefill 0 --decode 0", 3, "a workload needs prefill or decode tokens");
  refused("--context 600", 3, "longer than the model's context_length 512");
  refused("--trace-window 0:5", 2, "--trace");
  refused("--trace /nowhere/t.json", 3, "cannot write the trace to /nowhere/t.json");
  refused("--trace /dev/null --trace-window 5:0", 3, "the trace window '5:0' is empty");
}

TEST(Simulate, TooSmallABufferNamesTheFileAndTheKey) {
  std::ifstream in(kSource / "configs/accelerators/edge-lpddr5x.yaml");
  std::stringstream text;
  text << in.rdbuf();
  const fs::path path = fs::temp_directory_path() / ("ternsim_small_" + std::to_string(getpid()) + ".yaml");
  std::ofstream(path) << std::regex_replace(text.str(), std::regex("accumulator_bytes: *[0-9]+"),
                                            "accumulator_bytes: 64");
  const Outcome o = run("simulate -a " + path.string());
  fs::remove(path);
  EXPECT_EQ(o.code, 3);
  EXPECT_NE(o.out.find(path.string() + ": buffers.accumulator_bytes 64 is too small"), std::string::npos) << o.out;
}

}  // namespace
}  // namespace ternsim
