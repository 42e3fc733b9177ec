#include "explore/operator_costs.h"

#include <fmt/format.h>

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "energy/energy_model.h"
#include "sim/datapaths/datapath.h"
#include "sim/program/baseline.h"

namespace ternsim::explore {

using energy::Action;
using energy::Corner;
using energy::Part;
using energy::SynthesisedEnergy;
using energy::SynthesisScenario;

namespace {

enum Operator { kTernary, kInt8, kFp16, kFp32Sum };
constexpr std::size_t kOperators = 4;
constexpr std::array<const char*, kOperators> kNames{"ternary", "int8", "fp16", "fp16_fp32_sum"};
constexpr std::array<const char*, kOperators> kTitles{"ternary addition", "INT8 multiply-accumulate",
                                                      "FP16 multiply-accumulate, FP16 sum",
                                                      "FP16 multiply-accumulate, FP32 sum"};
constexpr std::array<double, kOperators> kWeightBits{2, 8, 16, 16};
constexpr std::array<double, kOperators> kActivationBits{8, 8, 16, 16};
constexpr double kBase3Bits = 1.6;
constexpr int kHeldTokens = 32;  // of the report's "held" scenarios
constexpr std::array<int, 5> kReuse{1, 4, 16, 64, 256};
constexpr std::array<const char*, kOperators> kUnits{"ternary_matrix_unit_1x16", "int8_mac_array_1x16",
                                                     "fp16_mac_16_stages_1", "fp16_mac_32_stages_1"};
constexpr std::array<const char*, kOperators> kSerial{"ternary_pe", "int8_pe", "fp16_mac_16_stages_1",
                                                      "fp16_mac_32_stages_1"};
constexpr std::array<const char*, 2> kTrees{"ternary_dot_16_levels_2", "int8_dot_16_levels_2"};
constexpr const char* kDecoder = "trit_decoder_8";

struct Joules {
  double value = 0;
  Tier tier = Tier::Exact;
};
Joules operator+(const Joules& a, const Joules& b) { return {a.value + b.value, weaker(a.tier, b.tier)}; }

/// One stage: what each operator costs there, where that is known, and the ternary one with 1.6-bit weights.
struct Stage {
  std::string name;
  std::string contents;
  std::array<std::optional<Joules>, kOperators> joules;
  std::optional<Joules> base3;
  std::string legend{};  ///< what stages of its kind are called together; empty: as itself
};

/// What a table is of: for how many tokens a weight is read once, and whether all operators have the ternary weights.
struct Case {
  const char* name;
  const char* title;
  int tokens;
  bool same_weights;
};
constexpr std::array<Case, 4> kCases{
    {{"decode", "A weight for each token, as in decode; weights as each format has them", 1, false},
     {"prefill", "A weight held for 32 tokens, as in prefill; weights as each format has them", kHeldTokens, false},
     {"decode_same", "The ternary layer's weights in every operator, one for each token", 1, true},
     {"prefill_same", "The ternary layer's weights in every operator, held for 32 tokens", kHeldTokens, true}}};

std::string scenario_of(const Case& table, std::size_t op) {
  return fmt::format("{}, {}", op == kTernary || table.same_weights ? "layer" : "bell",
                     table.tokens == 1 ? "changing" : fmt::format("held {}", table.tokens));
}

class Costs {
 public:
  explicit Costs(const OperatorCostInput& input) : input_(input), memories_(memories_of(input)) {
    if (!input.accelerator.matrix.ternary())
      throw RequestError(
          fmt::format("{}: operators are held against a ternary machine's; give one", input.accelerator.where()));
  }

