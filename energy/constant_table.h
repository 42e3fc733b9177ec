#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/statistic.h"

namespace ternsim::energy {

/// What a constant of a technology file measures; each dimension accepts its own units only.
enum class Dimension { EnergyPerOperation, EnergyPerBit, Area, AreaPerBit, PowerDensity, Factor };

/// A unit that a technology file may write, and its size in SI.
struct Unit {
  std::string_view symbol;
  Dimension dimension;
  double si;  ///< one of this unit, in J, J/bit, m2, m2/bit, W/m2 or 1
};

/// A constant that every technology file must give. `min` and `max` bound it in SI: what lies outside is a slip of the
/// pen (a wrong prefix, a lost decimal point), not a technology.
struct ConstantSpec {
  std::string_view name;
  Dimension dimension;
  double min;
  double max;
  std::string_view needed_by;  ///< for messages and for the reference manual: which counts or areas it prices
};

std::span<const ConstantSpec> constant_specs();
/// The unit of that symbol if it measures `dimension`, else nullptr.
const Unit* find_unit(std::string_view symbol, Dimension dimension);
/// "pJ, fJ, J": the symbols of a dimension, for messages.
std::string accepted_units(Dimension dimension);
/// The report's quantity for a constant of this dimension in SI (per operation, per bit, per square metre).
Quantity quantity_of(Dimension dimension);

}  // namespace ternsim::energy
