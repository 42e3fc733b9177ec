#include "kernels/base3_packing.h"

#include <algorithm>
#include <cstring>

#include "kernels/base3_bodies.h"
#include "kernels/isa_bodies.h"
#include "kernels/row_codes.h"
#include "kernels/scratch.h"
#include "kernels/thread_pool.h"

namespace ternsim::kernels {

namespace {

constexpr std::int64_t kBlockBytes = 64;
constexpr std::int64_t kHalfBytes = 32;
/// Up to here a pass over the packed bytes a token is quicker than turning the rows into two-bit ones.
constexpr std::int64_t kFewTokens = 8;
/// Rows of a share are cut here, so that a cache line of sums has one writer.
constexpr std::int64_t kRowGrain = 16;

constexpr std::uint8_t encode(int t0, int t1, int t2, int t3, int t4) {
  const int p = 3 * t0 + t1;
  const int q = 3 * t2 + t3;
  if (p < 8 && q < 8) return static_cast<std::uint8_t>(t4 << 6 | p << 3 | q);
  if (q < 8) return static_cast<std::uint8_t>(0xc0 | t4 << 4 | q);
  if (p < 8) return static_cast<std::uint8_t>(0xc0 | t4 << 4 | 8 | p);
  return static_cast<std::uint8_t>(0xf0 | t4);
}

constexpr Base3Tables make_tables() {
  Base3Tables tables{};
  for (int n = 0; n < 243; ++n) {
    const int t0 = n % 3, t1 = n / 3 % 3, t2 = n / 9 % 3, t3 = n / 27 % 3, t4 = n / 81;
    const std::uint8_t byte = encode(t0, t1, t2, t3, t4);
    tables.fields[byte] = static_cast<std::uint8_t>(t0 << 6 | t1 << 4 | t2 << 2 | t3);
    tables.fifth[byte] = static_cast<std::uint8_t>(t4 << 6);
  }
  return tables;
}

constexpr IsaBodies<Base3Body> kBodies = {
    .scalar = base3_scalar,
#ifdef TERNSIM_HAS_AVX512
    .avx2 = base3_avx2,
    .avx512 = base3_avx512,
#endif
#ifdef TERNSIM_HAS_NEON
    .neon = base3_neon,
    .neon_dot = base3_neon_dot,
#endif
};

Base3Body body_of(Isa isa) {
  const Base3Body body = kBodies.of(isa);
#ifdef TERNSIM_HAS_AVX512
  // The byte permutes are an extension of their own (VBMI), which the first CPUs with VNNI lack.
  if (body == base3_avx512 && !__builtin_cpu_supports("avx512vbmi")) return base3_avx2;
#endif
  return body;
}

RepackedTernary repack_base3(const PackedTernary& weights, WeightArena* arena) {
  const std::int64_t row_bytes = base3_row_bytes(weights.cols());
  const auto size = static_cast<std::size_t>(weights.rows() * row_bytes);
  std::shared_ptr<std::uint8_t[]> bytes = arena != nullptr ? arena->allocate(size) : allocate_aligned(size);
  const auto padded = static_cast<std::size_t>(std::max(5 * row_bytes, weights.padded_cols()));
  std::uint8_t* const codes = thread_scratch(Scratch::Rows, padded);
  for (std::int64_t r = 0; r < weights.rows(); ++r) {
    std::memset(codes, 1, padded);
    unpack_codes(weights.row(r).data(), weights.padded_cols() / PackedTernary::kBlockWeights, codes);
    std::uint8_t* const out = bytes.get() + r * row_bytes;
    for (std::int64_t at = 0; at < row_bytes; at += kBlockBytes) {
      const std::int64_t lanes = std::min(kBlockBytes, row_bytes - at);
      const std::uint8_t* c = codes + 5 * at;
      for (std::int64_t p = 0; p < lanes; ++p, ++c) {
        out[at + p] = encode(c[0], c[lanes], c[2 * lanes], c[3 * lanes], c[4 * lanes]);
      }
    }
  }
  return {Packing::Base3, weights.rows(), weights.cols(), std::move(bytes), size};
}

void rows_by(Base3Decoder decode, const RepackedTernary& weights, std::int64_t begin, std::int64_t end,
             std::uint8_t* out) {
  const std::int64_t row_bytes = base3_row_bytes(weights.cols());
  const std::int64_t blocks = (weights.cols() + PackedTernary::kBlockWeights - 1) / PackedTernary::kBlockWeights;
  const std::int64_t padded = blocks * PackedTernary::kBlockWeights;
  // A decoder writes whole blocks of its own; what a last two-bit block has beyond them is weight 0.
  std::uint8_t* const codes =
      thread_scratch(Scratch::Inputs, static_cast<std::size_t>(std::max(5 * row_bytes, padded) + 320));
  std::memset(codes + 5 * row_bytes, 1, static_cast<std::size_t>(std::max<std::int64_t>(0, padded - 5 * row_bytes)));
  for (std::int64_t r = begin; r < end; ++r) {
    decode(weights.bytes().data() + r * row_bytes, row_bytes, codes);
    pack_codes(codes, blocks, out);
    out += blocks * PackedTernary::kBlockBytes;
  }
}

void two_bit_rows_base3(const RepackedTernary& weights, std::int64_t begin, std::int64_t end, std::uint8_t* out) {
  rows_by(base3_decode_scalar, weights, begin, end, out);
}

#ifdef TERNSIM_HAS_AVX512
void two_bit_rows_base3_avx512(const RepackedTernary& weights, std::int64_t begin, std::int64_t end,
                               std::uint8_t* out) {
  rows_by(base3_decode_avx512, weights, begin, end, out);
}
constexpr PackingBody kRowsByAvx512 = {nullptr, two_bit_rows_base3_avx512, nullptr, nullptr};
#endif

void multiply_base3(const RepackedTernary& weights, std::span<const std::int8_t> activations, std::int64_t tokens,
                    std::span<std::int32_t> sums, Isa isa, ThreadPool* pool) {
  const Base3Body body = body_of(isa);
  if (tokens > kFewTokens) {
    const PackingBody* rows = &kBase3;
#ifdef TERNSIM_HAS_AVX512
    if (body == base3_avx512) rows = &kRowsByAvx512;
#endif
    multiply_as_two_bit(*rows, weights, activations, tokens, sums, isa, pool);
    return;
  }
  const std::int64_t cols = weights.cols();
  const std::int64_t row_bytes = base3_row_bytes(cols);
  auto* const padded =
      reinterpret_cast<std::int8_t*>(thread_scratch(Scratch::Activations, static_cast<std::size_t>(5 * row_bytes)));
  std::memset(padded + cols, 0, static_cast<std::size_t>(5 * row_bytes - cols));
  for (std::int64_t t = 0; t < tokens; ++t) {
    const std::span<const std::int8_t> token = activations.subspan(t * cols, cols);
    std::int32_t token_sum = 0;
    for (const std::int8_t a : token) token_sum += a;
    std::memcpy(padded, token.data(), token.size());
    const Base3Arguments arguments{weights.bytes().data(),          row_bytes, 0, weights.rows(), padded, token_sum,
                                   sums.data() + t * weights.rows()};
    if (pool == nullptr) {
      body(arguments);
      continue;
    }
    pool->parallel_for(weights.rows(), kRowGrain, [&](std::int64_t begin, std::int64_t end) {
      Base3Arguments share = arguments;
      share.begin = begin;
      share.end = end;
      body(share);
    });
  }
}

std::uint64_t bytes_read_base3(const RepackedTernary& weights, std::span<const std::int8_t>) {
  return weights.bytes().size();
}

}  // namespace

constexpr Base3Tables kBase3Tables = make_tables();
constexpr PackingBody kBase3 = {repack_base3, two_bit_rows_base3, multiply_base3, bytes_read_base3};

std::int64_t base3_row_bytes(std::int64_t cols) { return (cols + 5 * kHalfBytes - 1) / (5 * kHalfBytes) * kHalfBytes; }

std::uint8_t base3_byte(int t0, int t1, int t2, int t3, int t4) { return encode(t0, t1, t2, t3, t4); }

}  // namespace ternsim::kernels
