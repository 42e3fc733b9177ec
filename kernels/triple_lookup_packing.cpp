#include "kernels/triple_lookup_packing.h"

#include <algorithm>
#include <cstring>

#include "kernels/isa_bodies.h"
#include "kernels/row_codes.h"
#include "kernels/scratch.h"
#include "kernels/thread_pool.h"
#include "kernels/triple_lookup_bodies.h"

namespace ternsim::kernels {

namespace {

constexpr std::int64_t kTileRows = 32;
constexpr std::int64_t kBlockTriples = 16;
constexpr std::int64_t kBlockCols = 3 * kBlockTriples;
constexpr std::int64_t kBlockBytes = 320;
constexpr std::int64_t kBlockTableBytes = 512;
/// Up to here a pass over the packed bytes a token is quicker than turning the rows into two-bit ones.
constexpr std::int64_t kFewTokens = 8;

/// The weights whose 9 w0 + 3 w1 + w2 is n.
struct Triple {
  std::int16_t w[3];
};
constexpr Triple triple_of(int n) {
  const int w0 = (n + 13) / 9 - 1;
  const int rest = n - 9 * w0;
  const int w1 = (rest + 4) / 3 - 1;
  return {{static_cast<std::int16_t>(w0), static_cast<std::int16_t>(w1), static_cast<std::int16_t>(rest - 3 * w1)}};
}

constexpr IsaBodies<TripleLookupBody> kBodies = {
    .scalar = triple_lookup_scalar,
#ifdef TERNSIM_HAS_AVX512
    .avx2 = triple_lookup_avx2,
    .avx512 = triple_lookup_avx512,
#endif
#ifdef TERNSIM_HAS_NEON
    .neon = triple_lookup_neon,
#endif
};

std::int64_t tile_bytes(std::int64_t cols) { return triple_lookup_blocks(cols) * kBlockBytes; }

RepackedTernary repack_triples(const PackedTernary& weights, WeightArena* arena) {
  const std::int64_t cols = weights.cols();
  const std::int64_t blocks = triple_lookup_blocks(cols);
  const std::int64_t tiles = (weights.rows() + kTileRows - 1) / kTileRows;
  const auto size = static_cast<std::size_t>(tiles * tile_bytes(cols));
  // Zeroed: magnitude 0 is three weights 0.
  std::shared_ptr<std::uint8_t[]> bytes = arena != nullptr ? arena->allocate(size) : allocate_aligned(size);
  const std::int64_t padded = std::max(weights.padded_cols(), blocks * kBlockCols);
  std::uint8_t* const codes = thread_scratch(Scratch::Rows, static_cast<std::size_t>(padded));
  std::memset(codes, 1, static_cast<std::size_t>(padded));
  for (std::int64_t r = 0; r < weights.rows(); ++r) {
    unpack_codes(weights.row(r).data(), weights.padded_cols() / PackedTernary::kBlockWeights, codes);
    std::uint8_t* block = bytes.get() + r / kTileRows * tile_bytes(cols) + r % 16;
    const auto half = static_cast<int>(r % kTileRows / 16);
    const std::uint8_t* c = codes;
    for (std::int64_t b = 0; b < blocks; ++b, block += kBlockBytes) {
      for (int t = 0; t < kBlockTriples; ++t, c += 3) {
        const int n = 9 * c[0] + 3 * c[1] + c[2] - 13;  // codes are weights + 1
        const int j = t / 4;
        const int at = t % 4 * 16;
        block[64 + 64 * j + at] |= static_cast<std::uint8_t>((n < 0 ? -n : n) << (4 * half));
        block[at] |= static_cast<std::uint8_t>((n < 0 ? 1 : 0) << (2 * j + half));
      }
    }
  }
  return {Packing::TripleLookup, weights.rows(), cols, std::move(bytes), size};
}

/// Three codes by sign (bit 4) and magnitude, and one of weight 0 so that an entry can be copied whole.
struct TripleCodes {
  std::uint8_t codes[32][4];
};
constexpr TripleCodes make_codes() {
  TripleCodes table{};
  for (int n = -13; n <= 13; ++n) {
    const int index = n < 0 ? 16 - n : n;
    for (int i = 0; i < 3; ++i) table.codes[index][i] = static_cast<std::uint8_t>(triple_of(n).w[i] + 1);
    table.codes[index][3] = 1;
  }
  return table;
}
constexpr TripleCodes kCodes = make_codes();

/// Of one block: the codes of the tile's 32 rows. Triples come in ascending order, so that each overwrites the fourth
/// code of the one before; a row's last one leaves weight 0 behind itself.
void decode_block(const std::uint8_t* block, std::uint8_t* codes, std::int64_t stride) {
  for (int j = 0; j < 4; ++j) {
    for (int at = 0; at < 64; ++at) {
      const int magnitudes = block[64 + 64 * j + at];
      const int signs = block[at] >> (2 * j);
      std::uint8_t* const to = codes + at % 16 * stride + 3 * (4 * j + at / 16);
      std::memcpy(to, kCodes.codes[(magnitudes & 15) | (signs & 1) << 4], 4);
      std::memcpy(to + 16 * stride, kCodes.codes[magnitudes >> 4 | (signs & 2) << 3], 4);
    }
  }
}

void two_bit_rows_of_triples(const RepackedTernary& weights, std::int64_t begin, std::int64_t end, std::uint8_t* out) {
  // Eight blocks are three two-bit blocks, and their codes of 32 rows stay in the first cache. A code is written past
  // the last triple.
  constexpr std::int64_t kPieceBlocks = 8;
  constexpr std::int64_t kPieceTwoBit = 3;
  constexpr std::int64_t kStride = kPieceBlocks * kBlockCols + 16;
  static_assert(kPieceBlocks * kBlockCols == kPieceTwoBit * PackedTernary::kBlockWeights);
  const std::int64_t cols = weights.cols();
  const std::int64_t blocks = triple_lookup_blocks(cols);
  const std::int64_t two_bit_blocks = (cols + PackedTernary::kBlockWeights - 1) / PackedTernary::kBlockWeights;
  const std::int64_t row_bytes = two_bit_blocks * PackedTernary::kBlockBytes;
  std::uint8_t codes[kTileRows * kStride];
  for (std::int64_t tile = begin / kTileRows; tile * kTileRows < end; ++tile) {
    const std::uint8_t* const tile_blocks = weights.bytes().data() + tile * tile_bytes(cols);
    const std::int64_t first = std::max(begin, tile * kTileRows);
    const std::int64_t last = std::min(end, (tile + 1) * kTileRows);
    for (std::int64_t piece = 0; piece * kPieceBlocks < blocks; ++piece) {
      const std::int64_t count = std::min(kPieceBlocks, blocks - piece * kPieceBlocks);
      // Columns beyond the matrix are of weight 0 in both packings, whichever has more of them.
      if (count < kPieceBlocks) std::memset(codes, 1, sizeof codes);
      for (std::int64_t b = 0; b < count; ++b) {
        decode_block(tile_blocks + (piece * kPieceBlocks + b) * kBlockBytes, codes + b * kBlockCols, kStride);
      }
      const std::int64_t two_bit_begin = piece * kPieceTwoBit;
      const std::int64_t two_bit_count = std::min(kPieceTwoBit, two_bit_blocks - two_bit_begin);
      for (std::int64_t r = first; r < last; ++r) {
        pack_codes(codes + r % kTileRows * kStride, two_bit_count,
                   out + (r - begin) * row_bytes + two_bit_begin * PackedTernary::kBlockBytes);
      }
    }
  }
}

/// The sums of the magnitudes 0 to 13 of each triple, entries 14 and 15 unused.
void build_tables(const std::int8_t* activations, std::int64_t cols, std::uint8_t* tables) {
  const std::int64_t triples = triple_lookup_blocks(cols) * kBlockTriples;
  std::int16_t w[3][16] = {};
  for (int n = 0; n < 14; ++n) {
    for (int i = 0; i < 3; ++i) w[i][n] = triple_of(n).w[i];
  }
  for (std::int64_t t = 0; t < triples; ++t) {
    std::int16_t a[3];
    for (int i = 0; i < 3; ++i) a[i] = 3 * t + i < cols ? activations[3 * t + i] : std::int8_t{0};
    std::uint8_t* const low = tables + t / 4 * 128 + t % 4 * 16;
    std::uint8_t* const high = low + 64;
    for (int n = 0; n < 16; ++n) {
      const auto sum = static_cast<std::int16_t>(a[0] * w[0][n] + a[1] * w[1][n] + a[2] * w[2][n]);
      // The nearest multiple of 255; sums stay within 384.
      const auto multiple = static_cast<std::int16_t>((sum > 127) + (sum > 382) - (sum < -127) - (sum < -382));
      low[n] = static_cast<std::uint8_t>(sum - kTripleRadix * multiple + kTripleBias);
      high[n] = static_cast<std::uint8_t>(multiple);
    }
  }
}

void multiply_triples(const RepackedTernary& weights, std::span<const std::int8_t> activations, std::int64_t tokens,
                      std::span<std::int32_t> sums, Isa isa, ThreadPool* pool) {
  if (tokens > kFewTokens) {
    multiply_as_two_bit(kTripleLookup, weights, activations, tokens, sums, isa, pool);
    return;
  }
  const TripleLookupBody body = kBodies.of(isa);
  const std::int64_t blocks = triple_lookup_blocks(weights.cols());
  const std::int64_t tiles = (weights.rows() + kTileRows - 1) / kTileRows;
  std::uint8_t* const tables =
      thread_scratch(Scratch::Activations, static_cast<std::size_t>(blocks * kBlockTableBytes));
  for (std::int64_t t = 0; t < tokens; ++t) {
    build_tables(activations.data() + t * weights.cols(), weights.cols(), tables);
    const TripleLookupArguments arguments{weights.bytes().data(),          blocks, weights.rows(), 0, tiles, tables,
                                          sums.data() + t * weights.rows()};
    if (pool == nullptr) {
      body(arguments);
      continue;
    }
    pool->parallel_for(tiles, 1, [&](std::int64_t begin, std::int64_t end) {
      TripleLookupArguments share = arguments;
      share.tile_begin = begin;
      share.tile_end = end;
      body(share);
    });
  }
}

std::uint64_t bytes_read_of_triples(const RepackedTernary& weights, std::span<const std::int8_t>) {
  return weights.bytes().size();
}

}  // namespace

constexpr PackingBody kTripleLookup = {repack_triples, two_bit_rows_of_triples, multiply_triples,
                                       bytes_read_of_triples};

std::int64_t triple_lookup_blocks(std::int64_t cols) { return (cols + kBlockCols - 1) / kBlockCols; }

}  // namespace ternsim::kernels
