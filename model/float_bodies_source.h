#pragma once

// The float32 bodies' source, compiled once for each instruction set (float_bodies_scalar.cpp and its like). Vectors
// are those of GCC and Clang, kWidth floats wide; elementwise operations and the fixed order of `tree` give the same
// bits at any width. Nothing here may pull in a standard header with inline code, which the linker could pick for files
// compiled for lesser machines.
#if defined(__AVX2__)
#include <immintrin.h>
#endif

#include "model/float_bodies.h"

namespace ternsim::model {

namespace {

#if defined(__AVX512F__)
constexpr std::size_t kWidth = 16;
#elif defined(__AVX2__)
constexpr std::size_t kWidth = 8;
#else
constexpr std::size_t kWidth = 4;
#endif
constexpr std::size_t kLanes = 16;               ///< of `tree`
constexpr std::size_t kParts = kLanes / kWidth;  ///< vectors that hold the partial sums
constexpr float kInfinity = __builtin_inff();

typedef float V __attribute__((vector_size(4 * kWidth)));
typedef std::int32_t I __attribute__((vector_size(4 * kWidth)));
typedef double D __attribute__((vector_size(4 * kWidth)));
typedef std::int64_t L __attribute__((vector_size(4 * kWidth)));
typedef float HalfV __attribute__((vector_size(2 * kWidth)));  ///< as many floats as D has doubles

template <typename T, typename P>
inline T load(const P* p) {
  T v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
template <typename T, typename P>
inline void store(P* p, const T& v) {
  __builtin_memcpy(p, &v, sizeof v);
}

/// The lower halves of the partial sums take the upper ones, for h = 8, 4, 2, 1.
inline float fold(const V (&p)[kParts]) {
  float s[kLanes];
  __builtin_memcpy(s, p, sizeof s);
  typedef float Four __attribute__((vector_size(16)));
  Four low = load<Four>(s) + load<Four>(s + 8);
  const Four high = load<Four>(s + 4) + load<Four>(s + 12);
  low += high;
  return (low[0] + low[2]) + (low[1] + low[3]);
}

/// Adds the last n < 16 terms, then folds.
template <typename Term>
inline float finish(V (&p)[kParts], std::size_t n, Term term) {
  if (n > 0) {
    float s[kLanes];
    __builtin_memcpy(s, p, sizeof s);
    for (std::size_t j = 0; j < n; ++j) s[j] += term(j);
    __builtin_memcpy(p, s, sizeof s);
  }
  return fold(p);
}

float tree_sum(const float* v, std::size_t n) {
  V p[kParts] = {};
  std::size_t k = 0;
  for (; k + kLanes <= n; k += kLanes) {
    for (std::size_t i = 0; i < kParts; ++i) p[i] += load<V>(v + k + i * kWidth);
  }
  return finish(p, n - k, [&](std::size_t j) { return v[k + j]; });
}

float tree_dot(const float* a, const float* b, std::size_t n) {
  V p[kParts] = {};
  std::size_t k = 0;
  for (; k + kLanes <= n; k += kLanes) {
    for (std::size_t i = 0; i < kParts; ++i) p[i] += load<V>(a + k + i * kWidth) * load<V>(b + k + i * kWidth);
  }
  return finish(p, n - k, [&](std::size_t j) { return a[k + j] * b[k + j]; });
}

/// On the bits: a maximum of floats may drop a NaN, and does so differently on different machines. Magnitudes of finite
/// floats order as their bits do.
std::uint32_t largest_magnitude(const float* v, std::size_t n) {
  constexpr std::int32_t kMagnitude = 0x7fffffff;
  I largest[4] = {};
  std::size_t k = 0;
  for (; k + 4 * kWidth <= n; k += 4 * kWidth) {
    for (std::size_t i = 0; i < 4; ++i) {
      const I m = load<I>(v + k + i * kWidth) & kMagnitude;
      largest[i] = m > largest[i] ? m : largest[i];
    }
  }
  std::int32_t result = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t j = 0; j < kWidth; ++j) result = largest[i][j] > result ? largest[i][j] : result;
  }
  for (; k < n; ++k) {
    std::int32_t m;
    __builtin_memcpy(&m, v + k, sizeof m);
    m &= kMagnitude;
    result = m > result ? m : result;
  }
  return static_cast<std::uint32_t>(result);
}

bool all_finite(const float* v, std::size_t n) { return largest_magnitude(v, n) < 0x7f800000U; }

/// op(i) for whole vectors, then for what is left: `op` takes an offset and loads and stores V, or float.
template <typename Op>
inline void elementwise(std::size_t n, Op op) {
  std::size_t k = 0;
  for (; k + kWidth <= n; k += kWidth) op(k, V{});
  for (; k < n; ++k) op(k, float{});
}

void scale_by_gain(const float* x, float r, const float* gain, float* y, std::size_t n) {
  elementwise(n, [=](std::size_t k, auto kind) {
    using T = decltype(kind);
    store(y + k, (load<T>(x + k) * r) * load<T>(gain + k));
  });
}

void add(const float* delta, float* x, std::size_t n) {
  elementwise(n, [=](std::size_t k, auto kind) {
    using T = decltype(kind);
    store(x + k, load<T>(x + k) + load<T>(delta + k));
  });
}

void quantise(const float* x, float s, std::int8_t* q, std::size_t n) {
  // Adding 1.5 * 2^23 leaves no fraction bits: the sum's rounding, half to even, is the one asked for, and its low bits
  // are the integer.
  constexpr float kShift = 0x1.8p23F;
  constexpr std::int32_t kShiftBits = 0x4b400000;
  std::size_t k = 0;
  for (; k + kWidth <= n; k += kWidth) {
    I i = (I)(load<V>(x + k) * s + kShift) - kShiftBits;
    i = i < -128 ? I{} - 128 : i;
    i = i > 127 ? I{} + 127 : i;
#if defined(__AVX512F__)
    store(q + k, _mm512_maskz_cvtepi32_epi8(0xffff, (__m512i)i));
#else
    typedef std::int8_t B __attribute__((vector_size(kWidth)));
    store(q + k, __builtin_convertvector(i, B));
#endif
  }
  for (; k < n; ++k) {
    const float rounded = (x[k] * s + kShift) - kShift;
    q[k] = static_cast<std::int8_t>(rounded < -128.0F ? -128.0F : (rounded > 127.0F ? 127.0F : rounded));
  }
}

bool dequantise(const std::int32_t* sums, float s, float scale, float* y, std::size_t n) {
  constexpr std::int32_t kExponent = 0x7f800000;
  std::size_t k = 0;
  I largest = {};  // exponents, of which that of an infinity or NaN is the largest
  for (; k + kWidth <= n; k += kWidth) {
    const V v = (__builtin_convertvector(load<I>(sums + k), V) / s) * scale;
    store(y + k, v);
    const I exponent = (I)v & kExponent;
    largest = exponent > largest ? exponent : largest;
  }
  bool finite = true;
  for (std::size_t j = 0; j < kWidth; ++j) finite &= largest[j] != kExponent;
  for (; k < n; ++k) {
    y[k] = (static_cast<float>(sums[k]) / s) * scale;
    std::int32_t bits;
    __builtin_memcpy(&bits, y + k, sizeof bits);
    finite &= (bits & kExponent) != kExponent;
  }
  return finite;
}

void squared_relu_gate(const float* g, const float* u, float* h, std::size_t n) {
  elementwise(n, [=](std::size_t k, auto kind) {
    using T = decltype(kind);
    const T a = load<T>(g + k);
    const T r = a < 0.0F ? T{} : a;  // a NaN stays
    store(h + k, (r * r) * load<T>(u + k));
  });
}

/// exp_f32 of numerics.cpp, operation for operation. Below -105 the result is +0 after rounding to float32; from there
/// on 2^n is a normal double and one product by it is exact, so the two steps of exp_f64 need not be repeated.
inline V exp_of(V x) {
  constexpr double kLog2E = 0x1.71547652b82fep+0;
  constexpr double kLn2High = 0x1.62e42feep-1;
  constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
  constexpr double kShift = 0x1.8p52;
  constexpr float kLargest = 0x1.62e42ep6F;
  constexpr float kSmallest = -105.0F;
  const V inside = x > kLargest ? V{} : (x < kSmallest ? V{} : (x != x ? V{} : x));
  HalfV halves[2];
  __builtin_memcpy(halves, &inside, sizeof halves);
  for (HalfV& half : halves) {
    const D d = __builtin_convertvector(half, D);
    const D shifted = d * kLog2E + kShift;
    const D n = shifted - kShift;
    const D r = (d - n * kLn2High) - n * kLn2Low;
    D p = D{} + 1.0 / 6227020800.0;
    p = p * r + 1.0 / 479001600.0;
    p = p * r + 1.0 / 39916800.0;
    p = p * r + 1.0 / 3628800.0;
    p = p * r + 1.0 / 362880.0;
    p = p * r + 1.0 / 40320.0;
    p = p * r + 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    p = p * r + 1.0;
    p = p * r + 1.0;
    // The low bits of `shifted` are n in two's complement; what stands above them leaves by the shift.
    half = __builtin_convertvector(p * (D)(((L)shifted + 1023) << 52), HalfV);
  }
  V y = load<V>(halves);
  y = x > kLargest ? V{} + kInfinity : y;
  y = x < kSmallest ? V{} : y;
  return x != x ? x : y;
}

/// y = op(x) through whole vectors; the last one is padded with zeros.
template <typename Op>
inline void by_vectors(const float* x, float* y, std::size_t n, Op op) {
  std::size_t k = 0;
  for (; k + kWidth <= n; k += kWidth) store(y + k, op(load<V>(x + k)));
  if (k == n) return;
  V last = {};
  __builtin_memcpy(&last, x + k, (n - k) * sizeof(float));
  last = op(last);
  __builtin_memcpy(y + k, &last, (n - k) * sizeof(float));
}

void exp(const float* x, float* y, std::size_t n) {
  by_vectors(x, y, n, [](V v) { return exp_of(v); });
}

void swiglu_gate(const float* g, const float* u, float* h, std::size_t n) {
  std::size_t k = 0;
  const auto gate = [](V a, V b) { return (a / (1.0F + exp_of(-a))) * b; };
  for (; k + kWidth <= n; k += kWidth) store(h + k, gate(load<V>(g + k), load<V>(u + k)));
  if (k == n) return;
  V a = {}, b = {};
  __builtin_memcpy(&a, g + k, (n - k) * sizeof(float));
  __builtin_memcpy(&b, u + k, (n - k) * sizeof(float));
  a = gate(a, b);
  __builtin_memcpy(h + k, &a, (n - k) * sizeof(float));
}

}  // namespace

}  // namespace ternsim::model
