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

/// Four significant digits, trailing zeros dropped, without an exponent: "0.00001234", "71.4", "42,030".
std::string plain(double value) {
  const double size = std::abs(value);
  if (value == 0 || !std::isfinite(value)) return fmt::format("{:g}", value);
  if (size >= 9999.5) return grouped(value);
  const int decimals = std::max(0, 3 - static_cast<int>(std::floor(std::log10(size))));
  std::string out = fmt::format("{:.{}f}", value, decimals);
  if (decimals > 0) out.erase(out.find_last_not_of('0') + 1);
  if (out.ends_with('.')) out.pop_back();
  return out;
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

std::string with_unit(double value, Quantity quantity) {
  switch (quantity) {
    case Quantity::Count:
      return grouped(value);
    case Quantity::Cycles:
      return grouped(value) + " cycles";
    case Quantity::Bytes:
      return binary_bytes(value);
    case Quantity::Ratio:
      return plain(value);
    case Quantity::SquareMetres:
      return plain(value * 1e6) + " mm2";
    case Quantity::TokensPerSecond:
      return plain(value) + " token/s";
    case Quantity::WattsPerSquareMetre:
      return plain(value * 1e-6) + " W/mm2";
    case Quantity::SquareMetresPerBit:
      return plain(value * 1e12) + " um2/bit";
    case Quantity::BitsPerByte:
      return fmt::format("{:.4f} bit/B", value);
    default:
      return with_prefix(value, unit_of(quantity));
  }
}

}  // namespace

std::string for_people(double value, Quantity quantity) {
  std::string out = with_unit(value, quantity);
  // What rounds to zero has no sign.
  const std::string_view number = std::string_view(out).substr(0, out.find(' '));
  if (number.starts_with("-0") && number.find_first_not_of("-0.") == std::string_view::npos) out.erase(0, 1);
  return out;
}

std::string for_people(const Statistic& statistic) {
  if (const auto* text = std::get_if<std::string>(&statistic.value)) return *text;
  if (const auto* count = std::get_if<std::uint64_t>(&statistic.value))
    return for_people(static_cast<double>(*count), statistic.quantity);
  return for_people(std::get<double>(statistic.value), statistic.quantity);
}

}  // namespace ternsim
