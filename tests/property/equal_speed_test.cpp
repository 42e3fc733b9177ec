// The search for a machine of equal speed against trying them all.
#include "explore/equal_speed.h"

#include <gtest/gtest.h>

#include <optional>

#include "sim/program/baseline.h"
#include "tests/machines.h"
#include "tests/tiny_model.h"

namespace ternsim::explore {
namespace {

struct Case {
  sim::DatapathKind datapath;
  std::int64_t prefill, decode;
  double clock;  ///< the baseline's over the ternary machine's
};

class EqualSpeed : public ::testing::TestWithParam<Case> {};

/// The first machine that reaches the goal, rows outermost, each channel count tried in turn.
std::optional<sim::AcceleratorConfig> by_trying(const StudyInput& input, double target,
                                                const sim::AcceleratorConfig& baseline) {
  for (const int rows : {1, 2, 4, 8})
    for (int channels = 1; channels <= 32; ++channels) {
      const sim::AcceleratorConfig config = sim::scaled(baseline, channels, rows);
      const Machine m = simulate_machine(input, "m", "", config);
      if (tokens_per_second(speed_phase(m.result)) >= target) return config;
    }
  return std::nullopt;
}

TEST_P(EqualSpeed, IsTheFirstThatReachesTheGoal) {
  const Case& c = GetParam();
  const model::Graph graph = model::Graph::build(test::tiny_shape());
  const auto technology =
      energy::Technology::load(std::string(TERNSIM_SOURCE_DIR) + "/configs/technologies/published-7nm.yaml");
  sim::Workload workload;
  workload.prefill_tokens = c.prefill;
  workload.decode_tokens = c.decode;
  const StudyInput input{graph, workload, technology, {}};
  const sim::AcceleratorConfig ternary = test::edge();
  sim::AcceleratorConfig baseline = sim::baseline_of(ternary, c.datapath);
  baseline.clock_hz *= c.clock;
  const Machine reference = simulate_machine(input, "ternary", "", ternary);
  const double target = tokens_per_second(speed_phase(reference.result));
  const std::optional<Machine> found = find_equal_speed(input, reference, baseline, "X");
  const std::optional<sim::AcceleratorConfig> tried = by_trying(input, target, baseline);
  ASSERT_EQ(found.has_value(), tried.has_value());
  if (!found) return;
  EXPECT_EQ(found->config.name, tried->name);
  EXPECT_GE(tokens_per_second(speed_phase(found->result)), target);
}

TEST_P(EqualSpeed, TrafficIsWhatTheSimulationMoves) {
  const Case& c = GetParam();
  const model::Graph graph = model::Graph::build(test::tiny_shape());
  const auto technology =
      energy::Technology::load(std::string(TERNSIM_SOURCE_DIR) + "/configs/technologies/published-7nm.yaml");
  sim::Workload workload;
  workload.prefill_tokens = c.prefill;
  workload.decode_tokens = c.decode;
  const StudyInput input{graph, workload, technology, {}};
  const sim::AcceleratorConfig baseline = sim::baseline_of(test::edge(), c.datapath);
  const Machine m = simulate_machine(input, "m", "", baseline);
  for (const bool prefill : {true, false}) {
    const sim::PhaseResult& phase = prefill ? m.result.prefill : m.result.decode;
    const PhaseTraffic traffic = phase_traffic(input, baseline, prefill);
    EXPECT_LE(traffic.distinct, traffic.moved);
    // Whole bursts go over the bus: a little more than was asked for.
    EXPECT_LE(traffic.moved, static_cast<double>(phase.total.dram_bytes));
    EXPECT_GE(traffic.moved, 0.8 * static_cast<double>(phase.total.dram_bytes));
    EXPECT_EQ(traffic.moved > 0, phase.tokens > 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, EqualSpeed,
                         ::testing::Values(Case{sim::DatapathKind::Fp16Mac, 0, 2, 1},
                                           Case{sim::DatapathKind::Int8Mac, 0, 2, 1},
                                           Case{sim::DatapathKind::W4A16Mac, 6, 0, 1},
                                           Case{sim::DatapathKind::Fp16Mac, 24, 0, 0.3},
                                           Case{sim::DatapathKind::Int8Mac, 24, 0, 0.01}));

}  // namespace
}  // namespace ternsim::explore
