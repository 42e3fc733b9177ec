#include "energy/ladder.h"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace ternsim::energy {

namespace {

struct Rung {
  std::string_view name;
  std::string_view title;
  std::string_view contents;
  std::vector<Part> parts;
};

const std::array<Rung, 5>& simulated_rungs() {
  static const std::array<Rung, 5> rungs{{
      {"true_widths", "True widths", "The matrix unit as counted: every operation at its width", {Part::Matrix}},
      {"sram",
       "+ SRAM",
       "With weight, activation and accumulator SRAM and the store of resident weights",
       {Part::WeightSram, Part::ActivationSram, Part::AccumulatorSram, Part::ResidentWeights}},
      {"other_units",
       "+ other units",
       "With vector unit, attention unit and LM head",
       {Part::Vector, Part::Attention, Part::LmHead}},
      {"kv_and_dram", "+ KV, DRAM", "With key-value SRAM and DRAM", {Part::KvSram, Part::Dram}},
      {"leakage", "+ leakage", "With leakage of the whole die over the phase's time", {Part::Leakage}},
  }};
  return rungs;
}

std::vector<std::string_view> bare_constants(BareOperation bare) {
  switch (bare) {
    case BareOperation::Int8Add:
      return {"int8_add"};
    case BareOperation::Int8Mac:
      return {"int8_add", "int8_mul"};
    case BareOperation::Fp16Mac:
      break;
  }
  return {"fp16_add", "fp16_mul"};
}

using Corners = std::array<double, kCorners.size()>;

void add_rung(StatisticNode& ladder, std::string_view name, std::string_view title, std::string_view contents,
              const Corners& joules, double before, Tier tier) {
  StatisticNode& rung = ladder.add_child(std::string(name), std::string(title));
  for (std::size_t i = 0; i < kCorners.size(); ++i)
    rung.add(fmt::format("joules_per_token_{}", name_of(kCorners[i])),
             fmt::format("{}; every constant at the {} end of its range.", contents, name_of(kCorners[i])),
             Quantity::JoulesPerToken, joules[i], tier);
  rung.add("added_joules_per_token", "Mid corner, to the rung before; below zero where zero gating saves additions.",
           Quantity::JoulesPerToken, joules[1] - before, tier)
      .add("tier", "Weakest tier among everything up to this rung.", Quantity::Text, std::string(name_of(tier)), tier);
}

}  // namespace

StatisticNode ladder_node(const EnergyModel& model, const LadderInput& input, std::set<std::string>& used) {
  if (!(input.tokens > 0)) throw RequestError("a ladder needs tokens to divide its energy by");
  StatisticNode node{"ladder", "J/token, rung by rung", {}, {}};
  node.tabular = true;
  Corners joules{};
  Tier tier = Tier::Simulated;
  for (const std::string_view name : bare_constants(input.bare)) {
    const Constant& constant = model.technology().constant(name);
    used.insert(constant.name);
    tier = weaker(tier, constant.tier);
    for (std::size_t i = 0; i < kCorners.size(); ++i)
      joules[i] += input.linear_pairs * constant.at(kCorners[i]) / input.tokens;
  }
  add_rung(node, "published_arithmetic", "Arithmetic as published",
           "One bare operation for each weight of the linear layers and token: nothing simulated", joules, 0, tier);
  double before = joules[1];
  joules = {};
  tier = Tier::Simulated;
  std::vector<EnergyBreakdown> breakdowns;
  for (const Corner corner : kCorners) {
    breakdowns.push_back(model.evaluate(input.counts, corner));
    used.insert(breakdowns.back().constants.begin(), breakdowns.back().constants.end());
  }
  for (const Rung& rung : simulated_rungs()) {
    for (const Part part : rung.parts) {
      for (std::size_t i = 0; i < kCorners.size(); ++i) joules[i] += breakdowns[i].parts.at(part).joules / input.tokens;
      tier = weaker(tier, breakdowns[1].parts.at(part).tier);
    }
    add_rung(node, rung.name, rung.title, rung.contents, joules, before, tier);
    before = joules[1];
  }
  node.add("floor_bytes_per_token",
           "Physical floor of this weight format and batch: distinct bytes of weights, keys and values that a pass "
           "reads or writes in DRAM, each moved once however small the buffers, over the pass's tokens.",
           Quantity::Bytes, input.floor_bits / 8 / input.tokens, Tier::Simulated);
  if (input.floor_bits > 0)
    for (const Corner corner : kCorners) {
      const Rate rate = model.rate({Part::Dram, Action::DramRead, 0}, corner);
      node.add(fmt::format("floor_joules_per_token_{}", name_of(corner)),
               fmt::format("The floor's bits at the DRAM's price a bit, {} end of its range: what no mapping of these "
                           "passes behind this memory goes below.",
                           name_of(corner)),
               Quantity::JoulesPerToken, input.floor_bits * rate.joules / input.tokens, rate.tier);
    }
  return node;
}

void add_ratios(StatisticNode& ladder, const StatisticNode& reference) {
  for (StatisticNode& rung : ladder.children) {
    const Statistic& below = *reference.find_child(rung.name)->find("joules_per_token_mid");
    const Statistic& above = *rung.find("joules_per_token_mid");
    const double joules = std::get<double>(below.value);
    if (joules > 0)
      rung.add("ratio", "J/token over the first machine's at this rung, every constant at mid.", Quantity::Ratio,
               std::get<double>(above.value) / joules, weaker(above.tier, below.tier));
  }
}

}  // namespace ternsim::energy
