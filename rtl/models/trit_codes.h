#pragma once

#include <array>
#include <cstdint>

namespace ternsim::rtl {

/// What rtl/src/trit_decoder_byte.sv makes of a byte of packing `base3` (kernels/base3_packing.h has the numbering).
struct TritCodes {
  std::array<std::uint8_t, 5> codes;  ///< weight + 1 each; five times 3 for an illegal byte
  bool illegal;
};

TritCodes decode_trits(std::uint8_t byte);

}  // namespace ternsim::rtl
