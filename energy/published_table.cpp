#include "energy/published_table.h"

#include <fmt/format.h>

#include <cmath>
#include <set>
#include <utility>

#include "base/yaml.h"

namespace ternsim::energy {

namespace {

constexpr std::int64_t kMaxLength = 1 << 24;

std::string sentence(YamlMap& map, const char* key) {
  std::string text = map.text(key);
  if (text.empty()) map.fail(key, "a published table needs one");
  return text;
}

void read_shape(YamlMap& map, PublishedEntry& entry) {
  entry.gpt = map.choice("block", {"gated", "gpt"}) == 1;
  entry.shape.name = entry.name;
  entry.shape.embedding_length = map.integer("hidden", 1, kMaxLength);
  entry.shape.block_count = map.integer("layers", 1, 10000);
  if (entry.gpt) return;
  entry.shape.feed_forward_length = map.integer("ffn", 1, kMaxLength);
  entry.shape.head_count = map.integer("heads", 1, 65536);
  entry.shape.head_count_kv = map.integer("kv_heads", 1, entry.shape.head_count);
  entry.shape.head_dim = map.integer("head_dim", 1, 65536);
}

PublishedEntry read_entry(YamlMap& map, const PublishedTable& table) {
  PublishedEntry entry;
  entry.name = map.text("name");
  if (entry.name.empty()) map.fail("name", "an entry needs one");
  entry.value = map.number("value", 1e-9, 1e6);
  entry.node_nm = static_cast<int>(map.integer("node_nm", 1, 1000));
  if (table.printed_digits) {
    const double steps = entry.value * std::pow(10, table.decimals);
    if (std::abs(steps - std::round(steps)) > 1e-6)
      map.fail("value", fmt::format("more digits than the {} decimals that the table prints", table.decimals));
  }
  if (table.quantity == PublishedQuantity::JoulesPerPass) {
    entry.arithmetic = static_cast<PublishedEntry::Arithmetic>(map.choice("arithmetic", {"fp32", "fp16", "bitnet"}));
    entry.column = static_cast<PublishedEntry::Column>(map.choice("column", {"total", "multiplications", "additions"}));
  }
  if (table.quantity != PublishedQuantity::OperationRatio) read_shape(map, entry);
  if (map.has("printed_as")) {
    map.choice("printed_as", {"total_less_rounded_multiplications"});
    if (!table.printed_digits || entry.column != PublishedEntry::Column::Additions)
      map.fail("printed_as", "only the additions of a table that is compared by its printed digits can be printed so");
    entry.printed_as = PublishedEntry::PrintedAs::TotalLessRoundedMultiplications;
  }
  map.finish();
  return entry;
}

}  // namespace

PublishedTable load_published_table(const std::filesystem::path& path) {
  YamlMap root = YamlMap::load(path);
  PublishedTable table;
  table.name = path.stem().string();
  table.title = sentence(root, "title");
  table.source = sentence(root, "source");
  table.contains = sentence(root, "contains");
  table.per = sentence(root, "per");
  table.quantity =
      static_cast<PublishedQuantity>(root.choice("quantity", {"joules_per_pass", "energy_ratio", "operation_ratio"}));
  if (table.quantity != PublishedQuantity::OperationRatio) {
    table.tokens = root.integer("tokens", 1, 1 << 20);
    table.adds_per_dot =
        root.choice("adds_per_dot", {"in", "in_minus_one"}) == 0 ? AddsPerDot::In : AddsPerDot::InMinusOne;
  }
  table.printed_digits = root.choice("agreement", {"printed_digits", "within"}) == 0;
  if (table.printed_digits)
    table.decimals = static_cast<int>(root.integer("decimals", 0, 12));
  else
    table.tolerance = root.number("tolerance", 0, 1);
  std::set<std::string> names;
  for (YamlMap& map : root.maps("entries")) {
    table.entries.push_back(read_entry(map, table));
    if (!names.insert(table.entries.back().name).second)
      map.fail("name", fmt::format("'{}' stands here twice", table.entries.back().name));
  }
  if (table.entries.empty()) root.fail("entries", "expected at least one entry");
  table.promised =
      static_cast<std::size_t>(root.integer("promised", 0, static_cast<std::int64_t>(table.entries.size())));
  root.finish();
  return table;
}

}  // namespace ternsim::energy
