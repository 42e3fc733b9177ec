#include "energy/published_table.h"

#include <fmt/format.h>

#include <utility>

#include "base/yaml.h"
#include "energy/analytic.h"

namespace ternsim::energy {

namespace {

constexpr std::int64_t kMaxLength = 1 << 24;

PublishedEntry read_entry(YamlMap& map) {
  PublishedEntry entry;
  entry.name = map.text("name");
  entry.arithmetic = map.choice("arithmetic", {"fp16", "bitnet"}) == 0 ? PublishedEntry::Arithmetic::Fp16
                                                                       : PublishedEntry::Arithmetic::BitNet;
  entry.joules = map.number("energy_j", 1e-9, 1e6);
  entry.shape.name = entry.name;
  entry.shape.embedding_length = map.integer("hidden", 1, kMaxLength);
  entry.shape.block_count = map.integer("layers", 1, 10000);
  entry.shape.feed_forward_length = map.integer("ffn", 1, kMaxLength);
  entry.shape.head_count = map.integer("heads", 1, 65536);
  entry.shape.head_count_kv = map.integer("kv_heads", 1, entry.shape.head_count);
  entry.shape.head_dim = map.integer("head_dim", 1, 65536);
  map.finish();
  return entry;
}

}  // namespace

PublishedTable load_published_table(const std::filesystem::path& path) {
  YamlMap root = YamlMap::load(path);
  PublishedTable table;
  table.source = root.text("source");
  table.tokens = root.integer("tokens", 1, 1 << 20);
  table.decimals = static_cast<int>(root.integer("decimals", 0, 12));
  for (YamlMap& map : root.maps("entries")) table.entries.push_back(read_entry(map));
  if (table.entries.empty()) root.fail("entries", "expected at least one entry");
  root.finish();
  return table;
}

double analytic_joules(const PublishedEntry& entry, const PublishedTable& table, const Technology& technology) {
  const ArithmeticWork work = arithmetic_work(entry.shape);
  return entry.arithmetic == PublishedEntry::Arithmetic::BitNet
             ? bitnet_pass(work, technology, table.tokens).total()
             : floating_pass(work, technology, table.tokens, FloatFormat::Fp16).total();
}

bool prints_alike(double a, double b, int decimals) {
  return fmt::format("{:.{}f}", a, decimals) == fmt::format("{:.{}f}", b, decimals);
}

StatisticNode published_table_node(const PublishedTable& table, const Technology& technology) {
  const std::string scope = fmt::format(
      "Joules of one whole pass over {} tokens, not of one token; arithmetic of linear layers and attention "
      "products only, without any memory.",
      table.tokens);
  StatisticNode node{"published_energy", "Published operation-level energy", {}, {}};
  node.add("source", "Where the printed figures come from.", Quantity::Text, table.source, Tier::Published);
  std::uint64_t alike = 0;
  for (const PublishedEntry& entry : table.entries) {
    const double ours = analytic_joules(entry, table, technology);
    const bool same = prints_alike(entry.joules, ours, table.decimals);
    alike += same ? 1 : 0;
    StatisticNode& child = node.add_child(entry.name, entry.name);
    child.add("printed_joules_per_pass", scope + " As printed.", Quantity::Joules, entry.joules, Tier::Published);
    child.add("formula_joules_per_pass", scope + " By the formula with this technology's constants.", Quantity::Joules,
              ours, Tier::Derived);
    child.add("prints_alike", fmt::format("Whether both agree in all {} printed decimals.", table.decimals),
              Quantity::Text, same ? "yes" : "no", Tier::Derived);
    if (entry.arithmetic != PublishedEntry::Arithmetic::BitNet) continue;
    const double attention = attention_pass(arithmetic_work(entry.shape), technology, table.tokens).total();
    child.add("attention_share", "Share of the two FP16 attention products in the formula's joules.", Quantity::Ratio,
              attention / ours, Tier::Derived);
  }
  node.add("entries", "Entries of the table.", Quantity::Count, std::uint64_t{table.entries.size()}, Tier::Exact);
  node.add("entries_reproduced", "Entries that the formula reproduces in all printed decimals.", Quantity::Count, alike,
           Tier::Derived);
  return node;
}

}  // namespace ternsim::energy
