#include "kernels/base3_bodies.h"

namespace ternsim::kernels {

namespace {

/// One block: `lanes` bytes, whose weights n stand `lanes` apart.
template <int lanes>
std::int32_t block_sum(const std::uint8_t* bytes, const std::int8_t* a) {
  std::int32_t sum = 0;
  for (int p = 0; p < lanes; ++p) {
    const int fields = kBase3Tables.fields[bytes[p]];
    const int fifth = kBase3Tables.fifth[bytes[p]] >> 6;
    sum += (fields >> 6) * a[p] + ((fields >> 4) & 3) * a[p + lanes] + ((fields >> 2) & 3) * a[p + 2 * lanes] +
           (fields & 3) * a[p + 3 * lanes] + fifth * a[p + 4 * lanes];
  }
  return sum;
}

template <int lanes>
void decode_block(const std::uint8_t* bytes, std::uint8_t* codes) {
  std::uint8_t fields[lanes];
  for (int p = 0; p < lanes; ++p) {
    fields[p] = kBase3Tables.fields[bytes[p]];
    codes[4 * lanes + p] = static_cast<std::uint8_t>(kBase3Tables.fifth[bytes[p]] >> 6);
  }
  for (int p = 0; p < lanes; ++p) codes[p] = static_cast<std::uint8_t>(fields[p] >> 6);
  for (int p = 0; p < lanes; ++p) codes[lanes + p] = (fields[p] >> 4) & 3;
  for (int p = 0; p < lanes; ++p) codes[2 * lanes + p] = (fields[p] >> 2) & 3;
  for (int p = 0; p < lanes; ++p) codes[3 * lanes + p] = fields[p] & 3;
}

}  // namespace

void base3_scalar(const Base3Arguments& arguments) {
  for (std::int64_t r = arguments.begin; r < arguments.end; ++r) {
    const std::uint8_t* bytes = arguments.bytes + r * arguments.row_bytes;
    const std::int8_t* a = arguments.activations;
    std::int32_t sum = -arguments.token_sum;
    std::int64_t left = arguments.row_bytes;
    for (; left >= 64; left -= 64, bytes += 64, a += 320) sum += block_sum<64>(bytes, a);
    if (left > 0) sum += block_sum<32>(bytes, a);
    arguments.sums[r] = sum;
  }
}

void base3_decode_scalar(const std::uint8_t* row, std::int64_t row_bytes, std::uint8_t* codes) {
  std::int64_t left = row_bytes;
  for (; left >= 64; left -= 64, row += 64, codes += 320) decode_block<64>(row, codes);
  if (left > 0) decode_block<32>(row, codes);
}

}  // namespace ternsim::kernels
