#include "reports/results_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/quantity.h"
#include "reports/configuration_keys.h"

namespace ternsim::reports {

namespace {

struct Figure {
  std::string path;  ///< from below the root
  const Statistic* statistic;
};

using Figures = std::vector<Figure>;

void collect(const StatisticNode& node, const std::string& path, Figures& figures) {
  for (const Statistic& s : node.statistics) figures.push_back({path + s.name, &s});
  for (const StatisticNode& child : node.children)
    if (child.name != "timeline") collect(child, path + child.name + "/", figures);
}

/// Without what each run has anew, the configuration, which is compared by its keys, and timelines: every bar moves
/// with the first that does, and their cycles are those of the units.
Figures figures_of(const StatisticNode& root) {
  Figures figures;
  for (const Statistic& s : root.statistics) figures.push_back({s.name, &s});
  for (const StatisticNode& child : root.children)
    if (child.name != "run" && child.name != "configuration") collect(child, child.name + "/", figures);
  return figures;
}

bool is_text(const Statistic& s) { return std::holds_alternative<std::string>(s.value); }

double number(const Statistic& s) {
  if (const auto* count = std::get_if<std::uint64_t>(&s.value)) return static_cast<double>(*count);
  return std::get<double>(s.value);
}

double relative(double a, double b) { return (b - a) / std::abs(a); }

/// A row's name from a path: names hold no '/', and are unique within a node.
StatisticNode& add_row(StatisticNode& node, const std::string& path) {
  std::string name = path;
  std::ranges::replace(name, '/', ' ');
  while (node.find_child(name) != nullptr) name += "'";
  return node.add_child(name, "");
}

struct Change {
  Figure a, b;

  bool from_zero() const { return number(*a.statistic) == 0; }
  double size() const { return std::abs(relative(number(*a.statistic), number(*b.statistic))); }
  bool measured() const { return weaker(a.statistic->tier, b.statistic->tier) == Tier::Measured; }
};

void add_changes(StatisticNode& node, std::vector<Change>& changes, std::size_t rows) {
  std::ranges::stable_sort(changes, [](const Change& x, const Change& y) {
    return x.from_zero() != y.from_zero() ? x.from_zero() : !x.from_zero() && x.size() > y.size();
  });
  for (std::size_t i = 0; i < std::min(rows, changes.size()); ++i) {
    const Statistic& a = *changes[i].a.statistic;
    const Statistic& b = *changes[i].b.statistic;
    StatisticNode& row = add_row(node, changes[i].a.path);
    row.add("a", a.description, a.quantity, a.value, a.tier).add("b", b.description, b.quantity, b.value, b.tier);
    if (const double change = relative(number(a), number(b)); std::isfinite(change))
      row.add("relative_change", "(b - a) / |a|.", Quantity::Ratio, change, weaker(a.tier, b.tier));
  }
  if (changes.size() > rows)
    node.add("left_out", "Further changes, smaller than these.", Quantity::Count,
             static_cast<std::uint64_t>(changes.size() - rows));
}

/// The ladders repeat machines that stand beside them.
bool is_repeated(std::string_view top_level) { return top_level == "ladders"; }

bool is_headline(const std::string& path) {
  static constexpr std::array<std::string_view, 13> kNames{"tokens_per_second",
                                                           "tokens_per_second_per_sequence",
                                                           "time_to_first_token",
                                                           "time_per_output_token",
                                                           "joules_per_token_low",
                                                           "joules_per_token_mid",
                                                           "joules_per_token_high",
                                                           "linear_joules_per_token",
                                                           "joules",
                                                           "average_watts",
                                                           "area_m2",
                                                           "cycles",
                                                           "dram_bytes"};
  // Of a machine or its phases; the same names stand deeper, in tables of operators for instance.
  return std::ranges::count(path, '/') <= 3 && !is_repeated(path.substr(0, path.find('/'))) &&
         std::ranges::find(kNames, std::string_view(path).substr(path.rfind('/') + 1)) != kNames.end();
}

/// Whether the rows of the reasons are made of it.
bool is_reason(const std::string& path) {
  return path.find("/energy/") != std::string::npos || path.find("/units/") != std::string::npos ||
         path.find("/area/") != std::string::npos;
}

/// What a part, or a unit's state, has in a and in b.
struct Part {
  std::string name;
  double a = 0, b = 0;
  Tier tier = Tier::Exact;
};

/// Parts by name, in the order in which they came first.
struct Parts {
  std::vector<Part> list;
  std::map<std::string, std::size_t> index;

