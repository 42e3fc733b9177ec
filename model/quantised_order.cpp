// The orders in which the bytes of a quantised row lie.
#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "model/quantised_head.h"

namespace ternsim::model {

namespace {

constexpr std::int64_t kLanes = 16;

std::uint32_t word(const std::uint8_t* p) {
  std::uint32_t w;
  std::memcpy(&w, p, sizeof w);
  return w;
}
void put(std::uint8_t* p, std::uint32_t w) { std::memcpy(p, &w, sizeof w); }

/// Q8_0 and Q4_0: file blocks of a scale and kWords words; word l of a group goes to line l. `flip` turns two's
/// complement bytes to offset 128 and back.
template <std::int64_t kWords, std::uint32_t kFlip, bool kToLanes>
void permute_words(std::int64_t groups, const std::uint8_t* row, std::uint8_t* out) {
  constexpr std::int64_t kBlock = 2 + 4 * kWords;
  const std::int64_t scales = 4 * kWords * groups;
  for (std::int64_t first = 0; first < groups; first += kLanes) {
    const std::int64_t lanes = std::min(kLanes, groups - first);
    const std::int64_t tile = 4 * kWords * first;
    for (std::int64_t j = 0; j < lanes; ++j) {
      const std::int64_t block = (first + j) * kBlock;
      const std::int64_t scale = scales + 2 * (first + j);
      if constexpr (kToLanes) {
        std::memcpy(out + scale, row + block, 2);
        for (std::int64_t l = 0; l < kWords; ++l) {
          put(out + tile + 4 * (lanes * l + j), word(row + block + 2 + 4 * l) ^ kFlip);
        }
      } else {
        std::memcpy(out + block, row + scale, 2);
        for (std::int64_t l = 0; l < kWords; ++l) {
          put(out + block + 2 + 4 * l, word(row + tile + 4 * (lanes * l + j)) ^ kFlip);
        }
      }
    }
  }
}

// Q6_K: half n of a block (128 weights) has low bits in 64 bytes and upper bits in 32. Word w = 0..7 of the latter,
// with w and w + 8 of the former, holds elements 4 (w % 4) ... of groups 8n + w / 4 + {0, 2, 4, 6}.
constexpr std::uint32_t kNibbles = 0x0f0f0f0fU;
constexpr std::uint32_t kPairs = 0x03030303U;
constexpr std::int64_t kBlockQ6 = 210;
constexpr std::int64_t kTileQ6 = 192;

void tile_to_lanes(const std::uint8_t* block, std::uint8_t* tile) {
  std::uint32_t six[4][kLanes];  // by step of four elements and group
  for (std::int64_t n = 0; n < 2; ++n) {
    for (std::int64_t w = 0; w < 8; ++w) {
      const std::uint32_t a = word(block + 64 * n + 4 * w);
      const std::uint32_t b = word(block + 64 * n + 32 + 4 * w);
      const std::uint32_t h = word(block + 128 + 32 * n + 4 * w);
      std::uint32_t* at = &six[w % 4][8 * n + w / 4];
      at[0] = (a & kNibbles) | (h & kPairs) << 4;
      at[2] = (b & kNibbles) | ((h >> 2) & kPairs) << 4;
      at[4] = ((a >> 4) & kNibbles) | ((h >> 4) & kPairs) << 4;
      at[6] = ((b >> 4) & kNibbles) | ((h >> 6) & kPairs) << 4;
    }
  }
  for (std::int64_t l = 0; l < 3; ++l) {
    for (std::int64_t j = 0; j < kLanes; ++j) {
      put(tile + 64 * l + 4 * j, six[l][j] | ((six[3][j] >> (2 * l)) & kPairs) << 6);
    }
  }
}

void tile_from_lanes(const std::uint8_t* tile, std::uint8_t* block) {
  std::uint32_t six[4][kLanes] = {};
  for (std::int64_t l = 0; l < 3; ++l) {
    for (std::int64_t j = 0; j < kLanes; ++j) {
      const std::uint32_t line = word(tile + 64 * l + 4 * j);
      six[l][j] = line & (kNibbles | kPairs << 4);
      six[3][j] |= ((line >> 6) & kPairs) << (2 * l);
    }
  }
  for (std::int64_t n = 0; n < 2; ++n) {
    for (std::int64_t w = 0; w < 8; ++w) {
      const std::uint32_t* at = &six[w % 4][8 * n + w / 4];
      const auto high = [at](std::int64_t g) { return (at[g] >> 4) & kPairs; };
      put(block + 64 * n + 4 * w, (at[0] & kNibbles) | (at[4] & kNibbles) << 4);
      put(block + 64 * n + 32 + 4 * w, (at[2] & kNibbles) | (at[6] & kNibbles) << 4);
      put(block + 128 + 32 * n + 4 * w, high(0) | high(2) << 2 | high(4) << 4 | high(6) << 6);
    }
  }
}

[[noreturn]] void refuse(ElementType type) {
  throw std::invalid_argument("lane order: " + std::string(name_of(type)) + " has no blocks with scales");
}

}  // namespace

void to_lane_order(ElementType type, std::int64_t cols, const std::uint8_t* row, std::uint8_t* out) {
  if (type == ElementType::Q8_0) return permute_words<8, 0x80808080U, true>(cols / 32, row, out);
  if (type == ElementType::Q4_0) return permute_words<4, 0, true>(cols / 32, row, out);
  if (type != ElementType::Q6_K) refuse(type);
  const std::int64_t tiles = cols / 256;
  for (std::int64_t t = 0; t < tiles; ++t) {
    const std::uint8_t* block = row + kBlockQ6 * t;
    tile_to_lanes(block, out + kTileQ6 * t);
    std::memcpy(out + kTileQ6 * tiles + kLanes * t, block + kTileQ6, kLanes);
    std::memcpy(out + (kTileQ6 + kLanes) * tiles + 2 * t, block + kTileQ6 + kLanes, 2);
  }
}

void from_lane_order(ElementType type, std::int64_t cols, const std::uint8_t* row, std::uint8_t* out) {
  if (type == ElementType::Q8_0) return permute_words<8, 0x80808080U, false>(cols / 32, row, out);
  if (type == ElementType::Q4_0) return permute_words<4, 0, false>(cols / 32, row, out);
  if (type != ElementType::Q6_K) refuse(type);
  const std::int64_t tiles = cols / 256;
  for (std::int64_t t = 0; t < tiles; ++t) {
    std::uint8_t* block = out + kBlockQ6 * t;
    tile_from_lanes(row + kTileQ6 * t, block);
    std::memcpy(block + kTileQ6, row + kTileQ6 * tiles + kLanes * t, kLanes);
    std::memcpy(block + kTileQ6 + kLanes, row + (kTileQ6 + kLanes) * tiles + 2 * t, 2);
  }
}

void prepare_head(DenseMatrix& matrix, kernels::ThreadPool* pool) {
  if (!is_quantised(matrix.type) || matrix.lane_order) return;
  const std::int64_t bytes = row_bytes(matrix.type, matrix.cols);
  if (matrix.bytes.size() != static_cast<std::size_t>(matrix.rows * bytes)) {
    throw std::invalid_argument("prepare_head: the matrix's bytes do not fit its shape");
  }
  const auto reorder = [&](std::int64_t begin, std::int64_t end) {
    std::vector<std::uint8_t> row(static_cast<std::size_t>(bytes));
    for (std::int64_t r = begin; r < end; ++r) {
      std::uint8_t* at = matrix.bytes.data() + r * bytes;
      std::memcpy(row.data(), at, row.size());
      to_lane_order(matrix.type, matrix.cols, row.data(), at);
    }
  };
  if (pool == nullptr) {
    reorder(0, matrix.rows);
  } else {
    pool->parallel_for(matrix.rows, 64, reorder);
  }
  matrix.lane_order = true;
}

}  // namespace ternsim::model
