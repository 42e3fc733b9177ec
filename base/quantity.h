#pragma once

#include <string>

#include "base/statistic.h"

namespace ternsim {

/// A value in SI units as people read it: engineering prefix and unit, four significant digits ("7.812 mJ/token",
/// "64 KiB" for bytes, "12,345 cycles"). The one place where units are converted for people.
std::string for_people(double value, Quantity quantity);
std::string for_people(const Statistic& statistic);

}  // namespace ternsim
