#include "explore/equal_speed.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/known_values.h"
#include "sim/program/baseline.h"
#include "sim/program/mapper.h"

namespace ternsim::explore {

namespace {

constexpr int kMaxChannels = 32;

/// The fewest times the channels with which the DRAM's peak rate moves the phase's bytes in `seconds`.
int fewest_channels(const StudyInput& input, const sim::AcceleratorConfig& config, bool prefill, double seconds) {
  const double peak = config.dram.bytes_per_second();
  if (!(peak > 0)) return 1;
  const double times = phase_traffic(input, config, prefill).moved / (peak * seconds);
  // A hair below, so that rounding leaves out no machine that is just fast enough.
  return std::max(1, static_cast<int>(std::ceil(std::min(times * (1 - 1e-9), 1.0 + kMaxChannels))));
}

}  // namespace

PhaseTraffic phase_traffic(const StudyInput& input, const sim::AcceleratorConfig& config, bool prefill) {
  // As simulate_machine: one that computes no values the reference has knows nothing of the weights.
  const sim::ValueProfile profile =
      sim::known_values(input.graph, config, input.workload,
                        config.matrix.exact() ? input.operands.weights : sim::SimulationInput{}.weights);
  PhaseTraffic traffic;
  std::size_t index = 0;
  for (const model::Pass& pass : sim::passes_of(input.workload)) {
    const bool is_prefill = index++ == 0 && input.workload.prefill_tokens > 0;
    if (is_prefill != prefill) continue;
    const sim::Program program = sim::map_workload_pass(input.graph, config, input.workload, pass, profile);
    traffic.moved += static_cast<double>(program.load_bytes() + program.store_bytes());
    traffic.distinct += static_cast<double>(program.distinct_dram_bytes());
  }
  return traffic;
}

std::optional<Machine> find_equal_speed(const StudyInput& input, const Machine& reference,
                                        const sim::AcceleratorConfig& baseline, const std::string& format) {
  const sim::PhaseResult& goal = speed_phase(reference.result);
  const double target = tokens_per_second(goal);
  const double seconds = static_cast<double>(goal.tokens) / target;
  // What leaves products out may be faster than its peak.
  const bool every_product = !baseline.matrix.gather_inputs && !baseline.matrix.skip_zero_rows;
  const double products = every_product ? weight_input_pairs(input, goal) : 0;
  for (const int rows : {1, 2, 4, 8}) {
    const sim::AcceleratorConfig wider = sim::scaled(baseline, 1, rows);
    if (products / wider.peak_macs_per_second() > seconds * (1 + 1e-9)) continue;
    std::optional<Machine> best;
    const auto reaches = [&](int channels) {
      Machine m =
          simulate_machine(input, node_name(format, "equal_speed"),
                           fmt::format("{}, at least as fast ({}x DRAM channels, {}x MACs)", format, channels, rows),
                           sim::scaled(baseline, channels, rows));
      const bool enough = tokens_per_second(speed_phase(m.result)) >= target;
      if (enough) best = std::move(m);
      return enough;
    };
    const int least = fewest_channels(input, wider, &goal == &reference.result.prefill, seconds);
    int low = least - 1;  // does not reach
    int high = kMaxChannels;
    // Mostly the least number is enough, or the next; the most says whether any is.
    for (const int channels : {least, least + 1, kMaxChannels}) {
      if (best || channels > kMaxChannels || channels <= low) continue;
      (reaches(channels) ? high : low) = channels;
    }
    if (!best) continue;
    while (high - low > 1) {
      const int middle = (low + high) / 2;
      (reaches(middle) ? high : low) = middle;
    }
    return best;
  }
  return std::nullopt;
}

}  // namespace ternsim::explore
