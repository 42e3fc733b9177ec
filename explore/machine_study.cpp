#include "explore/machine_study.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/error.h"
#include "energy/comparison.h"
#include "energy/report_tree.h"
#include "explore/memory_use.h"
#include "explore/operator_table.h"
#include "explore/timeline_node.h"
#include "sim/inventory.h"

namespace ternsim::explore {

std::string node_name(std::string_view format, std::string_view condition) {
  std::string name = fmt::format("{}_{}", format, condition);
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

double tokens_per_second(const sim::PhaseResult& phase) {
  return static_cast<double>(phase.tokens) / phase.total.counts.seconds;
}

const sim::PhaseResult& speed_phase(const sim::SimulationResult& result) {
  return result.decode.tokens > 0 ? result.decode : result.prefill;
}

energy::EnergyModel energy_model(const StudyInput& input, const sim::AcceleratorConfig& config) {
  std::optional<energy::ReferencePrices> prices;
  if (input.prices != nullptr) prices = {*input.prices, config.clock_hz};
  return {input.technology, sim::inventory_of(config), config.dram.type, std::move(prices)};
}

void add_energy_note(StatisticNode& machine, const StudyInput& input, const sim::AcceleratorConfig& config) {
  if (config.fabric == sim::Fabric::Fpga)
    machine.add(
        "energy_note", "What the joules and areas of this machine are.", Quantity::Text,
        fmt::format("constants of a {} nm chip, not the FPGA's own energy or area", input.technology.node_nm()));
}

double weight_input_pairs(const StudyInput& input, const sim::PhaseResult& result) {
  const std::vector<std::int64_t>& each = input.workload.op_tokens;
  if (each.empty()) return static_cast<double>(input.graph.ternary_weights()) * static_cast<double>(result.tokens);
  double pairs = 0;
  for (std::size_t i = 0; i < each.size(); ++i)
    pairs += static_cast<double>(input.graph.ops[i].rows * input.graph.ops[i].cols) * static_cast<double>(each[i]);
  return pairs * static_cast<double>(result.passes);
}

namespace {

void add_accounting(StatisticNode& units, std::string_view name, const sim::UnitAccounting& a) {
  StatisticNode& node = units.add_child(std::string(name), std::string(name));
  const auto cycles = [](std::int64_t n) { return static_cast<std::uint64_t>(n); };
  node.add("total", "Cycles of the phase; busy + idle + all stalls.", Quantity::Cycles, cycles(a.total()),
           Tier::Simulated)
      .add("busy", "The unit works on a command.", Quantity::Cycles, cycles(a.busy), Tier::Simulated)
      .add("idle", "No command waits for the unit.", Quantity::Cycles, cycles(a.idle), Tier::Simulated);
  for (std::size_t i = 0; i < sim::kStalls; ++i) {
    const auto cause = static_cast<sim::Stall>(i);
    if (a.stalls[i] != 0)
      node.add(fmt::format("stall_{}", sim::name_of(cause)), std::string(sim::description_of(cause)), Quantity::Cycles,
               cycles(a.stalls[i]), Tier::Simulated);
  }
  node.add("utilisation", "busy / total.", Quantity::Ratio,
           static_cast<double>(a.busy) / static_cast<double>(std::max<std::int64_t>(a.total(), 1)), Tier::Simulated);
}

StatisticNode units_node(const sim::PassResult& total) {
  StatisticNode units{"units", "Cycles by unit", {}, {}};
  add_accounting(units, "sequencer", total.sequencer);
  for (std::size_t i = 0; i < sim::kUnits; ++i)
    add_accounting(units, sim::name_of(static_cast<sim::Unit>(i)), total.units[i]);
  return units;
}

StatisticNode counts_node(const energy::ActionCounts& counts) {
  StatisticNode node{"counts", "Actions", {}, {}};
  for (const auto& [key, count] : counts.counts) {
    std::string name = fmt::format("{}.{}", energy::name_of(key.part), energy::name_of(key.action));
    if (key.width_bits != 0) name += fmt::format(".{}", key.width_bits);
    node.add(std::move(name),
             fmt::format("{} of part {}{}.", energy::name_of(key.action), energy::name_of(key.part),
                         key.width_bits != 0 ? fmt::format(", {} bits wide", key.width_bits) : ""),
             Quantity::Count, count, Tier::Simulated);
  }
  return node;
}

/// Energy of one phase as energy/ writes it, brought to the shape of a machine's phase: totals on the phase itself,
/// parts under "energy".
void add_energy(StatisticNode& phase, const energy::EnergyModel& model, const sim::PhaseResult& result,
                std::set<std::string>& used) {
  const std::array<energy::PhaseCounts, 1> counts{
      {{phase.name, phase.title, static_cast<std::uint64_t>(result.tokens), result.total.counts}}};
  const StatisticNode all = energy::energy_node(model, counts, used);
  const StatisticNode& priced = all.children.front();
  StatisticNode by_part{"energy", "Energy by part", {}, priced.find_child("parts")->children};
  for (const Statistic& s : priced.statistics) {
    if (s.name == "tokens") continue;
    phase.statistics.push_back(s);
    if (s.name == "joules_per_token_mid") {
      by_part.statistics.push_back(s);
      by_part.statistics.back().name = "joules_per_token";
    }
  }
  phase.children.push_back(std::move(by_part));
}

StatisticNode phase_node(const StudyInput& input, const Machine& machine, const sim::PhaseResult& result,
                         std::string name, std::string title, std::set<std::string>& used) {
  StatisticNode node{std::move(name), std::move(title), {}, {}};
  const sim::PassResult& t = result.total;
  node.add("tokens", "Positions computed, over all sequences.", Quantity::Count,
           static_cast<std::uint64_t>(result.tokens))
      .add("passes", "Passes over the model.", Quantity::Count, static_cast<std::uint64_t>(result.passes))
      .add("commands", "Commands that the sequencer issued.", Quantity::Count, t.commands, Tier::Simulated)
      .add("cycles", "Clock cycles, first command to last result.", Quantity::Cycles,
           static_cast<std::uint64_t>(t.cycles), Tier::Simulated)
      .add("seconds", "Simulated time: cycles / clock.", Quantity::Seconds, t.counts.seconds, Tier::Simulated)
      .add("tokens_per_second", "Tokens / simulated time.", Quantity::TokensPerSecond, tokens_per_second(result),
           Tier::Simulated)
      .add("tokens_per_second_per_sequence", "tokens_per_second / sequences of the batch.", Quantity::TokensPerSecond,
           tokens_per_second(result) / static_cast<double>(input.workload.batch), Tier::Simulated);
  if (node.name == "prefill")
    node.add("time_to_first_token", "From the prompt's first command to the logits of its last token.",
             Quantity::Seconds, t.counts.seconds, Tier::Simulated);
  else
    node.add("time_per_output_token", "Simulated time / passes: the mean of the decode passes.", Quantity::Seconds,
             t.counts.seconds / static_cast<double>(result.passes), Tier::Simulated);
  const energy::EnergyModel model = energy_model(input, machine.config);
  add_energy(node, model, result, used);
  const energy::EnergyBreakdown linear = model.evaluate(t.linear_counts, energy::Corner::Mid);
  node.add(
      "linear_joules_per_token",
      "Of joules_per_token_mid, what the linear layers cost: arithmetic, quantise, dequantise, their traffic in every "
      "buffer and their weights from DRAM; without leakage.",
      Quantity::JoulesPerToken, linear.joules() / static_cast<double>(result.tokens), linear.tier());
  const double pairs = weight_input_pairs(input, result);
  node.add("dram_bytes", "Bytes moved over the DRAM's data bus, whole bursts.", Quantity::Bytes,
           static_cast<std::uint64_t>(t.dram_bytes), Tier::Simulated)
      .add("dram_row_activations", "DRAM rows opened.", Quantity::Count, static_cast<std::uint64_t>(t.row_activations),
           Tier::Simulated)
      .add("dram_row_hits", "DRAM bursts that found their row open.", Quantity::Count,
           static_cast<std::uint64_t>(t.row_hits), Tier::Simulated);
  // A machine that keeps everything on chip may have no memory.
  if (const double peak = machine.config.dram.bytes_per_second(); peak > 0)
    node.add("dram_utilisation", "DRAM bytes / (DRAM peak rate x simulated time).", Quantity::Ratio,
             static_cast<double>(t.dram_bytes) / (peak * t.counts.seconds), Tier::Simulated);
  node.add(
      "matrix_utilisation",
      "Weight-activation pairs of all BitLinears / (peak x simulated time): the matrix unit's share of its dense peak; "
      "above 1 where zeros take no lane or inputs have 4 bits.",
      Quantity::Ratio, pairs / (machine.config.peak_macs_per_second() * t.counts.seconds), Tier::Simulated);
  if (t.sums_checked != 0)
    node.add("sums_checked", "int32 sums that the matrix unit computed itself and that equal the reference's.",
             Quantity::Count, t.sums_checked);
  node.children.push_back(units_node(t));
  node.children.push_back(operators_node(machine.config, input.graph, t));
  node.children.push_back(counts_node(t.counts));
  const bool prefill = node.name == "prefill";
  for (const PassTimeline& timeline : machine.timelines)
    if (prefill == (input.workload.prefill_tokens > 0 && timeline.index == 0))
      node.children.push_back(timeline_node(timeline));
  return node;
}

void add_ratios(StatisticNode& node, const StudyInput& input, const Machine& ternary, const sim::PhaseResult& a,
                const Machine& fp16, const sim::PhaseResult& b) {
  const energy::EnergyModel ternary_model = energy_model(input, ternary.config);
  const energy::EnergyModel fp16_model = energy_model(input, fp16.config);
  const auto price = [](const energy::EnergyModel& model, const energy::ActionCounts& counts) {
    return model.evaluate(counts, energy::Corner::Mid);
  };
  const energy::EnergyBreakdown ternary_all = price(ternary_model, a.total.counts);
  const energy::EnergyBreakdown ternary_linear = price(ternary_model, a.total.linear_counts);
  const energy::EnergyBreakdown fp16_all = price(fp16_model, b.total.counts);
  const energy::EnergyBreakdown fp16_linear = price(fp16_model, b.total.linear_counts);
  for (Statistic& s : energy::energy_ratios({a.total.counts, ternary_all, ternary_linear},
                                            {b.total.counts, fp16_all, fp16_linear}, input.technology))
    node.statistics.push_back(std::move(s));
}

}  // namespace

Machine simulate_machine(const StudyInput& input, std::string name, std::string title,
                         const sim::AcceleratorConfig& config) {
  energy_model(input, config);  // an unknown DRAM type or an unpriced operator is refused before the work
  // An FP16 machine computes no values that the reference has: it would need the model's FP16 twin.
  const bool exact = config.matrix.exact();
  IsolatedRun run = run_isolated(config, input.graph, input.workload, exact ? input.operands : sim::SimulationInput{},
                                 input.trace, input.timelines);
  return {std::move(name), std::move(title),        config, std::move(run.result), run.wall_seconds,
          run.trace,       std::move(run.timelines)};
}

StatisticNode machine_node(const StudyInput& input, const Machine& machine, std::set<std::string>& used) {
  const sim::AcceleratorConfig& c = machine.config;
  StatisticNode node{machine.name, machine.title, {}, {}};
  const energy::EnergyModel model = energy_model(input, c);
  used.insert(model.area_constants().begin(), model.area_constants().end());
  StatisticNode area = energy::area_node(model);
  node.add("accelerator", "Name of the configuration.", Quantity::Text, c.name)
      .add("clock_hz", "Clock of every unit.", Quantity::Hertz, c.clock_hz)
      .add("peak_macs_per_second",
           "Weights by inputs of the matrix unit per second with all lanes busy: rows x lanes x clock, of a bit-serial "
           "one "
           "divided by its activation bits.",
           Quantity::Count, c.peak_macs_per_second())
      .add("dram_bytes_per_second", "Peak rate of all DRAM channels.", Quantity::BytesPerSecond,
           c.dram.bytes_per_second())
      .add("weight_bits", "Bits of a weight of a linear layer in DRAM and SRAM.", Quantity::Ratio,
           c.matrix.weight_bits())
      .add("area_m2", area.find("square_metres")->description, Quantity::SquareMetres,
           area.find("square_metres")->value, area.find("square_metres")->tier);
  add_energy_note(node, input, c);
  add_memory_use(node, input, c);
  if (machine.result.prefill.tokens > 0)
    node.children.push_back(phase_node(input, machine, machine.result.prefill, "prefill", "Prefill", used));
  if (machine.result.decode.tokens > 0)
    node.children.push_back(phase_node(input, machine, machine.result.decode, "decode", "Decode", used));
  node.children.push_back(std::move(area));
  return node;
}

StatisticNode comparison_node(const StudyInput& input, const Machine& ternary, const Machine& fp16,
                              const Machine* equal_speed) {
  StatisticNode node{"comparison", "FP16 machine over ternary machine", {}, {}};
  node.statistics.push_back(energy::published_ratio_statistic(input.technology));
  const auto add_phase = [&](std::string name, std::string title, const sim::PhaseResult& a, const sim::PhaseResult& b,
                             const sim::PhaseResult* c) {
    if (a.tokens == 0) return;
    StatisticNode& phase = node.add_child(std::move(name), std::move(title));
    add_ratios(phase, input, ternary, a, fp16, b);
    phase.add("speed_ratio", "Tokens/s of the ternary machine over the FP16 machine's.", Quantity::Ratio,
              tokens_per_second(a) / tokens_per_second(b), Tier::Simulated);
    if (c == nullptr) return;
    StatisticNode priced{"", "", {}, {}};
    add_ratios(priced, input, ternary, a, *equal_speed, *c);
    Statistic whole = *priced.find("whole_machine_energy_ratio");
    whole.name = "whole_machine_energy_ratio_equal_speed";
    whole.description = "The same, of the FP16 machine that is as fast as the ternary one. " + whole.description;
    phase.statistics.push_back(std::move(whole));
  };
  // The third machine was matched in one phase only, and says nothing about "equal" in the other.
  const bool matched_decode = ternary.result.decode.tokens > 0;
  add_phase("prefill", "Prefill", ternary.result.prefill, fp16.result.prefill,
            equal_speed != nullptr && !matched_decode ? &equal_speed->result.prefill : nullptr);
  add_phase("decode", "Decode", ternary.result.decode, fp16.result.decode,
            equal_speed != nullptr && matched_decode ? &equal_speed->result.decode : nullptr);
  return node;
}

void add_simulation_speed(StatisticNode& run, const std::vector<const Machine*>& machines) {
  double seconds = 0;
  double cycles = 0;
  double macs = 0;
  for (const Machine* machine : machines) {
    seconds += machine->wall_seconds;
    for (const sim::PhaseResult* phase : {&machine->result.prefill, &machine->result.decode}) {
      cycles += static_cast<double>(phase->total.cycles);
      for (const sim::OperatorWork& work : phase->total.operators) macs += static_cast<double>(work.macs);
    }
  }
  seconds = std::max(seconds, 1e-9);  // a clock that did not advance
  run.add("simulation_seconds", "Wall time of mapping, elaboration and simulation of the machines shown.",
          Quantity::Seconds, seconds, Tier::Measured)
      .add("simulated_cycles_per_second", "Clock cycles simulated in a second of wall time.", Quantity::Hertz,
           cycles / seconds, Tier::Measured)
      .add("simulated_macs_per_second", "Multiply-accumulates of the model simulated in a second of wall time.",
           Quantity::MacsPerSecond, macs / seconds, Tier::Measured);
}

}  // namespace ternsim::explore
