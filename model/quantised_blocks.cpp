#include "model/quantised_blocks.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <string>

#include "base/error.h"
#include "model/half.h"

namespace ternsim::model {

namespace {

constexpr std::size_t kQ6Elements = 256;
constexpr std::size_t kQ6Group = 16;  // elements that share an int8 scale
constexpr std::size_t kQ6High = 128;  // offsets in the block
constexpr std::size_t kQ6Scales = 192;
constexpr std::size_t kQ6D = 208;
constexpr std::size_t kQ6Bytes = 210;
constexpr std::size_t kQ8Bytes = 34;
constexpr std::size_t kQ4Bytes = 18;
constexpr std::size_t kSmallElements = 32;  // of a block of Q8_0 and Q4_0

std::uint16_t load_half(const std::uint8_t* p) {
  std::uint16_t h;
  std::memcpy(&h, p, sizeof h);
  return h;
}
void store_half(std::uint8_t* p, std::uint16_t h) { std::memcpy(p, &h, sizeof h); }

// Below 2^22: adding 1.5 * 2^23 leaves the integer, rounded half to even, in the low bits.
std::int32_t nearest(float x) { return std::bit_cast<std::int32_t>(x + 12582912.0F) - 0x4B400000; }

// Halves away from zero, as roundf does; the remainder of the truncation is exact.
std::int32_t nearest_away(float x) {
  const float magnitude = std::fabs(x);
  const auto whole = static_cast<std::int32_t>(magnitude);
  const std::int32_t rounded = whole + static_cast<std::int32_t>(magnitude - static_cast<float>(whole) >= 0.5F);
  return x < 0 ? -rounded : rounded;
}

[[noreturn]] void too_large(ElementType type) {
  throw RequestError("a value is NaN, infinite or too large for " + std::string(name_of(type)) +
                     "; use a wider element type, BF16 or F32");
}

void decode_q8(const std::uint8_t* block, float* out) {
  const float d = f16_to_f32(load_half(block));
  for (std::size_t i = 0; i < kSmallElements; ++i)
    out[i] = d * static_cast<float>(static_cast<std::int8_t>(block[2 + i]));
}

void encode_q8(const float* in, std::uint8_t* block) {
  float largest = 0;
  for (std::size_t i = 0; i < kSmallElements; ++i) largest = std::max(largest, std::fabs(in[i]));
  const float d = largest / 127.0F;
  const float inverse = d > 0 ? 1.0F / d : 0.0F;
  store_half(block, f32_to_f16(d));
  // A subnormal d has an infinite inverse; its float16 is zero, and so is the block.
  const bool usable = std::isfinite(inverse);
  for (std::size_t i = 0; i < kSmallElements; ++i)
    block[2 + i] = static_cast<std::uint8_t>(usable ? std::clamp(nearest_away(in[i] * inverse), -127, 127) : 0);
}

void decode_q4(const std::uint8_t* block, float* out) {
  const float d = f16_to_f32(load_half(block));
  for (std::size_t i = 0; i < kSmallElements / 2; ++i) {
    const int byte = block[2 + i];
    out[i] = static_cast<float>((byte & 15) - 8) * d;
    out[i + kSmallElements / 2] = static_cast<float>((byte >> 4) - 8) * d;
  }
}

// The element of largest magnitude becomes -8, the end of the range that reaches farther.
void encode_q4(const float* in, std::uint8_t* block) {
  float extreme = 0;
  for (std::size_t i = 0; i < kSmallElements; ++i)
    if (std::fabs(in[i]) > std::fabs(extreme)) extreme = in[i];
  const float d = extreme / -8.0F;
  const float inverse = d != 0 ? 1.0F / d : 0.0F;
  store_half(block, f32_to_f16(d));
  const bool usable = std::isfinite(inverse);
  const auto code = [&](float x) { return usable ? std::clamp(static_cast<int>(x * inverse + 8.5F), 0, 15) : 8; };
  for (std::size_t i = 0; i < kSmallElements / 2; ++i)
    block[2 + i] = static_cast<std::uint8_t>(code(in[i]) | (code(in[i + kSmallElements / 2]) << 4));
}

/// Where element `e` of a Q6_K block keeps its bits: four runs of 32 share the upper bits of 32 bytes, two runs the
/// nibbles.
struct Q6Place {
  std::size_t low;  // byte
  int low_shift;
  std::size_t high;  // byte
  int high_shift;
};
constexpr Q6Place q6_place(std::size_t e) {
  const std::size_t half = e / 128;
  const std::size_t run = e % 128 / 32;
  const std::size_t in_run = e % 32;
  return {half * 64 + run % 2 * 32 + in_run, run < 2 ? 0 : 4, kQ6High + half * 32 + in_run, static_cast<int>(2 * run)};
}

void decode_q6(const std::uint8_t* block, float* out) {
  const float d = f16_to_f32(load_half(block + kQ6D));
  for (std::size_t run = 0; run < kQ6Elements / 32; ++run) {
    const Q6Place at = q6_place(run * 32);
    for (std::size_t i = 0; i < 32; ++i) {
      const int q = ((block[at.low + i] >> at.low_shift) & 15) | (((block[at.high + i] >> at.high_shift) & 3) << 4);
      const float scale = d * static_cast<float>(static_cast<std::int8_t>(block[kQ6Scales + run * 2 + i / kQ6Group]));
      out[run * 32 + i] = scale * static_cast<float>(q - 32);
    }
  }
}

// The scale of least squared error for sixteen elements as multiples -32 ... 31 of it, among those that map the
// element of largest magnitude near -32. For given multiples q the best scale is sum(x q) / sum(q q), and it takes
// sum(x q)^2 / sum(q q) off the error.
float q6_group_scale(const float* x) {
  float extreme = 0;
  for (std::size_t i = 0; i < kQ6Group; ++i)
    if (std::fabs(x[i]) > std::fabs(extreme)) extreme = x[i];
  if (std::fabs(extreme) < 1e-30F) return 0;
  float best = 0;
  float best_gain = -1;
  for (int step = -6; step <= 6; ++step) {
    const float inverse = -(32.0F + 0.15F * static_cast<float>(step)) / extreme;
    float xq = 0;
    float qq = 0;
    for (std::size_t i = 0; i < kQ6Group; ++i) {
      const auto q = static_cast<float>(std::clamp(nearest(x[i] * inverse), -32, 31));
      xq += x[i] * q;
      qq += q * q;
    }
    // qq is 31^2 at least: the extreme element's own.
    const float gain = xq / qq * xq;
    if (gain > best_gain) {
      best_gain = gain;
      best = xq / qq;
    }
  }
  return best;
}

void encode_q6(const float* in, std::uint8_t* block) {
  std::memset(block, 0, kQ6Bytes);
  std::array<float, kQ6Elements / kQ6Group> scales;
  float extreme = 0;
  for (std::size_t g = 0; g < scales.size(); ++g) {
    scales[g] = q6_group_scale(in + g * kQ6Group);
    if (std::fabs(scales[g]) > std::fabs(extreme)) extreme = scales[g];
  }
  const std::uint16_t d_half = f32_to_f16(extreme / -128.0F);
  const float d = f16_to_f32(d_half);
  store_half(block + kQ6D, d_half);
  if (!std::isfinite(d)) too_large(ElementType::Q6_K);
  for (std::size_t g = 0; g < scales.size(); ++g) {
    // A d that rounded to zero makes every element zero: code 32.
    const std::int32_t scale = d == 0 ? 0 : std::clamp(nearest_away(scales[g] / d), -128, 127);
    block[kQ6Scales + g] = static_cast<std::uint8_t>(scale);
    const float step = d * static_cast<float>(scale);
    for (std::size_t e = g * kQ6Group; e < (g + 1) * kQ6Group; ++e) {
      const int q = (step == 0 ? 0 : std::clamp(nearest(std::clamp(in[e] / step, -64.0F, 64.0F)), -32, 31)) + 32;
      const Q6Place at = q6_place(e);
      block[at.low] = static_cast<std::uint8_t>(block[at.low] | ((q & 15) << at.low_shift));
      block[at.high] = static_cast<std::uint8_t>(block[at.high] | ((q >> 4) << at.high_shift));
    }
  }
}

template <typename Bits>
std::int64_t first_with_exponent(std::span<const std::uint8_t> bytes, Bits exponent) {
  const std::size_t n = bytes.size() / sizeof(Bits);
  constexpr std::size_t kPiece = 4096;  // looked through without a branch
  for (std::size_t start = 0; start < n; start += kPiece) {
    const std::size_t end = std::min(n, start + kPiece);
    std::uint32_t found = 0;
    for (std::size_t i = start; i < end; ++i) {
      Bits bits;
      std::memcpy(&bits, bytes.data() + i * sizeof bits, sizeof bits);
      found |= static_cast<std::uint32_t>((bits & exponent) == exponent);
    }
    if (found == 0) continue;
    for (std::size_t i = start; i < end; ++i) {
      Bits bits;
      std::memcpy(&bits, bytes.data() + i * sizeof bits, sizeof bits);
      if ((bits & exponent) == exponent) return static_cast<std::int64_t>(i);
    }
  }
  return -1;
}

std::int64_t first_bad_block(std::span<const std::uint8_t> bytes, std::size_t block, std::size_t at,
                             std::int64_t elements) {
  for (std::size_t b = 0; b < bytes.size() / block; ++b)
    if ((load_half(bytes.data() + b * block + at) & 0x7c00U) == 0x7c00U) return static_cast<std::int64_t>(b) * elements;
  return -1;
}

void check_size(ElementType type, std::size_t bytes, std::size_t elements) {
  if (bytes != static_cast<std::size_t>(row_bytes(type, static_cast<std::int64_t>(elements))))
    throw std::invalid_argument("a row of " + std::string(name_of(type)) + " of another size than its elements take");
}

}  // namespace

void decode_row(ElementType type, std::span<const std::uint8_t> bytes, std::span<float> out) {
  check_size(type, bytes.size(), out.size());
  const std::uint8_t* from = bytes.data();
  switch (type) {
    case ElementType::F32:
      std::memcpy(out.data(), from, bytes.size());
      break;
    case ElementType::F16:
      for (std::size_t i = 0; i < out.size(); ++i) out[i] = f16_to_f32(load_half(from + 2 * i));
      break;
    case ElementType::BF16:
      for (std::size_t i = 0; i < out.size(); ++i) out[i] = bf16_to_f32(load_half(from + 2 * i));
      break;
    case ElementType::Q8_0:
      for (std::size_t b = 0; b < out.size() / kSmallElements; ++b)
        decode_q8(from + b * kQ8Bytes, out.data() + b * kSmallElements);
      break;
    case ElementType::Q4_0:
      for (std::size_t b = 0; b < out.size() / kSmallElements; ++b)
        decode_q4(from + b * kQ4Bytes, out.data() + b * kSmallElements);
      break;
    case ElementType::Q6_K:
      for (std::size_t b = 0; b < out.size() / kQ6Elements; ++b)
        decode_q6(from + b * kQ6Bytes, out.data() + b * kQ6Elements);
      break;
  }
}

void encode_row(ElementType type, std::span<const float> in, std::span<std::uint8_t> bytes) {
  check_size(type, bytes.size(), in.size());
  if (first_with_exponent<std::uint32_t>({reinterpret_cast<const std::uint8_t*>(in.data()), in.size_bytes()},
                                         0x7f800000U) >= 0)
    too_large(type);
  std::uint8_t* to = bytes.data();
  switch (type) {
    case ElementType::F32:
      std::memcpy(to, in.data(), bytes.size());
      break;
    case ElementType::F16:
      for (std::size_t i = 0; i < in.size(); ++i) store_half(to + 2 * i, f32_to_f16(in[i]));
      break;
    case ElementType::BF16:
      for (std::size_t i = 0; i < in.size(); ++i) store_half(to + 2 * i, f32_to_bf16(in[i]));
      break;
    case ElementType::Q8_0:
      for (std::size_t b = 0; b < in.size() / kSmallElements; ++b)
        encode_q8(in.data() + b * kSmallElements, to + b * kQ8Bytes);
      break;
    case ElementType::Q4_0:
      for (std::size_t b = 0; b < in.size() / kSmallElements; ++b)
        encode_q4(in.data() + b * kSmallElements, to + b * kQ4Bytes);
      break;
    case ElementType::Q6_K:
      for (std::size_t b = 0; b < in.size() / kQ6Elements; ++b)
        encode_q6(in.data() + b * kQ6Elements, to + b * kQ6Bytes);
      break;
  }
  if (first_not_finite(type, bytes) >= 0) too_large(type);
}

std::int64_t first_not_finite(ElementType type, std::span<const std::uint8_t> bytes) {
  switch (type) {
    case ElementType::F32:
      return first_with_exponent<std::uint32_t>(bytes, 0x7f800000U);
    case ElementType::F16:
      return first_with_exponent<std::uint16_t>(bytes, 0x7c00U);
    case ElementType::BF16:
      return first_with_exponent<std::uint16_t>(bytes, 0x7f80U);
    case ElementType::Q8_0:
      return first_bad_block(bytes, kQ8Bytes, 0, kSmallElements);
    case ElementType::Q4_0:
      return first_bad_block(bytes, kQ4Bytes, 0, kSmallElements);
    case ElementType::Q6_K:
      return first_bad_block(bytes, kQ6Bytes, kQ6D, kQ6Elements);
  }
  throw std::invalid_argument("no such element type");
}

}  // namespace ternsim::model