  Part& of(const std::string& name) {
    const auto [at, fresh] = index.emplace(name, list.size());
    if (fresh) list.push_back({name, 0, 0, Tier::Exact});
    return list[at->second];
  }
};

/// Statistic `name` of each child; one that a or b lacks is 0 there.
std::vector<Part> parts_by_child(const StatisticNode& a, const StatisticNode& b, std::string_view name) {
  Parts parts;
  const auto gather = [&](const StatisticNode& node, double Part::*side) {
    for (const StatisticNode& child : node.children)
      if (const Statistic* s = child.find(name); s != nullptr && !is_text(*s)) {
        Part& part = parts.of(child.name);
        part.*side = number(*s);
        part.tier = weaker(part.tier, s->tier);
      }
  };
  gather(a, &Part::a);
  gather(b, &Part::b);
  return parts.list;
}

/// Each unit's cycles by state.
std::vector<Part> parts_by_state(const StatisticNode& a, const StatisticNode& b) {
  Parts parts;
  const auto gather = [&](const StatisticNode& node, double Part::*side) {
    for (const StatisticNode& unit : node.children)
      for (const Statistic& s : unit.statistics)
        if (s.quantity == Quantity::Cycles && !is_text(s) && s.name != "total") {
          Part& part = parts.of(unit.name + " " + s.name);
          part.*side = number(s);
          part.tier = weaker(part.tier, s.tier);
        }
  };
  gather(a, &Part::a);
  gather(b, &Part::b);
  return parts.list;
}

/// Time without work, or behind another unit's result: it follows from what the other units do and explains nothing.
bool is_consequence(const std::string& state) {
  return state.ends_with(" idle") || state.find(" stall_operand") != std::string::npos ||
         state.ends_with(" stall_queue_full");
}

std::string signed_for_people(double value, Quantity quantity) {
  return (value > 0 ? "+" : "") + for_people(value, quantity);
}

constexpr std::size_t kMostParts = 10;  // rows; what follows is small

/// A node with a row per part that changed, and the sentence. `total`: the change that the shares are of.
std::optional<StatisticNode> reason_node(const std::string& name, const std::string& what, Quantity quantity,
                                         double total, std::vector<Part> parts, std::size_t rows) {
  std::erase_if(parts, [](const Part& p) { return p.a == p.b; });
  if (parts.empty()) return std::nullopt;
  const auto follows = [&](const Part& p) { return quantity == Quantity::Cycles && is_consequence(p.name); };
  std::ranges::stable_sort(parts, std::ranges::less{},
                           [&](const Part& p) { return std::pair(follows(p), -std::abs(p.b - p.a)); });
  StatisticNode node{"", what, {}, {}};
  node.name = name;
  std::ranges::replace(node.name, '/', ' ');
  std::string sentence = what + (total == 0 ? " unchanged in all" : " " + signed_for_people(total, quantity));
  // Parts that cancel each other out have no share in what is left.
  const auto size_of = [](const Part& p) { return std::abs(p.b - p.a); };
  const bool shares = std::abs(total) * 10 >= size_of(*std::ranges::max_element(parts, {}, size_of));
  const auto share_of = [&](const Part& p) { return shares ? (p.b - p.a) / total : NAN; };
  std::size_t said = 0;
  for (const Part& p : parts) {
    if (follows(p) || said == 3 || (said > 0 && std::abs(share_of(p)) < 0.02)) break;
    sentence += fmt::format("{} {} {}", said == 0 ? ":" : ",", p.name, signed_for_people(p.b - p.a, quantity));
    if (std::isfinite(share_of(p))) sentence += fmt::format(" ({:.0f} % of it)", 100 * share_of(p));
    ++said;
  }
  node.add("reason", "The largest of the changes below, in a sentence.", Quantity::Text, sentence + ".");
  for (std::size_t i = 0; i < std::min({rows, kMostParts, parts.size()}); ++i) {
    const Part& p = parts[i];
    StatisticNode& row = add_row(node, p.name);
    row.add("a", "In the first results.", quantity, p.a, p.tier)
        .add("b", "In the second results.", quantity, p.b, p.tier);
    if (std::isfinite(p.b - p.a)) row.add("change", "b - a.", quantity, p.b - p.a, p.tier);
    if (std::isfinite(share_of(p)))
      row.add("share",
              "Change divided by that of the whole; units work side by side, so shares of cycles do not add up.",
              Quantity::Ratio, share_of(p), p.tier);
  }
  return node;
}

double value_or_zero(const StatisticNode& node, std::string_view name) {
  const Statistic* s = node.find(name);
  return s == nullptr || is_text(*s) ? 0 : number(*s);
}

constexpr std::size_t kMostReasons = 100;

/// Every node that both trees have at the same path: energy, units and area of each machine.
void add_reasons(const StatisticNode& a, const StatisticNode& b, const std::string& path, std::size_t rows,
                 StatisticNode& out) {
  const auto add = [&](std::optional<StatisticNode> node) {
    if (node && out.children.size() < kMostReasons && out.find_child(node->name) == nullptr)
      out.children.push_back(std::move(*node));
  };
  std::map<std::string_view, const StatisticNode*> in_b_by_name;
  for (const StatisticNode& child : b.children) in_b_by_name.emplace(child.name, &child);
  for (const StatisticNode& in_a : a.children) {
    const auto found = in_b_by_name.find(in_a.name);
    if (found == in_b_by_name.end() || in_a.name == "run" || (path.empty() && is_repeated(in_a.name))) continue;
    const StatisticNode* in_b = found->second;
    const auto change = [&](std::string_view name) { return value_or_zero(*in_b, name) - value_or_zero(in_a, name); };
    const std::string here = path + in_a.name;
    if (in_a.name == "energy")
      add(reason_node(here, "energy", Quantity::JoulesPerToken, change("joules_per_token"),
                      parts_by_child(in_a, *in_b, "joules_per_token"), rows));
    else if (in_a.name == "units")
      add(reason_node(here, "time", Quantity::Cycles, value_or_zero(b, "cycles") - value_or_zero(a, "cycles"),
                      parts_by_state(in_a, *in_b), rows));
    else if (in_a.name == "area")
      add(reason_node(here, "area", Quantity::SquareMetres, change("square_metres"),
                      parts_by_child(in_a, *in_b, "square_metres"), rows));
    else
      add_reasons(in_a, *in_b, here + "/", rows, out);
  }
}

constexpr std::uint64_t kMostKeys = 500;  // that are listed; no two machines have as many

StatisticNode configuration_changes(const StatisticNode& a, const StatisticNode& b, std::uint64_t& changes) {
  StatisticNode node{"configuration", "What was configured differently", {}, {}};
  const auto keys_a = configuration_keys(a);
  const auto keys_b = configuration_keys(b);
  const std::map<std::string, std::string> in_a(keys_a.begin(), keys_a.end());
  const std::map<std::string, std::string> in_b(keys_b.begin(), keys_b.end());
  const auto add = [&](const std::string& key) {
    const auto at_a = in_a.find(key);
    const auto at_b = in_b.find(key);
    if (at_a != in_a.end() && at_b != in_b.end() && at_a->second == at_b->second) return;
    if (++changes > kMostKeys) return;
    StatisticNode& row = add_row(node, key);
    if (at_a != in_a.end()) row.add("a", "In the first results.", Quantity::Text, at_a->second);
    if (at_b != in_b.end()) row.add("b", "In the second results.", Quantity::Text, at_b->second);
  };
  for (const auto& [key, value] : keys_a) add(key);
  for (const auto& [key, value] : keys_b)
    if (!in_a.contains(key)) add(key);
  return node;
}

}  // namespace

StatisticNode diff_results(const NamedResults& a, const NamedResults& b, std::size_t rows) {
  const Figures all_a = figures_of(a.root);
  const Figures all_b = figures_of(b.root);
  std::map<std::string_view, const Figure*> by_path;
  for (const Figure& f : all_b) by_path.emplace(f.path, &f);

  std::vector<Change> headline, figures, measured;
  StatisticNode texts{"texts", "Texts that differ", {}, {}};
  std::vector<std::pair<std::string, const char*>> missing;
  std::uint64_t compared = 0;
  std::uint64_t changed_figures = 0;
  std::uint64_t changed_texts = 0;
  std::uint64_t only_a = 0;
  for (const Figure& f : all_a) {
    const auto found = by_path.find(f.path);
    if (found == by_path.end()) {
      ++only_a;
      missing.emplace_back(f.path, "a");
      continue;
    }
    const Figure& g = *found->second;
    by_path.erase(found);
    ++compared;
    if (f.statistic->value == g.statistic->value) continue;
    if (is_text(*f.statistic) || is_text(*g.statistic) || f.statistic->quantity != g.statistic->quantity) {
      if (++changed_texts <= rows)
        add_row(texts, f.path)
            .add("a", f.statistic->description, Quantity::Text, for_people(*f.statistic), f.statistic->tier)
            .add("b", g.statistic->description, Quantity::Text, for_people(*g.statistic), g.statistic->tier);
      continue;
    }
    if (number(*f.statistic) == number(*g.statistic)) continue;
    const Change change{f, g};
    ++changed_figures;
    if (change.measured())
      measured.push_back(change);
    else if (is_headline(f.path))
      headline.push_back(change);
    else if (!is_reason(f.path))
      figures.push_back(change);
  }
  const std::uint64_t only_b = by_path.size();
  for (const Figure& f : all_b)
    if (by_path.contains(f.path)) missing.emplace_back(f.path, "b");

  std::uint64_t changed_keys = 0;
  StatisticNode configuration = configuration_changes(a.root, b.root, changed_keys);
  const std::uint64_t changed = changed_figures - measured.size() + changed_texts;
  const bool equal = changed_keys == 0 && changed == 0 && missing.empty();
  StatisticNode root{"results", "ternsim diff", {}, {}};
  root.add("a", "The first results.", Quantity::Text, a.name)
      .add("b", "The second results.", Quantity::Text, b.name)
      .add("equal", "Whether nothing differs but what is measured.", Quantity::Text, std::string(equal ? "yes" : "no"))
      .add("configuration_changes", "Keys of the configuration that differ.", Quantity::Count, changed_keys)
      .add("figures_compared", "Statistics that both have.", Quantity::Count, compared)
      .add("figures_changed", "Those of them that differ, measured ones left out.", Quantity::Count, changed)
      .add("only_in_a", "Statistics that the second results lack.", Quantity::Count, only_a)
      .add("only_in_b", "Statistics that the first results lack.", Quantity::Count, only_b);
  root.children.push_back(std::move(configuration));
  add_changes(root.add_child("headline", "Headline"), headline, rows);
  StatisticNode reasons{"reasons", "Where the change comes from", {}, {}};
  add_reasons(a.root, b.root, "", rows, reasons);
  root.children.push_back(std::move(reasons));
  add_changes(root.add_child("figures", "Other figures"), figures, rows);
  add_changes(root.add_child("measured", "Measured: another run differs as well"), measured, rows);
  root.children.push_back(std::move(texts));
  StatisticNode& only = root.add_child("missing", "In one of the two alone");
  for (std::size_t i = 0; i < std::min(rows, missing.size()); ++i)
    add_row(only, missing[i].first)
        .add("only_in", "Which results have it.", Quantity::Text, std::string(missing[i].second));
  return root;
}

bool equal_results(const StatisticNode& diff) {
  const Statistic* equal = diff.find("equal");
  return equal != nullptr && equal->value == decltype(equal->value)(std::string("yes"));
}

}  // namespace ternsim::reports
