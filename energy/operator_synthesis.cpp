#include "energy/operator_synthesis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "base/yaml.h"
#include "model/json_guard.h"

namespace ternsim::energy {

using nlohmann::json;

namespace {

constexpr model::JsonLimits kLimits{std::size_t{16} << 20, std::size_t{1} << 20, 16};
constexpr double kFemtojoules = 1e-15;
constexpr double kSquareMicrometres = 1e-12;
constexpr double kMost = 1e9;  // fJ or um2 of an operation: a microjoule, a square millimetre times a thousand
constexpr std::size_t kMostText = 1000;

/// A value of the report with the path that leads to it.
class Place {
 public:
  Place(const json& value, std::string path) : value_(value), path_(std::move(path)) {}

  [[noreturn]] void fail(const std::string& message) const { throw InputError(fmt::format("{}: {}", path_, message)); }
  Place at(const std::string& key) const {
    if (!value_.is_object()) fail("an object is expected here");
    const auto it = value_.find(key);
    if (it == value_.end()) fail(fmt::format("has no '{}'; is it a report of rtl/synth/run.py?", key));
    return {*it, fmt::format("{}.{}", path_, key)};
  }
  bool has(const std::string& key) const { return value_.is_object() && value_.contains(key); }
  double number(double least, double most) const {
    const double value = value_.is_number() ? value_.get<double>() : std::nan("");
    if (!(value >= least && value <= most)) fail(fmt::format("a number from {} to {} is expected", least, most));
    return value;
  }
  std::string text() const {
    if (!value_.is_string()) fail("a text is expected");
    auto text = value_.get<std::string>();
    if (text.empty() || text.size() > kMostText) fail(fmt::format("a text of 1 to {} bytes is expected", kMostText));
    return text;
  }
  std::vector<Place> elements() const {
    if (!value_.is_array()) fail("a list is expected");
    std::vector<Place> out;
    for (std::size_t i = 0; i < value_.size(); ++i) out.emplace_back(value_[i], fmt::format("{}[{}]", path_, i));
    return out;
  }
  std::vector<std::pair<std::string, Place>> members() const {
    if (!value_.is_object()) fail("an object is expected here");
    std::vector<std::pair<std::string, Place>> out;
    for (const auto& [key, value] : value_.items())
      out.emplace_back(key, Place(value, fmt::format("{}.{}", path_, key)));
    return out;
  }

 private:
  const json& value_;
  std::string path_;
};

double femtojoules(const Place& place) { return place.number(0, kMost) * kFemtojoules; }

SynthesisedEnergy energy_of(const Place& place) {
  SynthesisedEnergy e;
  const auto part = [&](const char* key) { return place.has(key) ? femtojoules(place.at(key)) : 0.0; };
  e.logic = part("logic");
  e.glitches = part("of_which_glitches");
  e.registers = part("registers");
  e.clock = part("clock");
  e.inputs = part("inputs");
  e.leakage = part("leakage");
  e.total = femtojoules(place.at("total"));
  if (e.glitches > e.logic) place.fail("of_which_glitches is more than logic");
  return e;
}

/// The tree's order, which JSON objects do not keep: lanes, level 1 and so on, accumulator, input pins.
int order_of(const std::string& level) {
  if (level == "inputs") return 1001;
  if (level == "lanes") return -1;
  if (level == "accumulator") return 1000;
  constexpr std::string_view kLevel = "level ";
  if (!level.starts_with(kLevel) || level.size() > kLevel.size() + 2) return 2000;
  return std::atoi(level.c_str() + kLevel.size());
}

SynthesisScenario scenario_of(const Place& place) {
  SynthesisScenario s;
  s.name = place.at("scenario").text();
  s.weight_zeros = place.at("weight_zeros").number(0, 1);
  s.activation_zeros = place.at("activation_zeros").number(0, 1);
  s.energy = energy_of(place);
  // "0", "2", "5": um of wire for each fanout.
  s.low = s.high = s.energy.total;
  for (const auto& [wire, total] : place.at("total_by_wire_um_per_fanout").members()) {
    s.low = std::min(s.low, femtojoules(total));
    s.high = std::max(s.high, femtojoules(total));
  }
  if (!place.has("levels_fj")) return s;
  for (const auto& [level, energy] : place.at("levels_fj").members()) s.levels.emplace_back(level, energy_of(energy));
  std::ranges::stable_sort(s.levels, {}, [](const auto& level) { return order_of(level.first); });
  return s;
}

SynthesisedDesign design_of(const std::string& name, const Place& place) {
  SynthesisedDesign d;
  d.name = name;
  d.title = place.at("title").text();
  d.operations_per_cycle = static_cast<int>(place.at("operations_per_cycle").number(1, 1 << 20));
  d.square_metres = place.at("area_um2_per_operation").number(0, kMost) * kSquareMicrometres;
  for (const Place& scenario : place.at("energy_fj_per_operation").elements()) {
    d.scenarios.push_back(scenario_of(scenario));
    if (d.find(d.scenarios.back().name) != &d.scenarios.back()) scenario.fail("a scenario of that name stands before");
  }
  return d;
}

}  // namespace

const SynthesisScenario* SynthesisedDesign::find(std::string_view scenario) const {
  const auto it = std::ranges::find(scenarios, scenario, &SynthesisScenario::name);
  return it == scenarios.end() ? nullptr : &*it;
}

SynthesisReport SynthesisReport::load(const std::filesystem::path& path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error)
    throw InputError(fmt::format("{}: cannot be read ({}); give a synthesis.json of rtl/synth/run.py", path.string(),
                                 error.message()));
  if (size > kLimits.bytes)
    throw InputError(fmt::format("{}: {} bytes; at most {} are read", path.string(), size, kLimits.bytes));
  std::ifstream in(path, std::ios::binary);
  std::string text(static_cast<std::size_t>(size), '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in) throw InputError(path.string() + ": cannot be read to its end");
  return parse(text, path.string());
}

SynthesisReport SynthesisReport::parse(std::string_view text, const std::string& origin) {
  const json parsed = model::parse_json(text, origin, kLimits);
  const Place root(parsed, origin);
  SynthesisReport report;
  report.origin_ = origin;
  report.kit_ = root.at("corner").at("kit").text();
  for (const auto& [name, place] : root.at("designs").members()) {
    // Without a kit the flow counts generic gates alone.
    if (place.has("energy_fj_per_operation")) report.designs_.emplace(name, design_of(name, place));
  }
  return report;
}

const SynthesisedDesign& SynthesisReport::design(std::string_view name) const {
  const auto it = designs_.find(name);
  if (it != designs_.end()) return it->second;
  std::vector<std::string> names;
  for (const auto& [known, unused] : designs_) names.push_back(known);
  const std::string near = nearest_name(name, names);
  throw InputError(
      fmt::format("{}: designs has no '{}' with energies{}; make the report with rtl/synth/run.py --liberty", origin_,
                  name, near.empty() ? "" : fmt::format(" (but '{}')", near)));
}

const SynthesisScenario& SynthesisReport::scenario(std::string_view design_name, std::string_view scenario) const {
  const SynthesisScenario* found = design(design_name).find(scenario);
  if (found == nullptr)
    throw InputError(fmt::format("{}: designs.{} has no scenario '{}'", origin_, design_name, scenario));
  return *found;
}

}  // namespace ternsim::energy
