#include "cli/headline.h"

#include <fmt/format.h>

#include <initializer_list>
#include <iterator>

#include "base/quantity.h"
#include "reports/clean_text.h"

namespace ternsim::cli {

namespace {

const StatisticNode* walk(const StatisticNode* node, std::initializer_list<std::string_view> path) {
  for (const std::string_view name : path)
    if (node != nullptr) node = node->find_child(name);
  return node;
}

/// The value for people, or "-" where the tree has none.
std::string show(const StatisticNode* node, std::string_view name) {
  const Statistic* s = node != nullptr ? node->find(name) : nullptr;
  return s != nullptr ? reports::printable_text(for_people(*s)) : "-";
}

}  // namespace

std::string headline(const StatisticNode& root, const std::string& page) {
  std::string out;
  const auto line = std::back_inserter(out);
  if (const StatisticNode* g = root.find_child("generation")) {
    fmt::format_to(line, "{} wrote:\n\n{}{}\n\n{} over {} tokens\n", show(g, "model"), show(g, "prompt"),
                   show(g, "text"), show(g, "identical"), show(g, "generated_tokens"));
    fmt::format_to(line, "  {:8} {:>10} {:>16} {:>16} {:>18}   {}\n", "engine", "tiles", "lane-adds", "graph's count",
                   "cycles", "hash of sums and logits");
    for (const StatisticNode& e : g->children)
      fmt::format_to(line, "  {:8} {:>10} {:>16} {:>16} {:>18}   {}\n", e.name, show(&e, "tiles"),
                     show(&e, "lane_adds"), show(&e, "graph_lane_adds"), show(&e, "cycles"),
                     show(&e, "sums_and_logits_hash"));
    out += '\n';
  }
  fmt::format_to(line, "{} on {}, constants of {}\n", show(root.find_child("configuration"), "workload"),
                 show(root.find_child("configuration"), "model"), show(root.find_child("configuration"), "technology"));
  const StatisticNode* machines = root.find_child("machines");
  for (const char* phase : {"prefill", "decode"}) {
    if (walk(machines, {"ternary", phase}) == nullptr) continue;
    fmt::format_to(line, "  {}\n", phase);
    for (const StatisticNode& m : machines->children) {
      const StatisticNode* p = m.find_child(phase);
      fmt::format_to(line, "    {:46} {:>16}   {} ({} ... {})\n", m.title, show(p, "tokens_per_second"),
                     show(p, "joules_per_token_mid"), show(p, "joules_per_token_low"),
                     show(p, "joules_per_token_high"));
    }
    const StatisticNode* ratios = walk(&root, {"comparison", phase});
    fmt::format_to(
        line,
        "    FP16 / ternary energy as simulated: matrix unit {}, linear layers with all their traffic {}, whole "
        "machine {}\n",
        show(ratios, "matrix_unit_energy_ratio"), show(ratios, "linear_path_energy_ratio"),
        show(ratios, "whole_machine_energy_ratio"));
  }
  fmt::format_to(
      line, "  published matmul ratio (one bare FP16 multiply and add over one bare INT8 add; nothing simulated): {}\n",
      show(root.find_child("comparison"), "published_arithmetic_ratio"));
  fmt::format_to(line, "\nreport: {}\n", page);
  return out;
}

}  // namespace ternsim::cli
