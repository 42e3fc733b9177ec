#include "rtl/base3_transfer.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <vector>

#include "kernels/base3_packing.h"

namespace ternsim::rtl {

namespace {

constexpr std::uint8_t kIllegal = 255;

/// The byte of five codes by the number that they form, two bits each, the first lowest.
std::array<std::uint8_t, 1024> bytes_of_codes() {
  std::array<std::uint8_t, 1024> out;
  out.fill(kIllegal);
  for (int n = 0; n < 243; ++n) {
    const int t0 = n % 3, t1 = n / 3 % 3, t2 = n / 9 % 3, t3 = n / 27 % 3, t4 = n / 81;
    out[static_cast<std::size_t>(t0 | t1 << 2 | t2 << 4 | t3 << 6 | t4 << 8)] = kernels::base3_byte(t0, t1, t2, t3, t4);
  }
  return out;
}

}  // namespace

void encode_base3(std::span<const std::uint8_t> two_bit, std::int64_t n, std::span<std::uint8_t> out) {
  static const std::array<std::uint8_t, 1024> kBytes = bytes_of_codes();
  const auto count = static_cast<std::size_t>(n);
  const std::size_t bytes = out.size();
  if (bytes != (count + 4) / 5 || two_bit.size() != (count + 3) / 4) {
    throw std::invalid_argument("base3 transfer: wrong size");
  }
  // One code a byte first: the five of an output byte lie far apart.
  thread_local std::vector<std::uint8_t> codes;
  codes.assign(std::max(5 * bytes, 4 * two_bit.size()), 1);
  for (std::size_t i = 0; i < two_bit.size(); ++i) {
    for (std::size_t j = 0; j < 4; ++j) codes[4 * i + j] = two_bit[i] >> 2 * j & 3;
  }
  std::fill(codes.begin() + n, codes.end(), std::uint8_t{1});
  for (std::size_t p = 0; p < bytes; ++p) {
    unsigned five = 0;
    for (std::size_t k = 0; k < 5; ++k) five |= unsigned{codes[k * bytes + p]} << 2 * k;
    out[p] = kBytes[five];
  }
}

}  // namespace ternsim::rtl
