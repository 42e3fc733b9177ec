#include "sweep/sweep_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.h"
#include "base/yaml.h"
#include "sweep/metrics.h"

namespace ternsim::sweep {

namespace {

constexpr double kMostValues = 100'000;               // of one axis
constexpr std::uint64_t kMostDesigns = 1ULL << 62;    // indices stay within 64 bits
constexpr std::uint64_t kMostDrawn = 10'000'000;      // of random points, which are kept in memory
constexpr std::uint64_t kMostOfGeneration = 100'000;  // likewise

/// {from, to, step} or {from, to, times}; the end counts where it is met but for rounding.
std::vector<std::string> read_range(YamlMap range) {
  constexpr double kMost = 1e18;
  const double from = range.number("from", -kMost, kMost);
  const double to = range.number("to", from, kMost);
  if (range.has("step") == range.has("times"))
    range.fail("from", "a range has either a step that is added or times that is multiplied by");
  constexpr double kSlack = 1e-9;
  std::vector<std::string> values;
  const auto add = [&](double value) { values.push_back(canonical_value(fmt::format("{:.12g}", value))); };
  if (range.has("step")) {
    const double step = range.number("step", 1e-18, kMost);
    if ((to - from) / step >= kMostValues) range.fail("step", fmt::format("more than {} values", kMostValues));
    const auto count = static_cast<int>(std::floor((to - from) / step + kSlack)) + 1;
    for (int i = 0; i < count; ++i) add(from + i * step);
  } else {
    const double times = range.number("times", 1.0001, kMost);
    if (from <= 0) range.fail("from", "must be above 0 where it is multiplied");
    const auto count = static_cast<int>(std::floor(std::log(to / from) / std::log(times) + kSlack)) + 1;
    for (int i = 0; i < count; ++i) add(from * std::pow(times, i));
  }
  range.finish();
  return values;
}

/// A plain value; null leaves the key out.
std::string read_value(YamlMap& map, const std::string& key) {
  if (map.is_null(key)) return "";
  const std::string text = map.text(key);
  if (text.empty()) map.fail(key, "an empty value; ~ leaves a key out");
  return canonical_value(text);
}

class Reader {
 public:
  explicit Reader(YamlMap root) : root_(std::move(root)) {}

  Sweep read() {
    sweep_.name = root_.text("name");
    YamlMap base = root_.map("base");
    for (const std::string_view key : kFileKeys) {
      const std::string name(key);
      sweep_.fixed[name] = base.text(name);
      sweep_.origins[name] = base.where(name);
    }
    base.finish();
    if (root_.has("set")) {
      YamlMap set = root_.map("set");
      for (const std::string& key : set.keys()) {
        sweep_.fixed[key] = read_value(set, key);
        claim(set, key);
      }
      set.finish();
    }
    read_axes(root_.map("axes"));
    read_method(root_.map("search"));
    sweep_.rules.objectives = read_objectives();
    if (root_.has("constraints")) read_constraints(root_.map("constraints"));
    if (root_.has("timeout_seconds")) sweep_.timeout_seconds = root_.number("timeout_seconds", 0.1, 1e6);
    root_.finish();
    sweep_.yaml = root_.source();
    sweep_.origin = root_.origin();
    return std::move(sweep_);
  }

 private:
  /// Nothing may be given in two places.
  void claim(YamlMap& map, const std::string& key) {
    const std::string where = map.where(key);
    if (names_file(key)) {
      if (!named_.insert(key).second) map.fail(key, "given twice");
    } else if (const auto other = sweep_.origins.find(key); other != sweep_.origins.end()) {
      map.fail(key, fmt::format("also given at {}", other->second));
    }
    sweep_.origins[key] = where;
  }

  void read_axes(YamlMap axes) {
    if (axes.keys().empty()) root_.fail("axes", "a sweep needs an axis");
    double designs = 1;
    for (const std::string& key : axes.keys()) {
      Axis axis{key, axes.where(key), {}};
      if (axes.is_list(key)) {
        for (const std::string& value : axes.texts(key)) {
          if (value.empty()) axes.fail(key, "an empty value; a choice with ~ leaves a key out");
          axis.values.push_back({{key, names_file(key) ? value : canonical_value(value)}});
        }
        claim(axes, key);
      } else {
        YamlMap map = axes.map(key);
        if (map.has("choices")) {
          read_choices(map, axis);
        } else {
          claim(axes, key);
          for (std::string& value : read_range(map)) axis.values.push_back({{key, std::move(value)}});
        }
      }
      if (axis.values.empty()) axes.fail(key, "an axis needs a value");
      std::set<std::string> seen;
      for (const Settings& value : axis.values)
        if (!seen.insert(canonical_text(value)).second)
          axes.fail(key, fmt::format("{} stands there twice", value.begin()->second));
      designs *= static_cast<double>(axis.values.size());
      if (designs > static_cast<double>(kMostDesigns)) axes.fail(key, "more than 2^62 designs up to this axis");
      sweep_.axes.push_back(std::move(axis));
    }
    axes.finish();
  }

