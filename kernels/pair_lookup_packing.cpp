#include "kernels/pair_lookup_packing.h"

#include <algorithm>
#include <cstring>

#include "kernels/isa_bodies.h"
#include "kernels/pair_lookup_bodies.h"
#include "kernels/row_codes.h"
#include "kernels/scratch.h"
#include "kernels/thread_pool.h"

namespace ternsim::kernels {

namespace {

constexpr std::int64_t kTileRows = 32;
constexpr std::int64_t kPairBytes = 16;
constexpr std::int64_t kGroupPairs = 4;
constexpr std::int64_t kGroupTableBytes = 128;
/// Up to here a pass over the packed bytes a token is quicker than turning the rows into two-bit ones.
constexpr std::int64_t kFewTokens = 8;

constexpr IsaBodies<PairLookupBody> kBodies = {
    .scalar = pair_lookup_scalar,
#ifdef TERNSIM_HAS_AVX512
    .avx2 = pair_lookup_avx2,
    .avx512 = pair_lookup_avx512,
#endif
#ifdef TERNSIM_HAS_NEON
    .neon = pair_lookup_neon,
#endif
};

std::int64_t tile_bytes(std::int64_t cols) { return pair_lookup_groups(cols) * kGroupPairs * kPairBytes; }

RepackedTernary repack_pairs(const PackedTernary& weights, WeightArena* arena) {
  const std::int64_t cols = weights.cols();
  const std::int64_t tiles = (weights.rows() + kTileRows - 1) / kTileRows;
  const auto size = static_cast<std::size_t>(tiles * tile_bytes(cols));
  std::shared_ptr<std::uint8_t[]> bytes = arena != nullptr ? arena->allocate(size) : allocate_aligned(size);
  // Two-bit rows are padded further than pairs, with weight 0 too. Rows beyond the matrix have codes 1 for it.
  const std::int64_t padded = weights.padded_cols();
  std::uint8_t* const codes = thread_scratch(Scratch::Rows, static_cast<std::size_t>(2 * padded));
  const auto load = [&](std::int64_t r, std::uint8_t* to) {
    if (r < weights.rows()) {
      unpack_codes(weights.row(r).data(), padded / PackedTernary::kBlockWeights, to);
    } else {
      std::memset(to, 1, static_cast<std::size_t>(padded));
    }
  };
  const std::int64_t pairs = pair_lookup_groups(cols) * kGroupPairs;
  for (std::int64_t tile = 0; tile < tiles; ++tile) {
    for (std::int64_t i = 0; i < kPairBytes; ++i) {
      std::uint8_t* out = bytes.get() + tile * tile_bytes(cols) + i;
      const std::uint8_t* first = codes;
      const std::uint8_t* second = codes + padded;
      load(tile * kTileRows + i, codes);
      load(tile * kTileRows + kPairBytes + i, codes + padded);
      for (std::int64_t p = 0; p < pairs; ++p, first += 2, second += 2, out += kPairBytes) {
        *out = static_cast<std::uint8_t>(3 * first[0] + first[1] + 16 * (3 * second[0] + second[1]));
      }
    }
  }
  return {Packing::PairLookup, weights.rows(), cols, std::move(bytes), size};
}

/// Of a block of 64 pairs (or those left): the codes of the tile's 32 rows.
void decode_block(const std::uint8_t* pairs, std::int64_t count, std::uint8_t (&codes)[kTileRows][128]) {
  for (std::int64_t p = 0; p < count; ++p, pairs += kPairBytes) {
    for (int i = 0; i < kPairBytes; ++i) {
      const int first = pairs[i] & 15;
      const int second = pairs[i] >> 4;
      codes[i][2 * p] = static_cast<std::uint8_t>(first * 11 >> 5);  // first / 3
      codes[i][2 * p + 1] = static_cast<std::uint8_t>(first - 3 * (first * 11 >> 5));
      codes[i + 16][2 * p] = static_cast<std::uint8_t>(second * 11 >> 5);
      codes[i + 16][2 * p + 1] = static_cast<std::uint8_t>(second - 3 * (second * 11 >> 5));
    }
  }
}

void two_bit_rows_of_pairs(const RepackedTernary& weights, std::int64_t begin, std::int64_t end, std::uint8_t* out) {
  const std::int64_t cols = weights.cols();
  const std::int64_t pairs = pair_lookup_groups(cols) * kGroupPairs;
  const std::int64_t blocks = (cols + PackedTernary::kBlockWeights - 1) / PackedTernary::kBlockWeights;
  const std::int64_t row_bytes = blocks * PackedTernary::kBlockBytes;
  std::uint8_t codes[kTileRows][128];
  for (std::int64_t tile = begin / kTileRows; tile * kTileRows < end; ++tile) {
    const std::uint8_t* const tile_pairs = weights.bytes().data() + tile * tile_bytes(cols);
    const std::int64_t first = std::max(begin, tile * kTileRows);
    const std::int64_t last = std::min(end, (tile + 1) * kTileRows);
    for (std::int64_t b = 0; b < blocks; ++b) {
      const std::int64_t count = std::min<std::int64_t>(64, pairs - 64 * b);
      if (count < 64) std::memset(codes, 1, sizeof codes);
      decode_block(tile_pairs + 64 * b * kPairBytes, count, codes);
      for (std::int64_t r = first; r < last; ++r) {
        pack_codes(codes[r % kTileRows], 1, out + (r - begin) * row_bytes + b * PackedTernary::kBlockBytes);
      }
    }
  }
}

/// The nine sums of each pair plus kPairBias, entries 9 to 15 unused.
void build_tables(const std::int8_t* activations, std::int64_t cols, std::uint8_t* tables) {
  const std::int64_t pairs = pair_lookup_groups(cols) * kGroupPairs;
  std::int16_t w0[16] = {};
  std::int16_t w1[16] = {};
  for (int i = 0; i < 9; ++i) {
    w0[i] = static_cast<std::int16_t>(i / 3 - 1);
    w1[i] = static_cast<std::int16_t>(i % 3 - 1);
  }
  for (std::int64_t p = 0; p < pairs; ++p) {
    const std::int16_t a0 = 2 * p < cols ? activations[2 * p] : std::int8_t{0};
    const std::int16_t a1 = 2 * p + 1 < cols ? activations[2 * p + 1] : std::int8_t{0};
    std::uint8_t* const low = tables + p / kGroupPairs * kGroupTableBytes + p % kGroupPairs * 16;
    std::uint8_t* const high = low + 64;
    for (int i = 0; i < 16; ++i) {
      const auto sum = static_cast<std::int16_t>(a0 * w0[i] + a1 * w1[i] + kPairBias);
      low[i] = static_cast<std::uint8_t>(sum & 0xff);
      high[i] = static_cast<std::uint8_t>(sum >> 8);
    }
  }
}

void multiply_pairs(const RepackedTernary& weights, std::span<const std::int8_t> activations, std::int64_t tokens,
                    std::span<std::int32_t> sums, Isa isa, ThreadPool* pool) {
  if (tokens > kFewTokens) {
    multiply_as_two_bit(kPairLookup, weights, activations, tokens, sums, isa, pool);
    return;
  }
  const PairLookupBody body = kBodies.of(isa);
  const std::int64_t groups = pair_lookup_groups(weights.cols());
  const std::int64_t tiles = (weights.rows() + kTileRows - 1) / kTileRows;
  std::uint8_t* const tables =
      thread_scratch(Scratch::Activations, static_cast<std::size_t>(groups * kGroupTableBytes));
  for (std::int64_t t = 0; t < tokens; ++t) {
    build_tables(activations.data() + t * weights.cols(), weights.cols(), tables);
    const PairLookupArguments arguments{weights.bytes().data(),          groups, weights.rows(), 0, tiles, tables,
                                        sums.data() + t * weights.rows()};
    if (pool == nullptr) {
      body(arguments);
      continue;
    }
    pool->parallel_for(tiles, 1, [&](std::int64_t begin, std::int64_t end) {
      PairLookupArguments share = arguments;
      share.tile_begin = begin;
      share.tile_end = end;
      body(share);
    });
  }
}

std::uint64_t bytes_read_of_pairs(const RepackedTernary& weights, std::span<const std::int8_t>) {
  return weights.bytes().size();
}

}  // namespace

constexpr PackingBody kPairLookup = {repack_pairs, two_bit_rows_of_pairs, multiply_pairs, bytes_read_of_pairs};

std::int64_t pair_lookup_groups(std::int64_t cols) { return (cols + 2 * kGroupPairs - 1) / (2 * kGroupPairs); }

}  // namespace ternsim::kernels
