#include "explore/published_headline.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/yaml.h"
#include "energy/analytic.h"
#include "energy/energy_model.h"
#include "model/shape_yaml.h"
#include "sim/inventory.h"

namespace ternsim::explore {

namespace fs = std::filesystem;

namespace {

fs::path named(YamlMap& map, const char* key, const fs::path& directory) {
  const std::string name = map.text(key);
  if (name.empty() || name.find('/') != std::string::npos) map.fail(key, "a name, not a path, expected");
  return directory / (name + ".yaml");
}

bool same_dimensions(const model::ModelShape& a, const model::ModelShape& b) {
  return a.embedding_length == b.embedding_length && a.block_count == b.block_count &&
         a.feed_forward_length == b.feed_forward_length && a.head_count == b.head_count &&
         a.head_count_kv == b.head_count_kv && a.head_dim == b.head_dim;
}

void add_formula(StatisticNode& node, const char* name, const char* what, double joules, double total, double tokens) {
  node.add_child(name, name)
      .add("joules", "Of the whole pass.", Quantity::Joules, joules, Tier::Derived)
      .add("share", "Of the total.", Quantity::Ratio, joules / total, Tier::Derived)
      .add("joules_per_token", "joules / tokens of the pass.", Quantity::JoulesPerToken, joules / tokens, Tier::Derived)
      .add("what", "What is counted.", Quantity::Text, what);
}

StatisticNode formula_node(const Headline& h, const energy::Technology& technology) {
  const energy::ArithmeticWork work = energy::arithmetic_work(h.entry.shape);
  const auto tokens = static_cast<double>(h.table.tokens);
  const energy::ArithmeticEnergy all = energy::bitnet_pass(work, technology, h.table.tokens);
  const energy::ArithmeticEnergy attention = energy::attention_pass(work, technology, h.table.tokens);
  const double scales = all.multiplications - attention.multiplications;
  const double sums = all.additions - attention.additions;
  StatisticNode node{"formula", "What the published joules are made of", {}, {}};
  node.tabular = true;
  add_formula(node, "ternary_linears", "one INT8 addition for each weight and token, at 8 bits", sums, all.total(),
              tokens);
  add_formula(node, "scales", "one FP16 multiplication for each input and output of a linear layer", scales,
              all.total(), tokens);
  add_formula(node, "attention", "both products in FP16, over the full square of positions", attention.total(),
              all.total(), tokens);
  add_formula(node, "total", "the published figure", all.total(), all.total(), tokens);
  return node;
}

StatisticNode machine_parts(const Headline& h, const Machine& machine, const energy::Technology& technology) {
  const energy::EnergyModel model(technology, sim::inventory_of(machine.config), machine.config.dram.type);
  const energy::ActionCounts& counts = machine.result.prefill.total.counts;
  const energy::EnergyBreakdown low = model.evaluate(counts, energy::Corner::Low);
  const energy::EnergyBreakdown mid = model.evaluate(counts, energy::Corner::Mid);
  const energy::EnergyBreakdown high = model.evaluate(counts, energy::Corner::High);
  StatisticNode node{"machine", fmt::format("The same pass on {}", machine.config.name), {}, {}};
  node.tabular = true;
  const auto add = [&](std::string name, double a, double b, double c, Tier tier) {
    node.add_child(name, name)
        .add("joules_low", "Of the whole pass, all constants at their low ends.", Quantity::Joules, a, tier)
        .add("joules_mid", "Of the whole pass.", Quantity::Joules, b, tier)
        .add("joules_high", "Of the whole pass, all constants at their high ends.", Quantity::Joules, c, tier)
        .add("times_published", "joules_mid over the published joules of the whole pass.", Quantity::Ratio,
             b / h.entry.value, tier);
  };
  for (const auto& [part, energy] : mid.parts)
    if (energy.joules > 0)
      add(std::string(energy::name_of(part)), low.parts.at(part).joules, energy.joules, high.parts.at(part).joules,
          energy.tier);
  add("total", low.joules(), mid.joules(), high.joules(), mid.tier());
  return node;
}

void add_ratio(StatisticNode& rows, std::string name, const Statistic& s) {
  rows.add_child(name, name)
      .add("ratio", s.description, s.quantity, s.value, s.tier)
      .add("contains", "What the ratio is of.", Quantity::Text, s.description);
}

StatisticNode ratios_node(const StudyInput& input, const Machine& ternary, const Machine& fp16) {
  StatisticNode rows{"ratios", "FP16 over ternary: the published ratio and those of two whole machines", {}, {}};
  rows.tabular = true;
  const StatisticNode comparison = comparison_node(input, ternary, fp16, nullptr);
  for (const Statistic& s : comparison.statistics) add_ratio(rows, s.name, s);
  for (const StatisticNode& phase : comparison.children)
    for (const Statistic& s : phase.statistics) add_ratio(rows, fmt::format("{}.{}", phase.name, s.name), s);
  return rows;
}

}  // namespace

Headline load_headline(const fs::path& path, const fs::path& configs, const fs::path& rtl_configs) {
  YamlMap root = YamlMap::load(path);
  Headline h;
  h.title = root.text("title");
  h.table = energy::load_published_table(named(root, "table", path.parent_path()));
  const std::string wanted = root.text("entry");
  const auto entry = std::ranges::find(h.table.entries, wanted, &energy::PublishedEntry::name);
  if (entry == h.table.entries.end()) root.fail("entry", fmt::format("table {} has no '{}'", h.table.name, wanted));
  h.entry = *entry;
  if (h.table.quantity != energy::PublishedQuantity::JoulesPerPass || h.entry.gpt ||
      h.entry.arithmetic != energy::PublishedEntry::Arithmetic::BitNet)
    root.fail("entry", fmt::format("'{}' is not the joules of a BitNet pass of gated blocks", wanted));
  h.graph = model::Graph::build(model::load_shape(named(root, "model", configs / "models")));
  if (!same_dimensions(h.graph.shape, h.entry.shape))
    root.fail("model", fmt::format("{} has other dimensions than the entry '{}'", h.graph.shape.name, wanted));
  h.ternary = sim::load_accelerator(named(root, "ternary", configs / "accelerators"), rtl_configs);
  h.fp16 = sim::load_accelerator(named(root, "fp16", configs / "accelerators"), rtl_configs);
  h.workload.name = path.stem().string();
  h.workload.prefill_tokens = h.table.tokens;
  h.workload.decode_tokens = root.integer("decode_tokens", 1, 1 << 20);
  h.workload.zero_share = root.number("zero_share", 0, 1);
  root.finish();
  return h;
}

StatisticNode headline_node(const Headline& h, const energy::Technology& technology, MachineRuns& machines,
                            const std::function<void()>& step) {
  const StudyInput input{h.graph, h.workload, technology, {}};
  const std::shared_ptr<const Machine> ternary = machines.run(input, h.ternary);
  step();
  const std::shared_ptr<const Machine> fp16 = machines.run(input, h.fp16);
  step();
  StatisticNode node{"headline", h.title, {}, {}};
  node.add("published", fmt::format("One {}: {}.", h.table.per, h.table.contains), Quantity::Joules, h.entry.value,
           Tier::Published)
      .add("per", "What the published joules are the joules of.", Quantity::Text, h.table.per)
      .add("contains", "What they count and what they leave out.", Quantity::Text, h.table.contains)
      .add("simulated_contains", "What the simulated joules count.", Quantity::Text,
           "the same tokens in one pass on a whole machine: sums at their real widths, causal attention, vector unit, "
           "LM "
           "head of the last position, every buffer, DRAM and leakage. Weights are read from DRAM once for each block "
           "of "
           "tokens that the buffers hold")
      .add("model", "Of the published joules and of the simulated pass.", Quantity::Text, h.graph.shape.name)
      .add("machines", "Equal but for the number format of the linear layers.", Quantity::Text,
           fmt::format("{} and {}", h.ternary.name, h.fp16.name))
      .add("promise", "What the exit status stands for.", Quantity::Text, "none: simulated");
  node.children.push_back(formula_node(h, technology));
  node.children.push_back(machine_parts(h, *ternary, technology));
  node.children.push_back(ratios_node(input, *ternary, *fp16));
  return node;
}

}  // namespace ternsim::explore
