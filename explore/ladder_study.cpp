#include "explore/ladder_study.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <utility>

#include "base/error.h"
#include "energy/ladder.h"
#include "energy/report_tree.h"
#include "energy/sensitivity.h"
#include "explore/equal_speed.h"
#include "sim/program/baseline.h"

namespace ternsim::explore {

namespace {

struct Baseline {
  sim::DatapathKind datapath;
  const char* format;
};
constexpr std::array<Baseline, 3> kBaselines{{{sim::DatapathKind::Fp16Mac, "FP16"},
                                              {sim::DatapathKind::Int8Mac, "INT8"},
                                              {sim::DatapathKind::W4A16Mac, "W4A16"}}};

energy::BareOperation bare_operation(sim::DatapathKind datapath) {
  switch (datapath) {
    case sim::DatapathKind::Int8Mac:
      return energy::BareOperation::Int8Mac;
    case sim::DatapathKind::Fp16Mac:
    case sim::DatapathKind::W4A16Mac:
      return energy::BareOperation::Fp16Mac;
    default:
      return energy::BareOperation::Int8Add;
  }
}

double square_metres(const StudyInput& input, const sim::AcceleratorConfig& config) {
  return energy_model(input, config).square_metres();
}

/// The most rows whose machine is no larger than `area`, at least one.
int rows_within(const StudyInput& input, const sim::AcceleratorConfig& baseline, double area) {
  constexpr int kMostRows = 1 << 16;
  int fits = 1;
  int too_many = kMostRows;
  while (too_many - fits > 1) {
    const int middle = (fits + too_many) / 2;
    (square_metres(input, sim::with_rows(baseline, middle)) <= area ? fits : too_many) = middle;
  }
  return fits;
}

Machine equal_area(const StudyInput& input, const Machine& ternary, const sim::AcceleratorConfig& baseline,
                   const std::string& format) {
  const double area = square_metres(input, ternary.config);
  const int rows = rows_within(input, baseline, area);
  const sim::AcceleratorConfig config = sim::with_rows(baseline, rows);
  const double share = square_metres(input, config) / area;
  return simulate_machine(
      input, node_name(format, "equal_area"),
      fmt::format("{}, {} ({} rows)", format,
                  share > 1.0 ? fmt::format("{:.2f} of the area: one row is more", share) : "same area", rows),
      config);
}

const sim::PhaseResult& phase_of(const Machine& machine, bool prefill) {
  return prefill ? machine.result.prefill : machine.result.decode;
}

}  // namespace

LadderMachines ladder_machines(const StudyInput& input, const sim::AcceleratorConfig& accelerator,
                               const std::function<void(double)>& progress) {
  LadderMachines out;
  double done = 0;
  const auto step = [&] {
    done += 1.0 / (1 + 2 * static_cast<double>(kBaselines.size()));
    if (progress) progress(done);
  };
  const bool ternary = accelerator.matrix.ternary();
  out.machines.push_back(simulate_machine(input, ternary ? "ternary" : "machine", accelerator.name, accelerator));
  step();
  if (!ternary) return out;
  const auto attempt = [&](const char* format, const char* condition, const auto& build) {
    try {
      if (std::optional<Machine> machine = build()) out.machines.push_back(std::move(*machine));
    } catch (const RequestError& e) {
      out.missing.push_back({format, condition, e.what()});
    }
    step();
  };
  for (const Baseline& kind : kBaselines) {
    const sim::AcceleratorConfig baseline = sim::baseline_of(accelerator, kind.datapath);
    attempt(kind.format, "speed", [&] {
      std::optional<Machine> fast = find_equal_speed(input, out.machines.front(), baseline, kind.format);
      if (!fast) throw RequestError("not with 32 times the DRAM channels and 8 times the rows");
      return fast;
    });
    attempt(kind.format, "area",
            [&] { return std::optional(equal_area(input, out.machines.front(), baseline, kind.format)); });
  }
  return out;
}

StatisticNode machine_ladder_node(const StudyInput& input, const Machine& machine, bool prefill,
                                  std::set<std::string>& used) {
  const energy::EnergyModel model = energy_model(input, machine.config);
  used.insert(model.area_constants().begin(), model.area_constants().end());
  const sim::PhaseResult& phase = phase_of(machine, prefill);
  StatisticNode area = energy::area_node(model);
  StatisticNode node{machine.name, machine.title, {}, {}};
  node.add("accelerator", "Name of the configuration.", Quantity::Text, machine.config.name)
      .add("rows", "Rows of the matrix unit.", Quantity::Count,
           static_cast<std::uint64_t>(machine.config.matrix.geometry.rows))
      .add("dram_channels", "Channels of the DRAM.", Quantity::Count,
           static_cast<std::uint64_t>(machine.config.dram.present() ? machine.config.dram.channels : 0))
      .add("weight_bits", "Bits of a weight of a linear layer in DRAM and SRAM.", Quantity::Ratio,
           machine.config.matrix.weight_bits())
      .add("area_m2", "Operators, SRAM and ROM: a lower bound.", Quantity::SquareMetres, model.square_metres(),
           area.find("square_metres")->tier)
      .add("tokens_per_second", "Tokens / simulated time.", Quantity::TokensPerSecond, tokens_per_second(phase),
           Tier::Simulated);
  add_energy_note(node, input, machine.config);
  node.children.push_back(energy::ladder_node(
      model,
      {phase.total.counts, static_cast<double>(phase.tokens), weight_input_pairs(input, phase),
       bare_operation(machine.config.matrix.datapath), 8 * phase_traffic(input, machine.config, prefill).distinct},
      used));
  node.children.push_back(std::move(area));
  return node;
}

StatisticNode ladders_node(const StudyInput& input, const LadderMachines& machines, std::set<std::string>& used) {
  StatisticNode node{"ladders", "J/token, rung by rung", {}, {}};
  for (std::size_t i = 0; i < machines.missing.size(); ++i) {
    const MissingMachine& m = machines.missing[i];
    node.add(fmt::format("missing_{}", i + 1), "A machine that could not be built.", Quantity::Text,
             fmt::format("{} at equal {}: {}", m.format, m.condition, m.reason));
  }
  for (const bool prefill : {true, false}) {
    if (phase_of(machines.machines.front(), prefill).tokens == 0) continue;
    StatisticNode& phase = node.add_child(prefill ? "prefill" : "decode", prefill ? "Prefill" : "Decode");
    for (const Machine& machine : machines.machines) {
      StatisticNode one = machine_ladder_node(input, machine, prefill, used);
      if (!phase.children.empty()) energy::add_ratios(one.children.front(), phase.children.front().children.front());
      const sim::PhaseResult& result = phase_of(machine, prefill);
      one.children.push_back(energy::sensitivity_node(energy_model(input, machine.config), result.total.counts,
                                                      static_cast<double>(result.tokens)));
      phase.children.push_back(std::move(one));
    }
  }
  return node;
}

}  // namespace ternsim::explore
