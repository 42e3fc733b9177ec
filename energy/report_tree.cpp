#include "energy/report_tree.h"

#include <fmt/format.h>

#include <array>

#include "base/error.h"

namespace ternsim::energy {

namespace {

std::string text_of(Tier tier) { return std::string(name_of(tier)); }

/// How a constant's SI value is to be read, as far as its quantity does not say it.
std::string_view per_what(Dimension dimension) {
  switch (dimension) {
    case Dimension::EnergyPerOperation:
      return "joules per operation";
    case Dimension::EnergyPerBit:
      return "joules per bit";
    case Dimension::Area:
      return "square metres per operator";
    case Dimension::AreaPerBit:
      return "square metres per bit";
    case Dimension::PowerDensity:
      return "watts per square metre";
    case Dimension::Factor:
      return "a plain factor";
  }
  return "";
}

void add_part(StatisticNode& parts, Part part, const PartEnergy& energy, double total, double tokens) {
  const std::string name(name_of(part));
  parts.add_child(name, name)
      .add("joules", fmt::format("Energy of {} in this phase: sum of count x constant, mid corner.", name),
           Quantity::Joules, energy.joules, energy.tier)
      .add("joules_per_token", fmt::format("Energy of {} divided by the tokens of this phase, mid corner.", name),
           Quantity::JoulesPerToken, energy.joules / tokens, energy.tier)
      .add("share", fmt::format("Energy of {} over the energy of all parts in this phase, mid corner.", name),
           Quantity::Ratio, total > 0 ? energy.joules / total : 0.0, energy.tier)
      .add("tier", "Weakest tier among the counts and constants of this part.", Quantity::Text, text_of(energy.tier),
           energy.tier);
}

StatisticNode phase_node(const EnergyModel& model, const PhaseCounts& phase, std::set<std::string>& used) {
  if (phase.tokens == 0)
    throw RequestError(fmt::format("phase '{}' has no tokens to divide its energy by", phase.name));
  const auto tokens = static_cast<double>(phase.tokens);
  StatisticNode node{phase.name, phase.title, {}, {}};
  node.add("tokens", "Positions computed in this phase, over all sequences.", Quantity::Count, phase.tokens);
  for (const Corner corner : kCorners) {
    const EnergyBreakdown breakdown = model.evaluate(phase.counts, corner);
    used.insert(breakdown.constants.begin(), breakdown.constants.end());
    const Tier tier = breakdown.tier();
    node.add(fmt::format("joules_per_token_{}", name_of(corner)),
             fmt::format("Energy of all parts divided by the tokens of this phase, every constant at the {} end of its "
                         "range; {}, {} DRAM.",
                         name_of(corner), breakdown.technology, breakdown.dram_type),
             Quantity::JoulesPerToken, breakdown.joules() / tokens, tier);
    if (corner != Corner::Mid) continue;
    const double total = breakdown.joules();
    node.add("joules", "Energy of all parts in this phase, mid corner.", Quantity::Joules, total, tier);
    if (phase.counts.seconds > 0)
      node.add("average_watts", "Energy of this phase over its simulated time, mid corner.", Quantity::Watts,
               total / phase.counts.seconds, tier);
    node.add("tier", "Weakest tier among all parts.", Quantity::Text, text_of(tier), tier);
    StatisticNode& parts = node.add_child("parts", "Energy by part");
    for (const auto& [part, energy] : breakdown.parts) add_part(parts, part, energy, total, tokens);
  }
  return node;
}

}  // namespace

StatisticNode energy_node(const EnergyModel& model, std::span<const PhaseCounts> phases, std::set<std::string>& used) {
  StatisticNode node{"energy", "Energy", {}, {}};
  for (const PhaseCounts& phase : phases) node.children.push_back(phase_node(model, phase, used));
  return node;
}

StatisticNode area_node(const EnergyModel& model) {
  StatisticNode node{"area", "Area", {}, {}};
  const double total = model.square_metres();
  Tier weakest = Tier::Exact;
  for (const auto& [part, area] : model.area()) {
    if (area.square_metres <= 0) continue;
    weakest = weaker(weakest, area.tier);
    const std::string name(name_of(part));
    node.add_child(name, name)
        .add("square_metres", fmt::format("Operators, SRAM and ROM of {}.", name), Quantity::SquareMetres,
             area.square_metres, area.tier)
        .add("share", fmt::format("Area of {} over that of all parts.", name), Quantity::Ratio,
             area.square_metres / total, area.tier)
        .add("tier", "Weakest tier among the constants of this part's area.", Quantity::Text, text_of(area.tier),
             area.tier);
  }
  node.add(
      "square_metres",
      "Operators, SRAM and ROM of all parts: a lower bound without control, clock tree, pipeline registers, wiring and "
      "pads.",
      Quantity::SquareMetres, total, weakest);
  return node;
}

StatisticNode constants_node(const Technology& technology, const std::set<std::string>& used) {
  for (const std::string& name : used) technology.constant(name);  // an unknown one throws
  StatisticNode node{"constants", fmt::format("Constants of {}", technology.name()), {}, {}};
  for (const Constant& constant : technology.constants()) {
    if (!used.contains(constant.name)) continue;
    const Quantity quantity = quantity_of(constant.dimension);
    const std::string meaning = fmt::format("{}, {}", constant.name, per_what(constant.dimension));
    StatisticNode& child = node.add_child(constant.name, constant.name);
    child.add("value", meaning + ", mid.", quantity, constant.mid, constant.tier);
    if (constant.low < constant.high) {
      child.add("low", meaning + ", low end of its range.", quantity, constant.low, constant.tier);
      child.add("high", meaning + ", high end of its range.", quantity, constant.high, constant.tier);
    }
    child.add("written", "As the technology file has it.", Quantity::Text, constant.written, constant.tier)
        .add("unit", "Unit of the technology file.", Quantity::Text, constant.unit, constant.tier)
        .add("source", "Where the value comes from.", Quantity::Text, constant.source, constant.tier)
        .add("comment", "What to know when using it.", Quantity::Text, constant.comment, constant.tier)
        .add("tier", "How well it is supported.", Quantity::Text, text_of(constant.tier), constant.tier);
  }
  return node;
}

}  // namespace ternsim::energy
