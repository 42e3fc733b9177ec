#include "base/quantity.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace ternsim {

namespace {

std::string grouped(double value) {
  std::string digits = fmt::format("{:.0f}", std::abs(value));
  for (auto i = static_cast<std::ptrdiff_t>(digits.size()) - 3; i > 0; i -= 3)
    digits.insert(static_cast<std::size_t>(i), 1, ',');
  return value < 0 ? "-" + digits : digits;
}

std::string with_prefix(double value, std::string_view unit) {
  static constexpr std::array<std::string_view, 12> prefixes{"a", "f", "p", "n", "u", "m", "", "k", "M", "G", "T", "P"};
  if (value == 0 || !std::isfinite(value)) return fmt::format("{:g} {}", value, unit);
  const int group = std::clamp(static_cast<int>(std::floor(std::log10(std::abs(value)) / 3)), -6, 5);
  return fmt::format("{:.4g} {}{}", value / std::pow(1000.0, group), prefixes[static_cast<std::size_t>(group + 6)],
                     unit);
}

std::string binary_bytes(double value) {
  static constexpr std::array<std::string_view, 5> prefixes{"", "Ki", "Mi", "Gi", "Ti"};
  std::size_t group = 0;
  while (std::abs(value) >= 1024 && group + 1 < prefixes.size()) {
    value /= 1024;
    ++group;
  }
  return fmt::format("{:.4g} {}B", value, prefixes[group]);
}

}  // namespace

std::string for_people(double value, Quantity quantity) {
  switch (quantity) {
    case Quantity::Count:
      return grouped(value);
    case Quantity::Cycles:
      return grouped(value) + " cycles";
    case Quantity::Bytes:
      return binary_bytes(value);
    case Quantity::Ratio:
      return fmt::format("{:.4g}", value);
    case Quantity::SquareMetres:
      return fmt::format("{:.4g} mm2", value * 1e6);
    case Quantity::TokensPerSecond:
      // Four digits, but never an exponent: 42,030 token/s.
      return (value >= 10000 ? grouped(value) : fmt::format("{:.4g}", value)) + " token/s";
    case Quantity::BitsPerByte:
      return fmt::format("{:.4f} bit/B", value);
    default:
      return with_prefix(value, unit_of(quantity));
  }
}

std::string for_people(const Statistic& statistic) {
  if (const auto* text = std::get_if<std::string>(&statistic.value)) return *text;
  if (const auto* count = std::get_if<std::uint64_t>(&statistic.value))
    return for_people(static_cast<double>(*count), statistic.quantity);
  return for_people(std::get<double>(statistic.value), statistic.quantity);
}

}  // namespace ternsim
