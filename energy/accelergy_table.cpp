#include "energy/accelergy_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <vector>

#include "base/error.h"
#include "base/yaml.h"

namespace ternsim::energy {

namespace {

// Below the least, a figure is in joules by mistake (no action of a chip takes 1e-9 pJ); above the most, it is no
// action.
constexpr double kLeastPicojoules = 1e-9;
constexpr double kMostPicojoules = 1e6;
constexpr double kMostLeakPicojoules = 1e9;  // a kilowatt at 1 MHz
constexpr std::int64_t kMaxWidthBits = 1 << 20;
constexpr std::size_t kMaxNameLength = 256;

std::vector<std::string> part_names() {
  std::vector<std::string> names;
  for (int i = 0; i < static_cast<int>(Part::Leakage); ++i) names.emplace_back(name_of(static_cast<Part>(i)));
  return names;
}

std::vector<std::string> action_names() {
  std::vector<std::string> names;
  for (int i = 0; i < kActions; ++i) names.emplace_back(name_of(static_cast<Action>(i)));
  names.emplace_back(kLeakAction);
  return names;
}

/// The index of `word` in `known`; an unknown one is an error at `key` that lists what is known.
std::size_t index_of(const YamlMap& entry, std::string_view key, std::string_view what, const std::string& word,
                     const std::vector<std::string>& known) {
  const auto it = std::ranges::find(known, word);
  if (it == known.end()) {
    const std::string near = nearest_name(word, known);
    entry.fail(key, fmt::format("'{}' is no {} of ternsim; accepted: {}{}", word, what, fmt::join(known, ", "),
                                near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
  }
  return static_cast<std::size_t>(it - known.begin());
}

/// Whether text is "A..B" with A = B: Accelergy writes a single component as "matrix[1..1]".
bool single_instance(std::string_view range) {
  int first = 0;
  int last = 0;
  const char* end = range.data() + range.size();
  const auto [dots, error] = std::from_chars(range.data(), end, first);
  if (error != std::errc() || !std::string_view(dots, end).starts_with("..")) return false;
  const auto [rest, error_too] = std::from_chars(dots + 2, end, last);
  return error_too == std::errc() && rest == end && first == last;
}

/// The part of "system.matrix", "chip.core.matrix" or "system[1..1].matrix[1..1]".
Part part_of(YamlMap& table) {
  const std::string full = table.text("name");
  if (full.size() > kMaxNameLength)
    table.fail("name",
               fmt::format("a component's name has at most {} characters, this one {}", kMaxNameLength, full.size()));
  std::string name = full;
  for (std::size_t open = name.find('['); open != std::string::npos; open = name.find('[')) {
    const std::size_t close = name.find(']', open);
    if (close == std::string::npos || !single_instance(std::string_view(name).substr(open + 1, close - open - 1)))
      table.fail("name", fmt::format("'{}' stands for several instances, and each would leak; give one component that "
                                     "leaks as they do together",
                                     full));
    name.erase(open, close - open + 1);
  }
  name.erase(0, name.rfind('.') + 1);  // nothing where there is no dot: npos + 1 is 0
  return static_cast<Part>(index_of(table, "name", "component", name, part_names()));
}

/// The actions that a technology file prices as a share of an addition, which may be nothing.
bool may_be_free(Action action) {
  return action == Action::IntAddGated || action == Action::IntNegate || action == Action::IntMux;
}

double energy_of(YamlMap& entry, const std::string& action, bool may_be_zero, double most) {
  const double value = entry.number("energy", -1e300, 1e300);
  if (value < 0) entry.fail("energy", fmt::format("{} pJ of {}: an action cannot give energy back", value, action));
  if (value == 0 && !may_be_zero)
    entry.fail("energy", fmt::format("{} is priced at nothing; leave the entry out, or give what it costs", action));
  if (value > most || (value > 0 && value < kLeastPicojoules))
    entry.fail("energy", fmt::format("{} pJ of {} is outside of {} ... {}; energies are in pJ", value, action,
                                     yaml_number(kLeastPicojoules), yaml_number(most)));
  return value;
}

std::string entry_text(std::string_view action, int width_bits, std::string_view energy) {
  const std::string arguments = width_bits == 0 ? "{}" : fmt::format("{{width_bits: {}}}", width_bits);
  return fmt::format("{{name: {}, arguments: {}, energy: {}}}", action, arguments, energy);
}

bool takes_width(Action action) { return action != Action::DramRead && action != Action::DramWrite; }

}  // namespace

std::string component_of(Part part) { return fmt::format("system.{}", name_of(part)); }

std::string describe_action(const ActionKey& key) {
  if (key.width_bits == 0) return std::string(name_of(key.action));
  return fmt::format("{} with width_bits {}", name_of(key.action), key.width_bits);
}

std::string yaml_number(double value) {
  std::string text = fmt::format("{}", value);
  const std::size_t exponent = text.find('e');
  if (exponent != std::string::npos && text.find('.') == std::string::npos) text.insert(exponent, ".0");
  return text;
}

double EnergyReferenceTable::picojoules(const ActionKey& key) const {
  const auto it = actions_.find(key);
  if (it == actions_.end())
    throw InputError(fmt::format("{}: ERT.tables: {} has no action {}, which the run counts; add {} to its actions",
                                 origin_, component_of(key.part), describe_action(key),
                                 entry_text(name_of(key.action), key.width_bits, "PJ")));
  return it->second;
}

double EnergyReferenceTable::leak_picojoules(Part part) const {
  const auto it = leaks_.find(part);
  if (it == leaks_.end())
    throw InputError(
        fmt::format("{}: ERT.tables: {} has no action {}, which every part with area needs each cycle; add {} to its "
                    "actions, 0 if it leaks nothing",
                    origin_, component_of(part), kLeakAction, entry_text(kLeakAction, 0, "PJ")));
  return it->second;
}

std::string EnergyReferenceTable::text() const {
  std::set<Part> parts;
  for (const auto& [key, price] : actions_) parts.insert(key.part);
  for (const auto& [part, price] : leaks_) parts.insert(part);
  std::string out = fmt::format(
      "# Energies in pJ: per operation; of memories and registers per bit; of base3_decode per byte; of leak per "
      "cycle.\n"
      "ERT:\n  version: {}\n  tables:{}\n",
      kAccelergyVersion, parts.empty() ? " []" : "");
  for (const Part part : parts) {
    out += fmt::format("  - name: {}\n    actions:\n", component_of(part));
    for (const auto& [key, price] : actions_)
      if (key.part == part)
        out += fmt::format("    - {}\n", entry_text(name_of(key.action), key.width_bits, yaml_number(price)));
    if (const auto leak = leaks_.find(part); leak != leaks_.end())
      out += fmt::format("    - {}\n", entry_text(kLeakAction, 0, yaml_number(leak->second)));
  }
  return out;
}

void EnergyReferenceTable::read_action(YamlMap& entry, Part part) {
  const std::string name = entry.text("name");
  const std::vector<std::string> known = action_names();
  const std::size_t index = index_of(entry, "name", "action", name, known);
  std::optional<std::int64_t> width;
  // Accelergy writes null, or an empty map, where an action has no arguments.
  if (entry.has("arguments") && !entry.is_null("arguments")) {
    YamlMap arguments = entry.map("arguments");
    if (arguments.has("width_bits")) width = arguments.integer("width_bits", 1, kMaxWidthBits);
    arguments.finish();
  }
  const bool leak = index == static_cast<std::size_t>(kActions);
  const ActionKey key{part, leak ? Action::IntAdd : static_cast<Action>(index), static_cast<int>(width.value_or(0))};
  const bool wide = !leak && takes_width(key.action);
  if (wide != width.has_value())
    entry.fail("arguments", wide ? fmt::format("{} needs its width: arguments: {{width_bits: N}}", name)
                                 : fmt::format("{} has no arguments; its price is the same at every width", name));
  const std::string full = fmt::format("{} of {}", leak ? name : describe_action(key), component_of(part));
  if (leak ? leaks_.contains(part) : actions_.contains(key))
    entry.fail("name", fmt::format("{} stands twice and would be counted twice; leave one", full));
  const double price =
      energy_of(entry, full, leak || may_be_free(key.action), leak ? kMostLeakPicojoules : kMostPicojoules);
  entry.finish();
  if (leak)
    set_leak(part, price);
  else
    set(key, price);
}

EnergyReferenceTable EnergyReferenceTable::read(YamlMap& root) {
  EnergyReferenceTable result;
  result.origin_ = root.origin();
  YamlMap ert = root.map("ERT");
  ert.choice("version", {"0.3", kAccelergyVersion});
  std::set<Part> seen;
  for (YamlMap& table : ert.maps("tables")) {
    const Part part = part_of(table);
    if (!seen.insert(part).second)
      table.fail("name", fmt::format("{} stands twice and would be counted twice; leave one", component_of(part)));
    for (YamlMap& entry : table.maps("actions")) result.read_action(entry, part);
    table.finish();
  }
  ert.finish();
  root.finish();
  return result;
}

EnergyReferenceTable EnergyReferenceTable::load(const std::filesystem::path& path) {
  YamlMap root = YamlMap::load(path);
  return read(root);
}

EnergyReferenceTable EnergyReferenceTable::parse(const std::string& text, const std::string& origin) {
  YamlMap root = YamlMap::parse(text, origin);
  return read(root);
}

}  // namespace ternsim::energy
