#pragma once

// Compiled with float_bodies_source.h: rows of a quantised LM head by one token's int8 activations. quantised_head.h
// has the layout and the order of the float operations.
#include "kernels/read_ahead.h"
#include "model/float_bodies_rows.h"

namespace ternsim::model {

namespace {

/// Sixteen int32 or float32, one for each lane of a tile.
struct IntLanes {
  I part[kParts];
};
struct FloatLanes {
  V part[kParts];
};

template <typename P>
inline IntLanes load_ints(const P* p) {
  IntLanes v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}

/// The compiler would rather read memory again than keep what it has read: rows lie across cache lines, where a read
/// costs two.
inline I once(I v) {
#if defined(__AVX512F__)
  __asm__("" : "+v"(v));
#elif defined(__AVX2__)
  __asm__("" : "+x"(v));
#endif
  return v;
}

/// Adds unsigned bytes by signed ones, four products a lane. kWide: the bytes exceed 127, and AVX2 takes their offset
/// of 128 off (kCentres).
template <bool kWide>
inline void accumulate(IntLanes& sum, const IntLanes& weights, const std::int8_t* activations) {
  for (std::size_t i = 0; i < kParts; ++i) {
#if defined(__AVX512VNNI__)
    sum.part[i] =
        (I)_mm512_dpbusd_epi32((__m512i)sum.part[i], (__m512i)weights.part[i], load<__m512i>(activations + 64 * i));
#elif defined(__AVX2__)
    __m256i w = (__m256i)weights.part[i];
    __m256i a = load<__m256i>(activations + 32 * i);
    if constexpr (kWide) {
      // 255 * 127 twice would not fit 16 bits; |w - 128| <= 128 does, with its sign on the activation.
      const __m256i centred = _mm256_xor_si256(w, _mm256_set1_epi8(-128));
      w = _mm256_abs_epi8(centred);
      a = _mm256_sign_epi8(a, centred);
    }
    const __m256i pairs = _mm256_maddubs_epi16(w, a);
    sum.part[i] += (I)_mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
#else
    const std::int8_t* a = activations + 4 * kWidth * i;
    std::uint8_t w[4 * kWidth];
    __builtin_memcpy(w, &weights.part[i], sizeof w);
    for (std::size_t j = 0; j < kWidth; ++j) {
      sum.part[i][j] += (w[4 * j] * a[4 * j] + w[4 * j + 1] * a[4 * j + 1]) +
                        (w[4 * j + 2] * a[4 * j + 2] + w[4 * j + 3] * a[4 * j + 3]);
    }
#endif
  }
}

#if defined(__AVX2__) && !defined(__AVX512VNNI__)
constexpr bool kCentres = true;
#else
constexpr bool kCentres = false;
#endif

/// One tile's sums, the offset of the unsigned weights taken off.
struct Q8Tile {
  static constexpr std::int64_t kBytes = 512;
  static constexpr std::int64_t kSteps = 8;
  static IntLanes sums(const std::uint8_t* tile, const std::int8_t* activations, const std::int32_t* corrections) {
    IntLanes sum = {};
    if constexpr (!kCentres) sum = load_ints(corrections);
    for (std::int64_t step = 0; step < kSteps; ++step) {
      accumulate<true>(sum, load_ints(tile + 64 * step), activations + 64 * step);
    }
    return sum;
  }
};

struct Q4Tile {
  static constexpr std::int64_t kBytes = 256;
  static constexpr std::int64_t kSteps = 8;
  static IntLanes sums(const std::uint8_t* tile, const std::int8_t* activations, const std::int32_t* corrections) {
    IntLanes sum = load_ints(corrections);
    for (std::int64_t step = 0; step < 4; ++step) {
      const IntLanes both = load_ints(tile + 64 * step);
      IntLanes low, high;
      for (std::size_t i = 0; i < kParts; ++i) {
        const I v = once(both.part[i]);
        low.part[i] = v & 0x0f0f0f0f;
        high.part[i] = (v >> 4) & 0x0f0f0f0f;
      }
      accumulate<false>(sum, low, activations + 64 * step);
      accumulate<false>(sum, high, activations + 64 * (step + 4));
    }
    return sum;
  }
};

struct Q6Tile {
  static constexpr std::int64_t kBytes = 192;
  static IntLanes sums(const std::uint8_t* tile, const std::int8_t* activations, const std::int32_t* corrections) {
    constexpr std::int32_t kSix = 0x3f3f3f3f;
    const IntLanes lines[3] = {load_ints(tile), load_ints(tile + 64), load_ints(tile + 128)};
    IntLanes u[4];
    for (std::size_t i = 0; i < kParts; ++i) {
      const I a = once(lines[0].part[i]);
      const I b = once(lines[1].part[i]);
      const I c = once(lines[2].part[i]);
      u[0].part[i] = a & kSix;
      u[1].part[i] = b & kSix;
      u[2].part[i] = c & kSix;
      u[3].part[i] = ((a >> 6) & 0x03030303) | ((b >> 4) & 0x0c0c0c0c) | ((c >> 2) & 0x30303030);
    }
    IntLanes sum = load_ints(corrections);
    for (std::int64_t step = 0; step < 4; ++step) accumulate<false>(sum, u[step], activations + 64 * step);
    return sum;
  }
};

inline I widen_bytes(const std::uint8_t* p) {
#if defined(__AVX512F__)
  return (I)_mm512_maskz_cvtepi8_epi32(0xffff, load<__m128i>(p));
#elif defined(__AVX2__)
  return (I)_mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
#else
  typedef std::int8_t B __attribute__((vector_size(kWidth)));
  return __builtin_convertvector(load<B>(p), I);
#endif
}

/// Bytes of a row that are asked for with each of its tiles, so that what lies behind the tiles is too.
inline std::int64_t share_of_tile(std::int64_t row_bytes, std::int64_t tiles) {
  return tiles > 0 ? (row_bytes + tiles - 1) / tiles : 0;
}
inline void ask_for(const std::uint8_t* at, std::int64_t bytes, kernels::ReadAhead read_ahead) {
  for (std::int64_t line = 0; line < bytes; line += 64) read_ahead(at + line);
}

/// Q8_0 and Q4_0: a half-width scale a lane.
template <typename Tile>
inline void head_by_lane_scales(const HeadArguments& a) {
  const std::int64_t whole = a.groups / 16;
  const std::int64_t rest = a.groups % 16;
  const std::int64_t lane_bytes = Tile::kBytes / 16;
  const std::int64_t share = share_of_tile(a.row_bytes, whole);
  const kernels::ReadAhead read_ahead = kernels::read_ahead_of(1);
  for (std::int64_t r = 0; r < a.count; ++r) {
    const std::uint8_t* row = a.rows + r * a.row_bytes;
    const std::uint8_t* scales = row + a.groups * lane_bytes;
    FloatLanes p = {};
    const auto one = [&](const std::uint8_t* weights, const std::uint8_t* halves, std::int64_t tile) {
      const IntLanes sums = Tile::sums(weights, a.activations + tile * 64 * Tile::kSteps, a.corrections + 16 * tile);
      for (std::size_t i = 0; i < kParts; ++i) {
        const V factor = WidenF16::vector(halves + 2 * kWidth * i) *
                         load<V>(a.inverse_scales + 16 * tile + static_cast<std::int64_t>(i * kWidth));
        p.part[i] += __builtin_convertvector(sums.part[i], V) * factor;
      }
    };
    for (std::int64_t tile = 0; tile < whole; ++tile) {
      const std::uint8_t* weights = row + tile * Tile::kBytes;
      ask_for(row + tile * share, share, read_ahead);
      one(weights, scales + 32 * tile, tile);
    }
    if (rest > 0) {  // the last tile has fewer lanes: spread it over sixteen, the others zero
      std::uint8_t weights[Tile::kBytes] = {};
      std::uint8_t halves[32] = {};
      const std::uint8_t* at = row + whole * Tile::kBytes;
      for (std::int64_t line = 0; line < Tile::kBytes / 64; ++line) {
        __builtin_memcpy(weights + 64 * line, at + 4 * rest * line, static_cast<std::size_t>(4 * rest));
      }
      __builtin_memcpy(halves, scales + 32 * whole, static_cast<std::size_t>(2 * rest));
      one(weights, halves, whole);
    }
    a.y[r] = fold(p.part);
  }
}
void head_q8_0(const HeadArguments& a) { head_by_lane_scales<Q8Tile>(a); }
void head_q4_0(const HeadArguments& a) { head_by_lane_scales<Q4Tile>(a); }

/// An int8 scale a lane and a half-width one a tile.
void head_q6_k(const HeadArguments& a) {
  const std::int64_t tiles = a.groups / 16;
  const std::int64_t share = share_of_tile(a.row_bytes, tiles);
  const kernels::ReadAhead read_ahead = kernels::read_ahead_of(1);
  for (std::int64_t r = 0; r < a.count; ++r) {
    const std::uint8_t* row = a.rows + r * a.row_bytes;
    const std::uint8_t* scales = row + tiles * Q6Tile::kBytes;
    const std::uint8_t* halves = scales + tiles * 16;
    FloatLanes p = {};
    for (std::int64_t first = 0; first < tiles; first += kLanes) {
      const std::size_t count = static_cast<std::size_t>(tiles - first < 16 ? tiles - first : 16);
      float factors[kLanes];
      V lanes[kParts];
      widen_lanes(halves + 2 * first, count, lanes);
      for (std::size_t i = 0; i < kParts; ++i) {
        store(factors + i * kWidth, lanes[i] * load<V>(a.inverse_scales + first + i * kWidth));
      }
      for (std::size_t j = 0; j < count; ++j) {
        const std::int64_t tile = first + static_cast<std::int64_t>(j);
        const std::uint8_t* weights = row + tile * Q6Tile::kBytes;
        ask_for(row + tile * share, share, read_ahead);
        const IntLanes sums = Q6Tile::sums(weights, a.activations + 256 * tile, a.corrections + 16 * tile);
        for (std::size_t i = 0; i < kParts; ++i) {
          const I scaled = sums.part[i] * widen_bytes(scales + 16 * tile + static_cast<std::int64_t>(i * kWidth));
          p.part[i] += __builtin_convertvector(scaled, V) * factors[j];
        }
      }
    }
    a.y[r] = fold(p.part);
  }
}

}  // namespace

}  // namespace ternsim::model