  StatisticNode node() const {
    StatisticNode out{"operator_costs", "From operator to machine", {}, {}};
    out.add(
           "how_to_read", "What the tables say together.", Quantity::Text,
           "The published ratio is one bare INT8 addition against one bare FP16 multiplication and addition; our own "
           "netlists of the bare operators give nearly the same. In a machine a ternary addition is wider, selects or "
           "negates, and has registers, clock and glitches: they weigh on a small adder far more than on a multiplier, "
           "so the ratio falls before a bit is read. Reads cost alike for every format that moves as many bits; the "
           "more columns share an activation and the more tokens a weight, the less they level.")
        .add("synthesis", "Where synthesised figures come from.", Quantity::Text, input_.synthesis.kit())
        .add("widths_and_sram", "Technology that prices true widths and SRAM.", Quantity::Text, last().name())
        .add("buffers", "Machine whose matrix unit and buffers they are.", Quantity::Text, input_.accelerator.name);
    std::vector<StatisticNode> tables;
    for (const Case& table : kCases) tables.push_back(table_of(table));
    out.children.push_back(remains(tables, kFp16, "FP16 (FP16 sum)"));
    out.children.push_back(remains(tables, kInt8, "INT8"));
    for (StatisticNode& table : tables) out.children.push_back(std::move(table));
    out.children.push_back(reads());
    out.children.push_back(unit_parts());
    out.children.push_back(zeros());
    for (const char* lanes : {"16", "64"})
      if (const std::string name = fmt::format("ternary_tree_{}", lanes); input_.synthesis.has(name))
        if (StatisticNode levels = tree_levels(name, lanes); !levels.children.empty())
          out.children.push_back(std::move(levels));
    return out;
  }

 private:
  static energy::EnergyModel memories_of(const OperatorCostInput& input) {
    energy::Inventory inventory;
    inventory.sram_bytes = {
        {Part::WeightSram, static_cast<std::uint64_t>(input.accelerator.buffers.weight_bytes)},
        {Part::ActivationSram, static_cast<std::uint64_t>(input.accelerator.buffers.activation_bytes)}};
    return {input.technologies.back(), std::move(inventory), "none"};
  }
  const energy::Technology& last() const { return input_.technologies.back(); }

  static Joules constants(const energy::Technology& technology, std::initializer_list<const char*> names) {
    Joules sum;
    for (const char* name : names) {
      const energy::Constant& c = technology.constant(name);
      sum = sum + Joules{c.mid, c.tier};
    }
    return sum;
  }
  Stage bare_published(const energy::Technology& t) const {
    return {fmt::format("bare {}", t.name()),
            fmt::format("one bare operation of each, constants of {}", t.name()),
            {constants(t, {"int8_add"}), constants(t, {"int8_mul", "int8_add"}), constants(t, {"fp16_mul", "fp16_add"}),
             constants(t, {"fp16_mul", "fp32_add"})},
            {}};
  }
  /// Joules of a design where the report has it, simulated on these weights.
  std::optional<Joules> synthesised(const char* design, const std::string& scenario) const {
    if (!input_.synthesis.has(design)) return std::nullopt;
    const SynthesisScenario* found = input_.synthesis.design(design).find(scenario);
    if (found == nullptr) return std::nullopt;
    return Joules{found->energy.total, Tier::Synthesised};
  }
  std::optional<Joules> both(const std::optional<Joules>& a, const std::optional<Joules>& b) const {
    return a && b ? std::optional(*a + *b) : std::nullopt;
  }
  Stage bare_synthesised(const Case& table) const {
    const auto of = [&](const char* design, std::size_t op) { return synthesised(design, scenario_of(table, op)); };
    // The added operand is a ternary layer's in every case; the operator is the same.
    const std::optional<Joules> add = of("int_add_8", kTernary);
    return {
        "bare synthesised",
        "the same operators synthesised alone, with their operands' pins and wires; no register but the FP16 product's",
        {add, both(of("int_multiply_8", kInt8), add), both(of("fp16_multiply", kFp16), of("fp16_add", kFp16)),
         both(of("fp16_multiply", kFp32Sum), of("fp32_add", kFp32Sum))},
        {}};
  }
  /// The arithmetic of a matrix unit as simulated, an operation, at the last technology's constants.
  std::optional<Joules> true_width(const sim::AcceleratorConfig& machine, bool wide_sum) const {
    const sim::MatrixGeometry& g = machine.matrix.geometry;
    sim::MatmulWork work;
    work.rows = g.rows;
    work.cols = std::int64_t{64} * g.lanes;
    work.tokens = g.slots;
    energy::ActionCounts counts;
    sim::make_datapath(machine.matrix)->count(work, 32 * g.rows, counts);
    Joules sum;
    for (const auto& [key, count] : counts.counts) {
      if (key.part != Part::Matrix) continue;
      const bool fp32 = wide_sum && key.action == Action::Fp16Add;
      const energy::Rate rate =
          memories_.rate(fp32 ? energy::ActionKey{Part::Matrix, Action::Fp32Add, 32} : key, Corner::Mid);
      sum = sum + Joules{rate.joules * static_cast<double>(count), rate.tier};
    }
    sum.value /= static_cast<double>(work.rows * work.cols * work.tokens);
    return sum;
  }
  Stage true_widths() const {
    const sim::AcceleratorConfig fp16 = sim::baseline_of(input_.accelerator, sim::DatapathKind::Fp16Mac);
    return {
        fmt::format("widths {}", last().name()),
        fmt::format("every operation of {}'s matrix unit at its width, constants of {}: negations, tree, accumulator",
                    input_.accelerator.name, last().name()),
        {true_width(input_.accelerator, false),
         true_width(sim::baseline_of(input_.accelerator, sim::DatapathKind::Int8Mac), false), true_width(fp16, false),
         true_width(fp16, true)},
        {}};
  }
  Stage designs(const char* name, const char* contents, std::span<const char* const> of, const Case& table) const {
    Stage stage{name, contents, {}, {}};
    for (std::size_t op = 0; op < of.size(); ++op) stage.joules[op] = synthesised(of[op], scenario_of(table, op));
    return stage;
  }

