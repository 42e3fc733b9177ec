#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ternsim::energy {

/// Energy of one group of a netlist's cells, J a cycle or an operation.
struct SynthesisedEnergy {
  double logic = 0;      ///< with its glitches
  double glitches = 0;   ///< of `logic`: changes that do not last until the cycle's end
  double registers = 0;  ///< beyond the clock's edges
  double clock = 0;      ///< edges at the registers' clock pins
  double inputs = 0;     ///< of the netlist's input pins
  double leakage = 0;
  double total = 0;
};

/// A netlist simulated on one set of operands.
struct SynthesisScenario {
  std::string name;             ///< "layer, changing"
  double weight_zeros = 0;      ///< share
  double activation_zeros = 0;  ///< share
  SynthesisedEnergy energy;     ///< of an operation
  double low = 0;               ///< J an operation without wires
  double high = 0;              ///< J an operation with the longest wires that were tried
  std::vector<std::pair<std::string, SynthesisedEnergy>> levels;  ///< of an adder tree, J a cycle, in its order
};

/// A design as the synthesis flow measured it.
struct SynthesisedDesign {
  std::string name;
  std::string title;
  int operations_per_cycle = 1;  ///< ternary adds or multiply-accumulates
  double square_metres = 0;      ///< of an operation
  std::vector<SynthesisScenario> scenarios;

  /// The scenario of that name, or nullptr.
  const SynthesisScenario* find(std::string_view scenario) const;
};

/// The synthesis flow's report, `reports/synthesis/synthesis.json`.
class SynthesisReport {
 public:
  /// Throws InputError, naming file, design and key, on what is no JSON, on keys that are missing or of another type,
  /// and on figures that are negative, not finite or beyond what an operation can cost.
  static SynthesisReport load(const std::filesystem::path& path);
  /// The same from text; `origin` stands in messages where a file name would.
  static SynthesisReport parse(std::string_view text, const std::string& origin);

  /// Throws InputError, naming the file and the nearest design, where it lacks one.
  const SynthesisedDesign& design(std::string_view name) const;
  bool has(std::string_view name) const { return designs_.contains(name); }
  /// A scenario of a design; the same errors.
  const SynthesisScenario& scenario(std::string_view design, std::string_view scenario) const;
  /// The kit that it was made with.
  const std::string& kit() const { return kit_; }

 private:
  std::string origin_;
  std::string kit_;
  std::map<std::string, SynthesisedDesign, std::less<>> designs_;
};

}  // namespace ternsim::energy
