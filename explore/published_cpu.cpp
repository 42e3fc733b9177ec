#include "explore/published_cpu.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/yaml.h"
#include "model/graph.h"
#include "model/shape_yaml.h"

namespace ternsim::explore {

namespace fs = std::filesystem;

namespace {

std::map<std::string, double> read_runtimes(YamlMap& root) {
  std::map<std::string, double> bits;
  for (YamlMap& map : root.maps("runtimes")) {
    const std::string name = map.text("name");
    if (!bits.emplace(name, map.number("weight_bits", 1, 64)).second)
      map.fail("name", fmt::format("'{}' stands here twice", name));
    map.finish();
  }
  return bits;
}

std::vector<CpuMemory> read_processors(YamlMap& root) {
  std::vector<CpuMemory> processors;
  for (YamlMap& map : root.maps("processors")) {
    CpuMemory memory;
    memory.processor = map.text("name");
    memory.bytes_per_second = map.number("bytes_per_second", 1e6, 1e15);
    memory.tier = map.choice("tier", {"published", "assumed"}) == 0 ? Tier::Published : Tier::Assumed;
    memory.source = map.text("bandwidth");
    if (memory.source.empty()) map.fail("bandwidth", "say where the rate is from");
    map.finish();
    processors.push_back(std::move(memory));
  }
  return processors;
}

double ternary_weights(YamlMap& map, const std::string& model, const fs::path& models) {
  if (model.empty() || model.find('/') != std::string::npos) map.fail("model", "a name in configs/models/ expected");
  return static_cast<double>(model::Graph::build(model::load_shape(models / (model + ".yaml"))).ternary_weights());
}

CpuMeasurement read_measurement(YamlMap& map, const std::map<std::string, double>& runtimes,
                                const std::vector<CpuMemory>& processors, const fs::path& models) {
  CpuMeasurement m;
  m.processor = map.text("processor");
  m.runtime = map.text("runtime");
  m.model = map.text("model");
  m.tokens_per_second = map.number("tokens_per_second", 1e-6, 1e9);
  if (map.has("joules_per_token")) m.joules_per_token = map.number("joules_per_token", 1e-9, 1e6);
  const auto memory = std::ranges::find(processors, m.processor, &CpuMemory::processor);
  if (memory == processors.end())
    map.fail("processor", fmt::format("'{}' is not among the file's processors", m.processor));
  const auto bits = runtimes.find(m.runtime);
  if (bits == runtimes.end()) map.fail("runtime", fmt::format("'{}' is not among the file's runtimes", m.runtime));
  m.bytes_per_second = memory->bytes_per_second;
  m.bandwidth_tier = memory->tier;
  m.bytes_per_token = ternary_weights(map, m.model, models) * bits->second / 8;
  map.finish();
  return m;
}

std::string row_name(const CpuMeasurement& m) { return fmt::format("{}.{}.{}", m.processor, m.model, m.runtime); }

void add_measurement(StatisticNode& rows, const CpuMeasurement& m) {
  const Tier bound = weaker(Tier::Derived, m.bandwidth_tier);
  StatisticNode& row = rows.add_child(row_name(m), row_name(m));
  row.add("measured", "Tokens/s that the source measured.", Quantity::TokensPerSecond, m.tokens_per_second,
          Tier::Published)
      .add("bytes_per_token", "Bytes of the ternary weights of a token.", Quantity::Bytes, m.bytes_per_token,
           Tier::Derived)
      .add("roofline", "Memory bandwidth / bytes_per_token: an upper bound.", Quantity::TokensPerSecond, m.roofline(),
           bound)
      .add("share", "measured / roofline.", Quantity::Ratio, m.share_of_roofline(), bound);
  if (m.joules_per_token)
    row.add("measured_joules", "Joules of a token that the source measured.", Quantity::JoulesPerToken,
            *m.joules_per_token, Tier::Published)
        .add("power", "measured_joules x measured: the power that both figures imply.", Quantity::Watts,
             *m.joules_per_token * m.tokens_per_second, Tier::Derived);
  row.add("verdict", "No agreement is claimed: the bound is no model of a CPU.", Quantity::Text,
          m.share_of_roofline() <= 1 ? "trend: below the bound"
                                     : "trend: above the bound, so an assumption of the bound is wrong");
}

void add_speed_up(StatisticNode& rows, const CpuMeasurement& base, const CpuMeasurement& fast) {
  StatisticNode& row = rows.add_child(fmt::format("{}.{}", fast.processor, fast.model), fast.runtime);
  row.add("measured_speed_up", fmt::format("Tokens/s of {} over those of {}.", fast.runtime, base.runtime),
          Quantity::Ratio, fast.tokens_per_second / base.tokens_per_second, Tier::Published)
      .add("bytes_ratio",
           "Bytes of a token's ternary weights, the other way round: the speed-up of a machine that "
           "memory alone bounds.",
           Quantity::Ratio, base.bytes_per_token / fast.bytes_per_token, Tier::Derived);
  if (base.joules_per_token && fast.joules_per_token)
    row.add("measured_energy_ratio", fmt::format("J/token of {} over that of {}.", base.runtime, fast.runtime),
            Quantity::Ratio, *base.joules_per_token / *fast.joules_per_token, Tier::Published);
}

}  // namespace

CpuTable load_cpu_table(const fs::path& path, const fs::path& models) {
  YamlMap root = YamlMap::load(path);
  CpuTable table;
  table.name = path.stem().string();
  table.title = root.text("title");
  table.source = root.text("source");
  table.contains = root.text("contains");
  const std::map<std::string, double> runtimes = read_runtimes(root);
  table.processors = read_processors(root);
  std::set<std::string> names;
  for (YamlMap& map : root.maps("measurements")) {
    table.measurements.push_back(read_measurement(map, runtimes, table.processors, models));
    if (!names.insert(row_name(table.measurements.back())).second)
      map.fail("model", fmt::format("'{}' stands here twice", row_name(table.measurements.back())));
  }
  if (table.measurements.empty()) root.fail("measurements", "expected at least one");
  root.finish();
  return table;
}

StatisticNode cpu_node(const CpuTable& table) {
  StatisticNode node{table.name, table.title, {}, {}};
  node.add("source", "Where the measurements come from.", Quantity::Text, table.source, Tier::Published)
      .add("per", "What each figure is the figure of.", Quantity::Text, "decoded token of one sequence")
      .add("contains", "What the figures count and what they leave out.", Quantity::Text, table.contains)
      .add("promise", "What the exit status stands for.", Quantity::Text, "none: a trend");
  for (const CpuMemory& memory : table.processors)
    node.add(fmt::format("bandwidth_{}", memory.processor), "Where the processor's memory bandwidth is from.",
             Quantity::Text, memory.source, memory.tier);
  StatisticNode& rows = node.add_child("measurements", "Measured, beside the roofline of the memory");
  rows.tabular = true;
  for (const CpuMeasurement& m : table.measurements) add_measurement(rows, m);
  StatisticNode& ratios = node.add_child("speed_ups", "Ternary over FP16, beside the ratio of the bytes");
  ratios.tabular = true;
  const std::string& first = table.measurements.front().runtime;
  for (const CpuMeasurement& fast : table.measurements) {
    if (fast.runtime == first) continue;
    const auto base = std::ranges::find_if(table.measurements, [&](const CpuMeasurement& m) {
      return m.runtime == first && m.processor == fast.processor && m.model == fast.model;
    });
    if (base != table.measurements.end()) add_speed_up(ratios, *base, fast);
  }
  return node;
}

}  // namespace ternsim::explore
