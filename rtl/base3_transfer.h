#pragma once

#include <cstdint>
#include <span>

namespace ternsim::rtl {

/// A weight transfer of packing `base3` (rtl/src/weight_entry.sv): one block of the packing with ceil(n / 5) bytes,
/// byte p carrying the codes p, p + bytes, .. p + 4 bytes of the transfer's n.
///
/// `two_bit` holds the n codes two bits each, the first in the lowest bits, as TileCodes lays them out; `out` has
/// ceil(n / 5) bytes. Codes past the last are 1 (weight 0). A byte with a code 3 among its five becomes 255, which is
/// illegal in the packing, so that corrupt weights show there, too.
void encode_base3(std::span<const std::uint8_t> two_bit, std::int64_t n, std::span<std::uint8_t> out);

}  // namespace ternsim::rtl