  Joules read(Part part, double bits, Corner corner = Corner::Mid) const {
    const energy::Rate rate = memories_.rate({part, Action::SramRead, 64}, corner);
    return {rate.joules * bits, rate.tier};
  }
  Joules reads_of(double weight_bits, double activation_bits, int tokens, int columns) const {
    return read(Part::WeightSram, weight_bits / tokens) + read(Part::ActivationSram, activation_bits / columns);
  }
  /// A weight's share of the base-3 decoder; it decodes what is read, once for all tokens.
  std::optional<Joules> decode(int tokens) const {
    std::optional<Joules> j = synthesised(kDecoder, "layer, changing");
    if (j) j->value /= tokens;
    return j;
  }
  Stage with_reads(const Stage& unit, const Case& table, int columns) const {
    Stage stage{fmt::format("sram {}", columns),
                fmt::format("the unit, a read of the activation for every n columns that share it, and of the weight "
                            "for every {}",
                            table.tokens == 1 ? "token" : fmt::format("{} tokens", table.tokens)),
                {},
                {},
                "sram n"};
    for (std::size_t op = 0; op < kOperators; ++op)
      stage.joules[op] = both(unit.joules[op], reads_of(kWeightBits[op], kActivationBits[op], table.tokens, columns));
    stage.base3 = both(both(unit.joules[kTernary], decode(table.tokens)),
                       reads_of(kBase3Bits, kActivationBits[kTernary], table.tokens, columns));
    return stage;
  }

  std::vector<Stage> stages_of(const Case& table) const {
    std::vector<Stage> stages;
    if (!table.same_weights && table.tokens == 1)
      for (const energy::Technology& technology : input_.technologies) stages.push_back(bare_published(technology));
    if (!table.same_weights) stages.push_back(bare_synthesised(table));
    if (!table.same_weights && table.tokens == 1) stages.push_back(true_widths());
    stages.push_back(designs("tree lane",
                             "synthesised, a lane of a tree of 16: select or multiply, wider sums, pipeline registers, "
                             "their clock, glitches",
                             kTrees, table));
    Stage unit = designs("unit",
                         "synthesised, an operation of a unit of 1 x 16 (FP16: one lane) with operand registers and "
                         "accumulator",
                         kUnits, table);
    stages.push_back(unit);
    stages.push_back(designs("serial element",
                             "synthesised, one operation a cycle into one accumulator; FP16 as above, which is serial",
                             kSerial, table));
    for (const int columns : kReuse) stages.push_back(with_reads(unit, table, columns));
    std::erase_if(stages, [](const Stage& s) { return !s.joules[kTernary]; });
    return stages;
  }

