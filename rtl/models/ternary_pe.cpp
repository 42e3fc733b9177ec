#include "rtl/models/ternary_pe.h"

#include <stdexcept>

namespace ternsim::rtl {

std::int32_t ternary_pe(std::int32_t accumulator, std::uint8_t code, std::int8_t activation, int accumulator_bits) {
  if (code > 3) throw std::invalid_argument("ternary_pe: code");
  if (accumulator_bits < 9 || accumulator_bits > 32) throw std::invalid_argument("ternary_pe: accumulator_bits");
  std::int64_t sum = accumulator;
  if (code == 2) sum += activation;
  if (code == 0) sum -= activation;
  const int unused = 64 - accumulator_bits;
  return static_cast<std::int32_t>(static_cast<std::int64_t>(static_cast<std::uint64_t>(sum) << unused) >> unused);
}

}  // namespace ternsim::rtl
