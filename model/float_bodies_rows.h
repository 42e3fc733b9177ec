#pragma once

// Compiled with float_bodies_source.h: widening of half-width floats, and rows of floats by one token.
#include "kernels/read_ahead.h"
#include "model/float_bodies_source.h"

namespace ternsim::model {

namespace {

typedef std::uint16_t H __attribute__((vector_size(2 * kWidth)));
typedef std::uint32_t U __attribute__((vector_size(4 * kWidth)));

/// Rows in flight: measured on 2560-wide rows in 2 MiB pages.
constexpr std::int64_t kRowsAtOnce = 2;

/// A type's bytes and how kWidth of its elements widen. The last elements of a row go through a padded vector.
struct WidenF32 {
  static constexpr std::size_t kBytes = 4;
  static V vector(const std::uint8_t* p) { return load<V>(p); }
};

struct WidenBf16 {
  static constexpr std::size_t kBytes = 2;
  static V vector(const std::uint8_t* p) {
#if defined(__AVX512F__)
    const U h = (U)_mm512_maskz_cvtepu16_epi32(0xffff, load<__m256i>(p));
#elif defined(__AVX2__)
    const U h = (U)_mm256_cvtepu16_epi32(load<__m128i>(p));
#else
    const U h = __builtin_convertvector(load<H>(p), U);
#endif
    return (V)(h << 16);
  }
};

struct WidenF16 {
  static constexpr std::size_t kBytes = 2;
  static V vector(const std::uint8_t* p) {
#if defined(__AVX512F__)
    return (V)_mm512_maskz_cvtph_ps(0xffff, load<__m256i>(p));  // the plain one starts from undefined lanes, warned of
#elif defined(__AVX2__)
    return (V)_mm256_cvtph_ps(load<__m128i>(p));
#else
    // As f16_to_f32 of half.h, whose header is not for these files.
    const U h = __builtin_convertvector(load<H>(p), U);
    const U magnitude = h & 0x7fffU;
    const V subnormal = __builtin_convertvector((I)magnitude, V) * 0x1p-24F;
    const U rebias = magnitude >= 0x7c00U ? U{} + (224U << 23) : U{} + (112U << 23);
    const U bits = (magnitude < 0x0400U ? (U)subnormal : (magnitude << 13) + rebias) | (h & 0x8000U) << 16;
    return (V)bits;
#endif
  }
};

/// The first n < kWidth elements; the others are zero.
template <typename Widen>
inline V widen_some(const std::uint8_t* p, std::size_t n) {
  std::uint8_t bytes[kWidth * Widen::kBytes] = {};
  __builtin_memcpy(bytes, p, n * Widen::kBytes);
  return Widen::vector(bytes);
}

/// The first n <= 16 half-width numbers, the others zero: once a row of a head, so without the memory that the above
/// goes through.
inline void widen_lanes(const std::uint8_t* p, std::size_t n, V (&lanes)[kParts]) {
#if defined(__AVX512F__)
  const auto mask = static_cast<__mmask16>((1U << n) - 1U);
  lanes[0] = (V)_mm512_maskz_cvtph_ps(0xffff, _mm256_maskz_loadu_epi16(mask, p));
#else
  std::uint8_t bytes[2 * kLanes] = {};
  for (std::size_t i = 0; i < n; ++i) __builtin_memcpy(bytes + 2 * i, p + 2 * i, 2);
  for (std::size_t i = 0; i < kParts; ++i) lanes[i] = WidenF16::vector(bytes + 2 * kWidth * i);
#endif
}

template <typename Widen>
inline void widen(const std::uint8_t* p, float* y, std::size_t n) {
  std::size_t k = 0;
  for (; k + kWidth <= n; k += kWidth) store(y + k, Widen::vector(p + k * Widen::kBytes));
  if (k == n) return;
  const V last = widen_some<Widen>(p + k * Widen::kBytes, n - k);
  __builtin_memcpy(y + k, &last, (n - k) * sizeof(float));
}
void widen_f16(const std::uint8_t* halves, float* y, std::size_t n) { widen<WidenF16>(halves, y, n); }
void widen_bf16(const std::uint8_t* halves, float* y, std::size_t n) { widen<WidenBf16>(halves, y, n); }

/// kRows rows at once: one row's sum is a chain of additions that alone would be slower than memory.
template <typename Widen, std::size_t kRows>
inline void some_rows(const RowsArguments& a, std::int64_t first, kernels::ReadAhead read_ahead) {
  V p[kRows][kParts] = {};
  const std::uint8_t* row = a.rows + first * a.row_bytes;
  std::size_t k = 0;
  for (; k + kLanes <= a.cols; k += kLanes) {
    for (std::size_t i = 0; i < kParts; ++i) {
      const V x = load<V>(a.x + k + i * kWidth);
      for (std::size_t r = 0; r < kRows; ++r) {
        const std::uint8_t* at = row + static_cast<std::int64_t>(r) * a.row_bytes + (k + i * kWidth) * Widen::kBytes;
        p[r][i] += Widen::vector(at) * x;
      }
    }
    for (std::size_t r = 0; r < kRows; ++r) {
      read_ahead(row + static_cast<std::int64_t>(r) * a.row_bytes + k * Widen::kBytes);
    }
  }
  for (std::size_t r = 0; r < kRows; ++r) {
    float rest[kLanes];
    widen<Widen>(row + static_cast<std::int64_t>(r) * a.row_bytes + k * Widen::kBytes, rest, a.cols - k);
    a.y[first + static_cast<std::int64_t>(r)] =
        finish(p[r], a.cols - k, [&](std::size_t j) { return rest[j] * a.x[k + j]; });
  }
}

template <typename Widen>
inline void all_rows(const RowsArguments& a) {
  const kernels::ReadAhead read_ahead = kernels::read_ahead_of(1);
  std::int64_t r = 0;
  for (; r + kRowsAtOnce <= a.count; r += kRowsAtOnce) some_rows<Widen, kRowsAtOnce>(a, r, read_ahead);
  for (; r < a.count; ++r) some_rows<Widen, 1>(a, r, read_ahead);
}
void rows_f32(const RowsArguments& a) { all_rows<WidenF32>(a); }
void rows_f16(const RowsArguments& a) { all_rows<WidenF16>(a); }
void rows_bf16(const RowsArguments& a) { all_rows<WidenBf16>(a); }

}  // namespace

}  // namespace ternsim::model
