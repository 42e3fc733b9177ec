#include "explore/published_designs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "base/error.h"
#include "base/yaml.h"
#include "energy/energy_model.h"
#include "explore/isolated_run.h"
#include "model/shape_yaml.h"
#include "sim/inventory.h"
#include "sim/program/topology.h"

namespace ternsim::explore {

namespace fs = std::filesystem;

namespace {

constexpr std::array<std::string_view, 2> kFigures{"tokens_per_second", "watts"};

PublishedFigure read_figure(YamlMap map) {
  PublishedFigure figure;
  figure.figure = static_cast<DesignFigure>(map.choice("figure", {kFigures[0], kFigures[1]}));
  figure.value = map.number("value", 1e-9, 1e15);
  figure.tolerance = map.number("tolerance", 0, 1);
  map.finish();
  return figure;
}

/// A name without a directory part, so that a file of designs leads nowhere but to its neighbours.
std::string file_of(YamlMap& map, const char* key) {
  std::string name = map.text(key);
  if (name.empty() || fs::path(name).is_absolute() || name.find("..") != std::string::npos)
    map.fail(key, fmt::format("'{}' is no file beside this one", name));
  return name;
}

PublishedDesign read_design(YamlMap map, const fs::path& directory, const fs::path& models) {
  PublishedDesign d;
  d.name = map.text("name");
  d.source = map.text("source");
  if (d.source.empty()) map.fail("source", "a design needs one");
  d.parameters = map.text("parameters");
  d.machine = directory / file_of(map, "machine");
  if (map.has("model") == map.has("topology")) map.fail("model", "either a model or a topology expected");
  if (map.has("model")) {
    d.model = models / (file_of(map, "model") + ".yaml");
    d.context = map.integer("context", 0, 1 << 20);
  } else {
    d.topology = directory / file_of(map, "topology");
  }
  for (YamlMap& figure : map.maps("figures")) d.figures.push_back(read_figure(std::move(figure)));
  if (d.figures.empty()) map.fail("figures", "at least one figure expected");
  if (map.has("missing")) {
    d.missing = map.text("missing");
    if (d.missing.empty()) map.fail("missing", "leave the key out where nothing is missing");
    d.fitted = map.boolean("fitted");
  }
  if (map.has("without_effect")) d.without_effect = map.text("without_effect");
  d.assumed = map.text("assumed");
  map.finish();
  return d;
}

/// One token on the design's machine.
struct DesignRun {
  sim::AcceleratorConfig machine;
  sim::PhaseResult phase;
};

DesignRun run(const PublishedDesign& design, const fs::path& rtl_configs) {
  DesignRun out{sim::load_accelerator(design.machine, rtl_configs), {}};
  if (!design.topology.empty()) {
    const sim::Topology topology = sim::load_topology(design.topology);
    out.phase =
        run_isolated(out.machine, sim::graph_of(topology), sim::workload_of(topology), {}, std::nullopt).result.prefill;
    return out;
  }
  sim::Workload workload;
  workload.name = design.name;
  workload.decode_tokens = 1;
  workload.context = design.context;
  const model::Graph graph = model::Graph::build(model::load_shape(design.model));
  out.phase = run_isolated(out.machine, graph, workload, {}, std::nullopt).result.decode;
  return out;
}

}  // namespace

std::string_view name_of(DesignFigure figure) { return kFigures.at(static_cast<std::size_t>(figure)); }

std::string_view name_of(Verdict verdict) {
  static constexpr std::array<std::string_view, 4> names{"within", "outside", "parameter missing", "miss (fitted)"};
  return names.at(static_cast<std::size_t>(verdict));
}

std::vector<PublishedDesign> load_published_designs(const fs::path& path, const fs::path& models) {
  YamlMap root = YamlMap::load(path);
  std::vector<PublishedDesign> designs;
  std::set<std::string> names;
  for (YamlMap& map : root.maps("designs")) {
    designs.push_back(read_design(map, path.parent_path(), models));
    if (!names.insert(designs.back().name).second)
      map.fail("name", fmt::format("'{}' stands here twice", designs.back().name));
  }
  root.finish();
  return designs;
}

Verdict DesignRow::verdict() const {
  if (!design->missing.empty()) return design->fitted ? Verdict::Fitted : Verdict::ParameterMissing;
  return std::abs(difference()) <= published.tolerance ? Verdict::Within : Verdict::Outside;
}

std::vector<DesignRow> run_published_designs(const std::vector<PublishedDesign>& designs,
                                             const energy::Technology& technology, const fs::path& rtl_configs,
                                             const std::function<void()>& step) {
  std::vector<DesignRow> rows;
  for (const PublishedDesign& design : designs) {
    const DesignRun ours = run(design, rtl_configs);
    const energy::ActionCounts& counts = ours.phase.total.counts;
    for (const PublishedFigure& figure : design.figures) {
      DesignRow row{&design, figure};
      row.simulated = static_cast<double>(ours.phase.tokens) / counts.seconds;
      if (figure.figure == DesignFigure::Watts) {
        const energy::EnergyModel model(technology, sim::inventory_of(ours.machine), ours.machine.dram.type);
        const energy::EnergyBreakdown spent = model.evaluate(counts, energy::Corner::Mid);
        row.simulated = spent.joules() / counts.seconds;
        row.tier = weaker(row.tier, spent.tier());
      }
      rows.push_back(row);
    }
    if (step) step();
  }
  return rows;
}

bool reproduced(const std::vector<DesignRow>& rows) {
  return std::ranges::none_of(rows, [](const DesignRow& row) { return row.verdict() == Verdict::Outside; });
}

std::string missing_text(const PublishedDesign& design) {
  if (!design.missing.empty()) return design.missing;
  return design.without_effect.empty() ? "nothing" : fmt::format("{} (without effect)", design.without_effect);
}

StatisticNode published_designs_node(const std::vector<DesignRow>& rows) {
  StatisticNode node{"designs", "Published designs", {}, {}};
  StatisticNode& table = node.add_child("figures", "Published and simulated");
  table.tabular = true;
  for (const DesignRow& row : rows) {
    const std::string name = fmt::format("{}.{}", row.design->name, name_of(row.published.figure));
    const Quantity quantity = row.published.figure == DesignFigure::Watts ? Quantity::Watts : Quantity::TokensPerSecond;
    table.add_child(name, name)
        .add("published", "What the source reports.", quantity, row.published.value, Tier::Published)
        .add("simulated", "The same of a machine made from its parameters, one decoded token.", quantity, row.simulated,
             row.tier)
        .add("difference", "simulated / published - 1.", Quantity::Ratio, row.difference(), row.tier)
        .add("tolerance", "Of |difference|.", Quantity::Ratio, row.published.tolerance)
        .add("verdict",
             "within or outside of the tolerance; parameter missing: the source lacks one, so that nothing is "
             "reproduced; miss (fitted): one was chosen with the result in view.",
             Quantity::Text, std::string(name_of(row.verdict())))
        .add("missing", "Parameters that the source's public text lacks.", Quantity::Text, missing_text(*row.design));
  }
  StatisticNode& sources = node.add_child("sources", "What the machines are made from");
  for (const DesignRow& row : rows) {
    if (sources.find_child(row.design->name) != nullptr) continue;
    sources.add_child(row.design->name, row.design->name)
        .add("source", "Where it is published.", Quantity::Text, row.design->source, Tier::Published)
        .add("parameters", "What of it is published.", Quantity::Text, row.design->parameters, Tier::Published)
        .add("assumed", "What is ours besides the missing parameters.", Quantity::Text, row.design->assumed,
             Tier::Assumed);
  }
  return node;
}

}  // namespace ternsim::explore
