#include "rtl/models/trit_codes.h"

namespace ternsim::rtl {

TritCodes decode_trits(std::uint8_t byte) {
  // The first 192 bytes hold both pairs below 8, the next 48 one pair that is 8, then three hold two of them.
  int p = 8;
  int q = 8;
  int fifth;
  if (byte < 192) {
    fifth = byte / 64;
    p = byte % 64 / 8;
    q = byte % 8;
  } else if (byte < 240) {
    fifth = (byte - 192) / 16;
    (byte % 16 < 8 ? q : p) = byte % 8;
  } else if (byte < 243) {
    fifth = byte - 240;
  } else {
    return {{3, 3, 3, 3, 3}, true};
  }
  const auto code = [](int value) { return static_cast<std::uint8_t>(value); };
  return {{code(p / 3), code(p % 3), code(q / 3), code(q % 3), code(fifth)}, false};
}

}  // namespace ternsim::rtl
