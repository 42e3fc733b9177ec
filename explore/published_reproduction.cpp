#include "explore/published_reproduction.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "base/error.h"
#include "base/progress.h"
#include "base/yaml.h"
#include "energy/published_agreement.h"
#include "explore/published_cpu.h"
#include "explore/published_designs.h"
#include "explore/published_headline.h"
#include "explore/weight_formats.h"

namespace ternsim::explore {

namespace {

/// What a table adds to the summary.
struct Summary {
  std::string kind;
  std::size_t figures = 0;
  std::size_t agree = 0;
  std::size_t promised = 0;
  bool kept = true;
};

class Reproducer {
 public:
  explicit Reproducer(const ReproductionPaths& paths) : paths_(paths) {
    for (const char* node : {"7nm", "45nm"}) {
      energy::Technology technology =
          energy::Technology::load(paths.configs / "technologies" / fmt::format("published-{}.yaml", node));
      const int nm = technology.node_nm();
      technologies_.emplace(nm, std::move(technology));
    }
  }

  Summary add(const std::string& name) {
    if (name == "designs") return add_designs();
    if (name == "cpu_bitnet_cpp") return add_cpu();
    if (name == "weight_formats") return add_formats();
    if (name == "headline") return add_headline();
    return add_table(name);
  }

  std::vector<StatisticNode> take_nodes() { return std::move(nodes_); }

 private:
  std::filesystem::path file(const char* name) const { return paths_.published / fmt::format("{}.yaml", name); }
  const energy::Technology& seven() const { return technologies_.at(7); }

  Summary add_table(const std::string& name) {
    const energy::PublishedTable table = energy::load_published_table(file(name.c_str()));
    const std::vector<energy::ReproducedEntry> rows = energy::reproduce(table, technologies_);
    nodes_.push_back(energy::reproduced_node(table, rows));
    return {table.promised > 0 ? "agreement" : "comparison", rows.size(), energy::agreeing(rows), table.promised,
            energy::promise_kept(table, rows)};
  }

  Summary add_designs() {
    const std::vector<PublishedDesign> designs = load_published_designs(file("designs"), paths_.configs / "models");
    Progress progress("published designs", designs.size());
    const std::vector<DesignRow> rows =
        run_published_designs(designs, seven(), paths_.rtl_configs, [&] { progress.advance(); });
    StatisticNode node = published_designs_node(rows);
    node.add("per", "What each figure is the figure of.", Quantity::Text,
             "machine in steady decode of one sequence: token/s, or watts")
        .add("contains", "What the figures count and what they leave out.", Quantity::Text,
             "simulated machines made from published parameters; watts of the whole chip with its DRAM and leakage")
        .add("promise", "What the exit status stands for.", Quantity::Text,
             "the figures of designs whose parameters are all published come out within their tolerance; the others "
             "are misses or no reproduction, and their rows say why");
    nodes_.push_back(std::move(node));
    const auto count = [&](auto&& predicate) {
      return static_cast<std::size_t>(std::ranges::count_if(rows, predicate));
    };
    return {"simulated", rows.size(), count([](const DesignRow& r) { return r.verdict() == Verdict::Within; }),
            count([](const DesignRow& r) { return r.design->missing.empty(); }), reproduced(rows)};
  }

  Summary add_cpu() {
    const CpuTable table = load_cpu_table(file("cpu_bitnet_cpp"), paths_.configs / "models");
    nodes_.push_back(cpu_node(table));
    return {"trend", table.measurements.size()};
  }

  Summary add_formats() {
    const WeightFormatTable table = load_weight_formats(file("weight_formats"), paths_.configs / "accelerators",
                                                        paths_.configs / "models", paths_.rtl_configs);
    Progress progress("weight formats", table.formats.size());
    const std::vector<FormatRun> runs = run_weight_formats(table, seven(), machines_, [&] { progress.advance(); });
    nodes_.push_back(weight_formats_node(table, runs, seven()));
    return {"simulated", 0};
  }

  Summary add_headline() {
    const Headline headline = load_headline(file("headline"), paths_.configs, paths_.rtl_configs);
    Progress progress("behind the headline", 2);
    nodes_.push_back(headline_node(headline, seven(), machines_, [&] { progress.advance(); }));
    return {"simulated", 0};
  }

  const ReproductionPaths& paths_;
  energy::TechnologyByNode technologies_;
  MachineRuns machines_;
  std::vector<StatisticNode> nodes_;
};

void add_summary(StatisticNode& rows, const std::string& name, const Summary& s) {
  const auto count = [](std::size_t n) { return static_cast<std::uint64_t>(n); };
  rows.add_child(name, name)
      .add("kind",
           "agreement: by formula; comparison: by formula, nothing promised; simulated: machines; trend: measurements "
           "beside a bound.",
           Quantity::Text, s.kind)
      .add("figures", "Published figures with ours beside them.", Quantity::Count, count(s.figures))
      .add("agree", "Of these, how many agree as the table has it.", Quantity::Count, count(s.agree))
      .add("promised", "How many must.", Quantity::Count, count(s.promised))
      .add("promise", "Whether the exit status may be 0 on this table's account.", Quantity::Text,
           s.promised == 0 && s.kept ? "none" : (s.kept ? "kept" : "broken"));
}

void check_names(const std::set<std::string>& wanted) {
  for (const std::string& name : wanted) {
    if (std::ranges::find(reproduction_tables(), name) != reproduction_tables().end()) continue;
    const std::string near = nearest_name(name, reproduction_tables());
    throw RequestError(fmt::format("no table '{}'{}; there are: {}", name,
                                   near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near),
                                   fmt::join(reproduction_tables(), ", ")));
  }
}

}  // namespace

const std::vector<std::string>& reproduction_tables() {
  static const std::vector<std::string> names{"matmul_ratio",   "energy_2b4t",     "bitnet_v1",
                                              "b158_fig3",      "b158_fig3_llama", "headline",
                                              "weight_formats", "designs",         "cpu_bitnet_cpp"};
  return names;
}

Reproduction reproduce_published(const ReproductionPaths& paths, const std::set<std::string>& wanted) {
  check_names(wanted);
  Reproduction out{{"reproduction", "Published figures, and ours beside them", {}, {}}, {}};
  out.node
      .add(
          "how_to_read", "What the verdicts are.", Quantity::Text,
          "Published joules are those of a pass over 512 tokens, arithmetic only, never of a token: each table says "
          "what "
          "its figures count and per what. Formulas are the papers' own and nothing is fitted; where a figure does not "
          "come out, its row says so")
      .add("constants", "Where joules come from.", Quantity::Text,
           "configs/technologies/published-7nm.yaml, and published-45nm.yaml for figures of that node");
  StatisticNode summary{"summary", "Summary", {}, {}};
  summary.tabular = true;
  Reproducer reproducer(paths);
  for (const std::string& name : reproduction_tables()) {
    if (!wanted.empty() && !wanted.contains(name)) continue;
    const Summary s = reproducer.add(name);
    add_summary(summary, name, s);
    if (!s.kept) out.broken.push_back(name);
  }
  out.node.children.push_back(std::move(summary));
  for (StatisticNode& node : reproducer.take_nodes()) out.node.children.push_back(std::move(node));
  return out;
}

}  // namespace ternsim::explore