  StatisticNode table_of(const Case& table) const {
    StatisticNode out{table.name, table.title, {}, {}, true};
    for (const Stage& stage : stages_of(table)) {
      const std::string& legend = stage.legend.empty() ? stage.name : stage.legend;
      if (out.find(legend) == nullptr) out.add(legend, "What the row holds.", Quantity::Text, stage.contents);
      StatisticNode& row = out.add_child(stage.name, stage.name);
      const Joules& ternary = *stage.joules[kTernary];
      for (std::size_t op = 0; op < kOperators; ++op) {
        if (!stage.joules[op]) continue;
        const Joules& j = *stage.joules[op];
        row.add(kNames[op], fmt::format("J of one {}: {}.", kTitles[op], stage.contents), Quantity::Joules, j.value,
                j.tier);
        if (op == kTernary && stage.base3)
          row.add("ternary_base3", "The same with weights of 1.6 bits and their decoder.", Quantity::Joules,
                  stage.base3->value, stage.base3->tier);
        if (op != kTernary && ternary.value > 0)
          row.add(fmt::format("{}_ratio", kNames[op]), "Over the ternary addition.", Quantity::Ratio,
                  j.value / ternary.value, weaker(j.tier, ternary.tier));
      }
    }
    return out;
  }

  /// The ratios of an operator from the four tables side by side.
  static StatisticNode remains(const std::vector<StatisticNode>& tables, Operator op, const char* format) {
    StatisticNode out{fmt::format("remains_{}", kNames[op]),
                      fmt::format("What remains of the ratio: {} over the ternary addition, stage by stage", format),
                      {},
                      {},
                      true};
    for (const StatisticNode& row : tables.front().children) {
      StatisticNode& stage = out.add_child(row.name, row.name);
      for (const StatisticNode& table : tables) {
        const StatisticNode* there = table.find_child(row.name);
        const Statistic* ratio = there == nullptr ? nullptr : there->find(fmt::format("{}_ratio", kNames[op]));
        if (ratio == nullptr) continue;
        stage.statistics.push_back(*ratio);
        stage.statistics.back().name = table.name;
      }
      if (stage.statistics.empty()) out.children.pop_back();
    }
    return out;
  }

  StatisticNode reads() const {
    StatisticNode out{"reads", "What feeds an operation: SRAM reads before any is shared", {}, {}, true};
    const auto row = [&](const char* name, double weight_bits, double activation_bits, bool decoded) {
      StatisticNode& node = out.add_child(name, name);
      node.add("weight_bits", "Bits of a weight.", Quantity::Ratio, weight_bits)
          .add("input_bits", "Bits of an activation.", Quantity::Ratio, activation_bits);
      const auto add = [&](const char* what, Part part, double bits) {
        for (const Corner corner : energy::kCorners) {
          const Joules j = read(part, bits, corner);
          node.add(fmt::format("{}_{}", what, name_of(corner)),
                   fmt::format("J to read one from the machine's buffer, {} end of the constants.", name_of(corner)),
                   Quantity::Joules, j.value, j.tier);
        }
      };
      add("weight", Part::WeightSram, weight_bits);
      add("input", Part::ActivationSram, activation_bits);
      if (const std::optional<Joules> j = decode(1); decoded && j)
        node.add("decode", "J to decode a weight.", Quantity::Joules, j->value, j->tier);
    };
    row("ternary", kWeightBits[kTernary], kActivationBits[kTernary], false);
    row("ternary base3", kBase3Bits, kActivationBits[kTernary], true);
    row("int8", kWeightBits[kInt8], kActivationBits[kInt8], false);
    row("fp16", kWeightBits[kFp16], kActivationBits[kFp16], false);
    return out;
  }

