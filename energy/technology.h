#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/statistic.h"
#include "energy/constant_table.h"

namespace ternsim {
class YamlMap;
}

namespace ternsim::energy {

/// Which end of a constant's range to take. Where the field does not agree on a figure (DRAM, leakage), a constant
/// carries low, mid and high, and a result is given as all three.
enum class Corner { Low, Mid, High };
inline constexpr std::array<Corner, 3> kCorners{Corner::Low, Corner::Mid, Corner::High};
std::string_view name_of(Corner corner);

/// One number of a technology file with where it comes from.
struct Constant {
  std::string name;
  Dimension dimension = Dimension::Factor;
  double low = 0;   ///< SI: J, J/bit, m2, m2/bit, W/m2 or a plain factor; equals `mid` where the file gives no range
  double mid = 0;   ///< SI
  double high = 0;  ///< SI
  std::string written;  ///< as the file has it, for people: "7.5 pJ/bit (4 ... 10)"
  std::string unit;     ///< as the file has it: "pJ/bit"
  std::string source;
  std::string comment;
  Tier tier = Tier::Assumed;

  double at(Corner corner) const;
};

/// A technology file: every constant of `constant_specs()`, each with value, unit, source, tier and comment; or the
/// names of two such files beside it and a node between theirs (`node_scaling.h`).
///
///     Technology technology = Technology::load("configs/technologies/published-7nm.yaml");
///     technology.constant("int8_add").mid;   // 7e-15 J
class Technology {
 public:
  /// Throws InputError, naming the constant and who needs it, on one that is missing, unknown, without source, tier or
  /// comment, in a unit of another dimension or outside of any plausible range; and on SRAM, adder or multiplier
  /// points that fall where they must rise. Of a node between two files: on an end that cannot be read or is itself
  /// between two, on a node outside of theirs and on DRAM constants that differ.
  static Technology load(const std::filesystem::path& path);
  /// The same from text; `origin` stands in messages where a file name would, and says where other files are looked
  /// for.
  static Technology parse(const std::string& text, const std::string& origin);

  const std::string& name() const { return name_; }
  const std::string& description() const { return description_; }
  int node_nm() const { return node_nm_; }
  /// In the order of `constant_specs()`.
  const std::vector<Constant>& constants() const { return constants_; }
  /// Throws RequestError on a name that no technology file has.
  const Constant& constant(std::string_view name) const;
  /// This technology with one constant fixed at an end of its range, for sensitivities. Throws as constant().
  Technology pinned(std::string_view name, Corner corner) const;

 private:
  Technology() = default;
  static Technology read(YamlMap& root, const std::filesystem::path& folder);
  void read_between(YamlMap& root, const std::filesystem::path& folder);

  std::string name_;
  std::string description_;
  int node_nm_ = 0;
  std::vector<Constant> constants_;
};

}  // namespace ternsim::energy
