#include "kernels/row_codes.h"

namespace ternsim::kernels {

void unpack_codes(const std::uint8_t* row, std::int64_t blocks, std::uint8_t* codes) {
  for (std::int64_t b = 0; b < blocks; ++b, row += 32, codes += 128) {
    for (int p = 0; p < 32; ++p) codes[p] = row[p] >> 6;
    for (int p = 0; p < 32; ++p) codes[32 + p] = (row[p] >> 4) & 3;
    for (int p = 0; p < 32; ++p) codes[64 + p] = (row[p] >> 2) & 3;
    for (int p = 0; p < 32; ++p) codes[96 + p] = row[p] & 3;
  }
}

void pack_codes(const std::uint8_t* codes, std::int64_t blocks, std::uint8_t* row) {
  for (std::int64_t b = 0; b < blocks; ++b, row += 32, codes += 128) {
    for (int p = 0; p < 32; ++p) {
      row[p] = static_cast<std::uint8_t>(codes[p] << 6 | codes[p + 32] << 4 | codes[p + 64] << 2 | codes[p + 96]);
    }
  }
}

}  // namespace ternsim::kernels