  static void add_energy(StatisticNode& row, const SynthesisedEnergy& e, double operations) {
    const auto add = [&](const char* name, const char* what, double joules) {
      row.add(name, what, Quantity::Joules, joules / operations, Tier::Synthesised);
    };
    add("settled", "Logic: the changes from one cycle to the next.", e.logic - e.glitches);
    add("glitches", "Logic: changes that do not last.", e.glitches);
    add("registers", "Registers that change, and what they drive inside.", e.registers);
    add("clock", "Clock edges at the registers' pins.", e.clock);
  }

  StatisticNode unit_parts() const {
    StatisticNode out{"unit", "An operation in its unit, by cause: weights changing", {}, {}, true};
    for (std::size_t op = 0; op < kOperators; ++op) {
      const SynthesisScenario& s = input_.synthesis.scenario(kUnits[op], scenario_of(kCases[0], op));
      StatisticNode& row = out.add_child(kNames[op], kTitles[op]);
      add_energy(row, s.energy, 1);
      row.add("pins", "Input pins of the netlist.", Quantity::Joules, s.energy.inputs, Tier::Synthesised)
          .add("leakage", "At the typical corner, over one cycle.", Quantity::Joules, s.energy.leakage,
               Tier::Synthesised)
          .add("all", "All of these.", Quantity::Joules, s.energy.total, Tier::Synthesised)
          .add("no_wires", "All of these without wires.", Quantity::Joules, s.low, Tier::Synthesised)
          .add("long_wires", "All of these with the longest wires that were tried.", Quantity::Joules, s.high,
               Tier::Synthesised);
    }
    return out;
  }

  StatisticNode zeros() const {
    StatisticNode out{"zeros", "A ternary addition of a tree of 16 lanes, by its operands", {}, {}, true};
    for (const SynthesisScenario& s : input_.synthesis.design(kTrees[kTernary]).scenarios) {
      StatisticNode& row = out.add_child(s.name, s.name);
      row.add("zero_weights", "Share of the weights.", Quantity::Ratio, s.weight_zeros)
          .add("zero_activations", "Share of the activations.", Quantity::Ratio, s.activation_zeros);
      add_energy(row, s.energy, 1);
      row.add("all", "With input pins and leakage.", Quantity::Joules, s.energy.total, Tier::Synthesised);
    }
    return out;
  }

  StatisticNode tree_levels(const std::string& design, const char* lanes) const {
    StatisticNode out{fmt::format("levels_{}", lanes),
                      fmt::format("The adder tree of {} lanes level by level, for each ternary addition", lanes),
                      {},
                      {},
                      true};
    const energy::SynthesisedDesign& d = input_.synthesis.design(design);
    const SynthesisScenario& s = input_.synthesis.scenario(design, "layer, changing");
    const SynthesisScenario* held = d.find("layer, held 32");
    const auto operations = static_cast<double>(d.operations_per_cycle);
    for (std::size_t i = 0; i < s.levels.size(); ++i) {
      const auto& [level, energy] = s.levels[i];
      StatisticNode& row = out.add_child(level, level);
      if (level != "inputs") add_energy(row, energy, operations);
      row.add("all", "All of it, weights changing.", Quantity::Joules, energy.total / operations, Tier::Synthesised)
          .add("share", "Of the tree with its accumulator.", Quantity::Ratio,
               energy.total / operations / s.energy.total, Tier::Synthesised);
      if (held != nullptr && i < held->levels.size() && held->levels[i].first == level)
        row.add("all_held", "All of it, weights held for 32 tokens.", Quantity::Joules,
                held->levels[i].second.total / operations, Tier::Synthesised);
    }
    return out;
  }

  const OperatorCostInput& input_;
  energy::EnergyModel memories_;
};

}  // namespace

StatisticNode operator_costs_node(const OperatorCostInput& input) {
  if (input.technologies.empty()) throw RequestError("operators need a technology");
  return Costs(input).node();
}

}  // namespace ternsim::explore
