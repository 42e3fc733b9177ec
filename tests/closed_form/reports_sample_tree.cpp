#include "reports_sample_tree.h"

#include <array>
#include <cstdint>
#include <string>

namespace ternsim::reports {

namespace {

using enum Quantity;
using enum Tier;

struct Machine {
  const char* name;
  const char* title;
  double prefill_joules;  // per token
  double decode_joules;   // per token
  double decode_speed;    // tokens per second
  std::uint64_t weight_bits;
};

void add_energy(StatisticNode& phase, double per_token) {
  static constexpr std::array<std::pair<const char*, double>, 9> parts{{{"matrix", 0.07},
                                                                        {"vector", 0.03},
                                                                        {"attention", 0.05},
                                                                        {"lm_head", 0.08},
                                                                        {"weight_sram", 0.11},
                                                                        {"activation_sram", 0.06},
                                                                        {"accumulator_sram", 0.04},
                                                                        {"dram", 0.46},
                                                                        {"leakage", 0.10}}};
  StatisticNode& energy = phase.add_child("energy", "Energy");
  energy.add("joules_per_token", "Sum over the parts divided by the tokens.", JoulesPerToken, per_token, Assumed);
  for (const auto& [name, share] : parts) {
    const bool memory = std::string_view(name) == "dram" || std::string_view(name) == "leakage";
    energy.add_child(name, "")
        .add("joules", "Counts times constants.", Joules, per_token * share * 64, memory ? Assumed : Published)
        .add("joules_per_token", "Joules divided by the tokens.", JoulesPerToken, per_token * share,
             memory ? Assumed : Published)
        .add("share", "Part of the whole.", Ratio, share, memory ? Assumed : Published);
  }
}

void add_units(StatisticNode& phase, std::uint64_t total) {
  StatisticNode& units = phase.add_child("units", "Units");
  const std::array<const char*, 6> names{"sequencer", "dma", "matrix", "vector", "attention", "lm_head"};
  const std::array<const char*, 4> causes{"stall_weights", "stall_activations", "stall_output_buffer", "stall_barrier"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    StatisticNode& unit = units.add_child(names[i], "");
    std::uint64_t left = total;
    unit.add("total", "All cycles of the phase.", Cycles, total, Simulated);
    const std::uint64_t busy = total * (i == 1 ? 78 : i == 2 ? 55 : 8 + 4 * i) / 100;
    unit.add("busy", "Cycles in which the unit worked.", Cycles, busy, Simulated);
    left -= busy;
    for (std::size_t cause = 0; cause < causes.size(); ++cause) {
      if ((cause + i) % 3 == 0) continue;
      const std::uint64_t stalled = left / (cause + 3);
      unit.add(causes[cause], "Cycles in which the unit waited for this.", Cycles, stalled, Simulated);
      left -= stalled;
    }
    unit.add("idle", "Cycles without a command.", Cycles, left, Simulated);
  }
}

/// Two products, and one operator without any, under the roofs of three units; `unit_peak` is that of the matrix unit.
void add_operators_of_phase(StatisticNode& phase, double unit_peak) {
  StatisticNode& operators = phase.add_child("operators", "Roofline of the operators");
  operators.add("peak_matrix", "Peak.", MacsPerSecond, unit_peak, Simulated)
      .add("peak_attention", "Peak.", MacsPerSecond, 1.28e11, Simulated)
      .add("peak_lm_head", "Peak.", MacsPerSecond, 1.28e11, Simulated);
  StatisticNode& roles = operators.add_child("by_role", "By operator, all layers together");
  struct Product {
    const char* name;
    const char* unit;
    std::uint64_t macs;
    std::uint64_t bytes;
    double attained;
  };
  for (const Product& one : {Product{"ffn_down", "matrix", 900'000, 225'000, 1.9e11},
                             {"attn_q", "matrix", 6'553'600, 1'638'400, 2.0e11},
                             {"lm_head", "lm_head", 328'335'360, 656'670'720, 3.1e10}})
    roles.add_child(one.name, one.name)
        .add("unit", "Unit.", Text, std::string(one.unit), Simulated)
        .add("macs", "Products.", Count, one.macs, Simulated)
        .add("dram_bytes", "Bytes.", Bytes, one.bytes, Simulated)
        .add("macs_per_byte", "Intensity.", Ratio, static_cast<double>(one.macs) / static_cast<double>(one.bytes),
             Simulated)
        .add("critical_cycles", "Cycles.", Cycles, one.macs / 190, Simulated)
        .add("attained", "Rate.", MacsPerSecond, one.attained, Simulated)
        .add("roof", "Roof.", MacsPerSecond, one.attained * 1.02, Simulated)
        .add("roof_share", "Share.", Ratio, 1 / 1.02, Simulated)
        .add("bound", "Bound.", Text, std::string("dram"), Simulated);
  roles.add_child("attn_norm", "attn_norm")
      .add("unit", "Unit.", Text, std::string("vector"), Simulated)
      .add("macs", "Products.", Count, std::uint64_t{0}, Simulated)
      .add("dram_bytes", "Bytes.", Bytes, std::uint64_t{0}, Simulated)
      .add("critical_cycles", "Cycles.", Cycles, std::uint64_t{80}, Simulated)
      .add("bound", "Bound.", Text, std::string("vector"), Simulated);
}

/// Two levels of two units each; the second starts within the first.
void add_timeline(StatisticNode& phase, std::uint64_t tokens) {
  StatisticNode& timeline = phase.add_child("timeline", "Timeline of one pass");
  timeline.add("pass", "Which.", Count, std::uint64_t{3})
      .add("tokens", "Positions.", Count, tokens)
      .add("context", "Positions before.", Count, std::uint64_t{128})
      .add("batch", "Sequences.", Count, std::uint64_t{1})
      .add("cycles", "Of the pass.", Cycles, std::uint64_t{40'000}, Simulated);
  const auto add_level = [&](const char* name, const char* title, const std::array<const char*, 3>& sections,
                             std::uint64_t begin, std::uint64_t length) {
    StatisticNode& level = timeline.add_child(name, title);
    for (const auto& [unit, late] : {std::pair<const char*, std::uint64_t>{"dma", 0}, {"matrix", 700}}) {
      StatisticNode& at = level.add_child(unit, unit);
      for (std::uint64_t i = 0; i < sections.size(); ++i)
        at.add_child(sections[i], "")
            .add("start", "From.", Cycles, begin + late + i * length, Simulated)
            .add("end", "To.", Cycles, begin + late + (i + 1) * length - 20, Simulated)
            .add("busy", "Works.", Cycles, length * (5 - i) / 10, Simulated)
            .add(late == 0 ? "stall_dram_latency" : "stall_weights", "Stalled.", Cycles, length * (2 + i) / 10,
                 Simulated);
    }
  };
  add_level("layers", "The whole pass, by layer", {"layer_0", "layer_1", "lm_head"}, 0, 13'000);
  add_level("operators", "Layer 1 of these, by operator", {"attn_q", "attention", "ffn_down"}, 13'000, 4'000);
}

void add_phase(StatisticNode& machine, const char* name, const char* title, double joules, double speed,
               std::uint64_t tokens) {
  StatisticNode& phase = machine.add_child(name, title);
  const double seconds = static_cast<double>(tokens) / speed;
  const auto cycles = static_cast<std::uint64_t>(seconds * 1e9);
  phase.add("tokens", "Tokens processed in this phase.", Count, tokens)
      .add("cycles", "Cycles from the first command to the last.", Cycles, cycles, Simulated)
      .add("seconds", "Cycles divided by the clock.", Seconds, seconds, Simulated)
      .add("tokens_per_second", "Tokens divided by the seconds.", TokensPerSecond, speed, Simulated)
      .add("joules_per_token_low", "With the low end of every constant.", JoulesPerToken, joules * 0.72, Assumed)
      .add("joules_per_token_mid", "With the middle of every constant.", JoulesPerToken, joules, Assumed)
      .add("joules_per_token_high", "With the high end of every constant.", JoulesPerToken, joules * 1.41, Assumed)
      .add("dram_bytes", "Bytes moved to and from DRAM.", Bytes, tokens * 700'000'000 / 40, Simulated)
      .add("matrix_utilisation", "Busy lanes over all lanes and cycles.", Ratio, 0.553, Simulated);
  add_energy(phase, joules);
  add_units(phase, cycles);
  add_operators_of_phase(phase, 4.096e12);
  add_timeline(phase, std::string_view(name) == "prefill" ? tokens : 1);
  StatisticNode& counts = phase.add_child("counts", "Counts");
  counts.add("matrix.int_add.9", "Additions of 9 bits in the adder tree.", Count, tokens * 2'084'044'800ULL, Simulated)
      .add("matrix.int_add.12", "Additions of 12 bits in the adder tree.", Count, tokens * 521'011'200ULL, Simulated)
      .add("sram.weight.read.bytes", "Bytes read from the weight buffer.", Count, tokens * 520'093'696ULL, Simulated)
      .add("dram.read.bytes", "Bytes read from DRAM.", Count, tokens * 17'500'000ULL, Simulated);
}

void add_machines(StatisticNode& root) {
  StatisticNode& machines = root.add_child("machines", "Machines");
  const std::array<Machine, 3> all{
      {{"ternary", "Ternary accelerator", 3.1e-3, 14.2e-3, 96.4, 2},
       {"fp16", "FP16 MAC accelerator, same area", 19.5e-3, 88.7e-3, 12.3, 16},
       {"fp16_equal_speed", "FP16 MAC accelerator at equal tokens/s", 21.4e-3, 93.1e-3, 96.4, 16}}};
  for (const Machine& one : all) {
    StatisticNode& machine = machines.add_child(one.name, one.title);
    machine.add("clock_hz", "Clock of every unit.", Hertz, 1e9)
        .add("peak_macs_per_second", "Lanes times columns times the clock.", Count, std::uint64_t{4'096'000'000'000})
        .add("dram_bytes_per_second", "Peak of the memory interface.", BytesPerSecond, 51.2e9, Published)
        .add("weight_bits", "Bits a weight takes in DRAM.", Count, one.weight_bits)
        .add("area_m2", "Sum over the units.", SquareMetres, 6.4e-6, Derived);
    StatisticNode& area = machine.add_child("area", "Area");
    area.add_child("matrix", "matrix").add("square_metres", "Operators.", SquareMetres, 1.1e-6, Derived);
    area.add_child("weight_sram", "weight_sram").add("square_metres", "SRAM.", SquareMetres, 5.3e-6, Assumed);
    add_phase(machine, "prefill", "Prefill", one.prefill_joules, one.decode_speed * 14, 128);
    add_phase(machine, "decode", "Decode", one.decode_joules, one.decode_speed, 64);
  }
}

/// One stage of two operators, and what an operation of each is made of.
void add_operators(StatisticNode& root) {
  StatisticNode& costs = root.add_child("operator_costs", "From operator to machine");
  costs.add("how_to_read", "What the tables say.", Text, "The ratio falls.");
  costs.add_child("remains_fp16", "What remains")
      .add_child("unit", "unit")
      .add("decode", "Ratio.", Ratio, 14.5, Assumed);
  StatisticNode& unit = costs.add_child("unit", "An operation by cause");
  for (const char* name : {"ternary", "fp16"})
    unit.add_child(name, name)
        .add("settled", "Logic.", Joules, 1e-14, Assumed)
        .add("clock", "Clock.", Joules, 2e-14, Assumed);
}

/// A ladder of two machines, and for the first what two constants do to it.
void add_ladders(StatisticNode& root) {
  StatisticNode& decode = root.add_child("ladders", "J/token, rung by rung").add_child("decode", "Decode");
  const std::array<const char*, 6> rungs{"published_arithmetic", "true_widths", "sram",
                                         "other_units",          "kv_and_dram", "leakage"};
  for (const char* name : {"ternary", "fp16_equal_speed"}) {
    StatisticNode& machine = decode.add_child(name, name);
    machine.add("tokens_per_second", "Rate.", TokensPerSecond, 50.0, Simulated)
        .add("area_m2", "Area.", SquareMetres, 1.1e-6, Derived);
    StatisticNode& ladder = machine.add_child("ladder", "Ladder");
    ladder.add("floor_joules_per_token_mid", "What must move.", JoulesPerToken, 0.01, Assumed);
    for (std::size_t i = 0; i < rungs.size(); ++i)
      ladder.add_child(rungs[i], rungs[i])
          .add("joules_per_token_low", "Low.", JoulesPerToken, 0.01 * static_cast<double>(i), Assumed)
          .add("joules_per_token_mid", "Mid.", JoulesPerToken, 0.02 * static_cast<double>(i), Assumed)
          .add("joules_per_token_high", "High.", JoulesPerToken, 0.03 * static_cast<double>(i), Assumed)
          .add("added_joules_per_token", "Added.", JoulesPerToken, 0.02, Assumed);
    StatisticNode& sensitivity = machine.add_child("sensitivity", "Sensitivity");
    sensitivity.add("joules_per_token_mid", "Mid.", JoulesPerToken, 0.1, Assumed);
    for (const char* constant : {"dram_lpddr5x", "leakage_density"})
      sensitivity.add_child(constant, constant)
          .add("joules_per_token_low", "Low.", JoulesPerToken, 0.06, Assumed)
          .add("joules_per_token_high", "High.", JoulesPerToken, 0.12, Assumed)
          .add("swing", "Swing.", JoulesPerToken, 0.06, Assumed)
          .add("share", "Share.", Ratio, 0.6, Assumed);
  }
}

void add_generation(StatisticNode& root) {
  StatisticNode& generation = root.add_child("generation", "Generation");
  generation.add("model", "Model that generated the text.", Text, std::string("bitnet-sample-2M"))
      .add("prompt", "What the model was given.", Text, std::string("Once upon a time"))
      .add("text", "What the model wrote.", Text,
           std::string(" there was a small chip that could only add. It added <b>all day</b> & all night, and when "
                       "the moon came up it said: \"I never needed to multiply.\"\n") +
               hostile_text)
      .add("generated_tokens", "Tokens after the prompt.", Count, std::uint64_t{64})
      .add("identical", "Result of the comparison.", Text, std::string("tokens identical: cpu = systemc = rtl"));
  const std::array<std::pair<const char*, const char*>, 3> engines{
      {{"cpu", "CPU kernels"}, {"systemc", "SystemC model"}, {"rtl", "Verilated RTL"}}};
  for (const auto& [name, title] : engines)
    generation.add_child(name, title)
        .add("tiles", "Weight tiles processed.", Count, std::uint64_t{18'432})
        .add("lane_adds", "Additions in the lanes.", Count, std::uint64_t{152'371'200})
        .add("graph_lane_adds", "The same from the graph.", Count, std::uint64_t{152'371'200})
        .add("cycles", "Cycles of the matrix engine.", Cycles, std::uint64_t{2'381'112})
        .add("sums_and_logits_hash", "Hash of all sums and logits.", Text, std::string("9f3c21d07be4a815"))
        .add("seconds", "Wall time.", Seconds, 1.73, Measured);
}

void add_configuration(StatisticNode& root) {
  root.add_child("configuration", "Configuration")
      .add("accelerator", "Name.", Text, std::string("edge-64x16"))
      .add("accelerator_yaml", "The whole file.", Text, std::string("name: edge-64x16\nlanes: 64\ncolumns: 16\n"))
      .add("baseline", "Name.", Text, std::string("fp16-mac"))
      .add("model", "Shapes.", Text, std::string("BitNet b1.58 2B4T"))
      .add("workload", "Name.", Text, std::string("prefill 128, decode 64"))
      .add("technology", "Name.", Text, std::string("7 nm"));
  StatisticNode& constants = root.add_child("constants", "Constants");
  const std::array<Tier, 4> tiers{Published, Synthesised, Derived, Assumed};
  for (std::size_t i = 0; i < 8; ++i)
    constants.add_child("int_add_" + std::to_string(8 + i), "int_add_" + std::to_string(8 + i))
        .add("value", "Middle of the range.", Joules, 7e-15 + 1e-15 * static_cast<double>(i), tiers[i % 4])
        .add("written", "As in the file.", Text, "0.00" + std::to_string(7 + i), tiers[i % 4])
        .add("unit", "Unit of the file.", Text, std::string("pJ"), tiers[i % 4])
        .add("source", "Where it is from.", Text, std::string("A table of a paper on energy, section 3, 7 nm column"),
             tiers[i % 4])
        .add("comment", "What to know.", Text, std::string(i % 3 == 0 ? "Scaled by width." : ""), tiers[i % 4])
        .add("tier", "Tier.", Text, std::string(ternsim::name_of(tiers[i % 4])), tiers[i % 4]);
}

}  // namespace

StatisticNode sample_tree() {
  StatisticNode root{"results", "ternsim results", {}, {}};
  root.add_child("run", "Run")
      .add("version", "Version of ternsim.", Text, std::string("0.1.0"))
      .add("finished", "End of the run.", Text, std::string("2025-01-01T00:00:00Z"))
      .add("machine", "Host.", Text, std::string("2 x x86-64"))
      .add("wall_seconds", "Wall time of the run.", Seconds, 41.25, Measured);
  add_generation(root);
  add_configuration(root);
  add_machines(root);
  add_ladders(root);
  add_operators(root);
  StatisticNode& comparison = root.add_child("comparison", "FP16 machine over ternary machine");
  comparison.add("published_arithmetic_ratio", "One FP16 multiply-add over one int8 add; arithmetic only.", Ratio, 71.4,
                 Published);
  for (const char* phase : {"prefill", "decode"})
    comparison.add_child(phase, phase)
        .add("matrix_unit_energy_ratio", "Energy of the matrix units alone.", Ratio, 52.9, Derived)
        .add("linear_path_energy_ratio", "The same with SRAM and DRAM.", Ratio, 7.31, Assumed)
        .add("whole_machine_energy_ratio", "All energy, leakage included.", Ratio, 6.25, Assumed)
        .add("speed_ratio", "Tokens/s of ternary over FP16.", Ratio, 7.84, Simulated)
        .add("whole_machine_energy_ratio_equal_speed", "The same at equal tokens/s.", Ratio, 6.56, Assumed);
  return root;
}

StatisticNode small_tree() {
  StatisticNode root{"results", "Small results", {}, {}};
  root.add("note", "A figure at the root.", Count, std::uint64_t{7});
  StatisticNode& machine = root.add_child("machines", "Machines").add_child("ternary", "Ternary accelerator");
  machine.add_child("decode", "Decode")
      .add("tokens_per_second", "Tokens divided by the seconds.", TokensPerSecond, 96.4, Simulated);
  root.add_child("calibration", "Calibration")
      .add_child("lanes", "Lanes")
      .add("energy", "Energy of a lane.", Joules, 2e-15, Synthesised);
  return root;
}

}  // namespace ternsim::reports
