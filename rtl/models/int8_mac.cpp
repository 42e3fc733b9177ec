#include "rtl/models/int8_mac.h"

#include <stdexcept>

namespace ternsim::rtl {

std::int32_t int8_mac(std::int32_t accumulator, std::span<const std::int8_t> weights,
                      std::span<const std::int8_t> activations, int accumulator_bits) {
  if (weights.size() != activations.size()) throw std::invalid_argument("int8_mac: weights and activations differ");
  if (accumulator_bits < 2 || accumulator_bits > 32) throw std::invalid_argument("int8_mac: accumulator_bits");
  std::int64_t sum = accumulator;
  for (std::size_t l = 0; l < weights.size(); ++l) sum += std::int64_t{weights[l]} * activations[l];
  const int unused = 64 - accumulator_bits;
  return static_cast<std::int32_t>(static_cast<std::int64_t>(static_cast<std::uint64_t>(sum) << unused) >> unused);
}

}  // namespace ternsim::rtl
