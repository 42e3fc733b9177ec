#include <cstdint>
#include <cstring>

#include "kernels/machine_limits_bodies.h"

namespace ternsim::kernels {

namespace {

constexpr int kWords = 8;

template <int kStreams>
std::uint64_t read_streams(const std::uint8_t* from, std::int64_t bytes, ReadAhead ahead) {
  const std::int64_t piece = bytes / kStreams;
  std::uint64_t sums[kStreams][kWords] = {};
  for (std::int64_t i = 0; i < piece; i += 64) {
    for (int s = 0; s < kStreams; ++s) {
      const std::uint8_t* const at = from + s * piece + i;
      if (ahead.bytes != 0) ahead(at);
      std::uint64_t words[kWords];
      std::memcpy(words, at, sizeof words);
      for (int w = 0; w < kWords; ++w) sums[s][w] += words[w];
    }
  }
  std::uint64_t total = 0;
  for (const auto& stream : sums) {
    for (const std::uint64_t sum : stream) total += sum;
  }
  return total;
}

std::uint64_t read(const std::uint8_t* from, std::int64_t bytes, int streams, ReadAhead ahead) {
  if (streams == 8) return read_streams<8>(from, bytes, ahead);
  if (streams == 4) return read_streams<4>(from, bytes, ahead);
  return read_streams<1>(from, bytes, ahead);
}

constexpr std::int64_t kCount = 256;

/// What the compiler makes of 16-bit products of bytes summed in 32 bits.
void multiply(std::int64_t rounds, std::int32_t* sink) {
  std::int8_t a[kCount];
  std::int8_t b[kCount];
  for (std::int64_t i = 0; i < kCount; ++i) {
    a[i] = static_cast<std::int8_t>(i);
    b[i] = static_cast<std::int8_t>(3 * i);
  }
  std::int32_t total = 0;
  for (std::int64_t r = 0; r < rounds; ++r) {
    std::int32_t sum = 0;
    for (std::int64_t i = 0; i < kCount; ++i) sum += a[i] * b[i];
    total ^= sum;
    a[r % kCount] = static_cast<std::int8_t>(sum);
  }
  sink[0] = total;
}

}  // namespace

const MachineLimitsBody kLimitsPlain = {read, multiply, kCount, "plain C++ products"};

}  // namespace ternsim::kernels
