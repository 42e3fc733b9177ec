#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "energy/action_counts.h"

namespace ternsim {
class YamlMap;
}

namespace ternsim::energy {

/// Version of Accelergy's files that is written; files of 0.3 have the same layout and are read as well.
inline constexpr std::string_view kAccelergyVersion = "0.4";
/// What Accelergy calls leakage: an action of each component, once a clock cycle.
inline constexpr std::string_view kLeakAction = "leak";

/// "system.matrix": the component of a part.
std::string component_of(Part part);
/// "int_add with width_bits 9", as messages name an action.
std::string describe_action(const ActionKey& key);
/// The shortest decimal that reads back as the same double, with a point wherever it has an exponent: YAML 1.1 takes
/// "1e-05" for a word.
std::string yaml_number(double value);

/// Accelergy's energy reference table (ERT; Wu, Emer, Sze, ICCAD 2019): what each action of each component costs.
///
///     EnergyReferenceTable table = EnergyReferenceTable::load("ERT.yaml");
///     table.picojoules({Part::Matrix, Action::IntAdd, 9});   // per addition
///
/// Components are the parts of the machine, actions those of ActionCounts with its width as argument `width_bits` (none
/// where the key's width is 0), and `leak`. Prices are in pJ per unit of the count: per operation, per bit of a memory
/// or register, per byte of base3_decode, per clock cycle of leak.
class EnergyReferenceTable {
 public:
  /// Throws InputError naming file, line and key on a component or action that no machine has, on one that stands
  /// twice, on several instances in one entry, on an energy that is no number, below zero, zero where nothing is free,
  /// or out of any plausible range, on another version and on unknown keys.
  static EnergyReferenceTable load(const std::filesystem::path& path);
  /// The same from text; `origin` stands in messages where a file name would.
  static EnergyReferenceTable parse(const std::string& text, const std::string& origin);

  void set(const ActionKey& key, double picojoules) { actions_[key] = picojoules; }
  void set_leak(Part part, double picojoules) { leaks_[part] = picojoules; }
  /// Throws InputError naming component, action, width and the entry to add, where the table has none.
  double picojoules(const ActionKey& key) const;
  /// Per clock cycle; the same error.
  double leak_picojoules(Part part) const;

  const std::map<ActionKey, double>& actions() const { return actions_; }
  const std::map<Part, double>& leaks() const { return leaks_; }
  /// The file's name, for messages; empty for a table that was not read.
  const std::string& origin() const { return origin_; }
  /// The table as Accelergy's YAML; read back it is equal.
  std::string text() const;
  /// The same prices; the origin does not matter.
  bool operator==(const EnergyReferenceTable& other) const {
    return actions_ == other.actions_ && leaks_ == other.leaks_;
  }

 private:
  static EnergyReferenceTable read(YamlMap& root);
  void read_action(YamlMap& entry, Part part);

  std::string origin_;
  std::map<ActionKey, double> actions_;
  std::map<Part, double> leaks_;
};

}  // namespace ternsim::energy