  void read_choices(YamlMap& map, Axis& axis) {
    std::set<std::string> keys;
    for (YamlMap& choice : map.maps("choices")) {
      Settings value;
      for (const std::string& key : choice.keys()) {
        value[key] = read_value(choice, key);
        if (names_file(key) && value[key].empty()) choice.fail(key, "a name expected");
        if (keys.insert(key).second) claim(choice, key);
      }
      choice.finish();
      if (value.empty()) map.fail("choices", "a choice without a key");
      axis.values.push_back(std::move(value));
    }
    map.finish();
  }

  void read_method(YamlMap search) {
    sweep_.method = static_cast<Method>(search.choice("method", {"grid", "random", "nsga2"}));
    const auto whole = [&](const char* key, std::uint64_t min, std::uint64_t max) {
      return static_cast<std::uint64_t>(
          search.integer(key, static_cast<std::int64_t>(min), static_cast<std::int64_t>(max)));
    };
    if (sweep_.method != Method::Grid) sweep_.seed = whole("seed", 0, std::numeric_limits<std::uint32_t>::max());
    if (sweep_.method == Method::Random) {
      sweep_.points = whole("points", 1, kMostDrawn);
      if (sweep_.points > sweep_.designs())
        search.fail("points", fmt::format("the axes make {} designs only", sweep_.designs()));
    }
    if (sweep_.method == Method::Nsga2) {
      sweep_.population = whole("population", 8, kMostOfGeneration);
      if (sweep_.population % 4 != 0) search.fail("population", "must be a multiple of 4");
      sweep_.generations = whole("generations", 1, kMostOfGeneration);
    }
    search.finish();
  }

  static std::string metric_names() {
    std::vector<std::string_view> names;
    for (const Metric& metric : kMetrics) names.push_back(metric.name);
    return fmt::format("{}", fmt::join(names, ", "));
  }

  std::size_t metric_of(const YamlMap& map, const std::string& key, const std::string& name) {
    if (const auto found = find_metric(name)) return *found;
    std::vector<std::string> names;
    for (const Metric& metric : kMetrics) names.emplace_back(metric.name);
    const std::string near = nearest_name(name, names);
    map.fail(key, fmt::format("no figure '{}'{}; there are: {}", name,
                              near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near), metric_names()));
  }

  std::vector<std::size_t> read_objectives() {
    std::vector<std::size_t> objectives;
    for (const std::string& name : root_.texts("objectives")) {
      const std::size_t metric = metric_of(root_, "objectives", name);
      if (std::ranges::find(objectives, metric) != objectives.end())
        root_.fail("objectives", fmt::format("{} stands there twice", name));
      objectives.push_back(metric);
    }
    if (objectives.empty()) root_.fail("objectives", fmt::format("at least one of {} expected", metric_names()));
    if (sweep_.method == Method::Nsga2 && objectives.size() < 2)
      root_.fail("objectives", "nsga2 needs two or more; the best by one is on the front of any method");
    return objectives;
  }

  void read_constraints(YamlMap constraints) {
    for (const std::string& name : constraints.keys()) {
      Constraint constraint;
      constraint.metric = metric_of(constraints, name, name);
      YamlMap bounds = constraints.map(name);
      constexpr double kMost = 1e30;
      if (!bounds.has("min") && !bounds.has("max")) constraints.fail(name, "a min, a max or both expected");
      if (bounds.has("min")) constraint.min = bounds.number("min", -kMost, kMost);
      if (bounds.has("max")) constraint.max = bounds.number("max", -kMost, kMost);
      if (constraint.min > constraint.max) bounds.fail("min", "above max");
      bounds.finish();
      sweep_.rules.constraints.push_back(constraint);
    }
    constraints.finish();
  }

  YamlMap root_;
  Sweep sweep_;
  std::set<std::string> named_;
};

}  // namespace

std::uint64_t Sweep::designs() const {
  std::uint64_t all = 1;
  for (const Axis& axis : axes) all *= axis.values.size();
  return all;
}

Settings Sweep::at(const std::vector<std::uint64_t>& choice) const {
  Settings settings = fixed;
  for (std::size_t i = 0; i < axes.size(); ++i)
    for (const auto& [key, value] : axes[i].values.at(choice.at(i))) settings[key] = value;
  return settings;
}

Settings Sweep::at(std::uint64_t index) const {
  std::vector<std::uint64_t> choice(axes.size());
  for (std::size_t i = axes.size(); i-- > 0;) {
    choice[i] = index % axes[i].values.size();
    index /= axes[i].values.size();
  }
  return at(choice);
}

Sweep load_sweep(const std::filesystem::path& path) { return Reader(YamlMap::load(path)).read(); }

Sweep parse_sweep(const std::string& text, const std::string& origin) {
  return Reader(YamlMap::parse(text, origin)).read();
}

}  // namespace ternsim::sweep
