#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "kernels/packed_ternary.h"
#include "sim/datapaths/datapath.h"

namespace ternsim::sim {

/// Writes columns [col0, col0 + cols) of a row as -1, 0, +1, then zeros to the end of `out`.
void decode_row(const kernels::PackedTernary& weights, std::int64_t row, std::int64_t col0, std::int64_t cols,
                std::span<std::int8_t> out);

/// One bit a column, set where the weight of columns [col0, col0 + cols) is not zero: bit i of word i / 64 is column
/// col0 + i. `out` holds at least ceil(cols / 64) words; what is behind the columns becomes zero.
void nonzero_bits(const kernels::PackedTernary& weights, std::int64_t row, std::int64_t col0, std::int64_t cols,
                  std::span<std::uint64_t> out);

/// What a datapath has found out about the weights of a chunk, by chunk: rows and columns of one matrix.
template <typename Facts>
class ChunkMemory {
 public:
  /// The facts of this chunk; `find` makes them the first time.
  template <typename Find>
  const Facts& of(const MatmulWork& work, Find find) {
    const Key key{work.weights, work.op, work.row0, work.rows, work.col0, work.cols};
    const auto it = facts_.find(key);
    return it != facts_.end() ? it->second : facts_.emplace(key, find()).first->second;
  }

 private:
  struct Key {
    const kernels::PackedTernary* weights;
    std::int64_t op, row0, rows, col0, cols;
    bool operator==(const Key&) const = default;
  };
  struct Mix {
    std::size_t operator()(const Key& k) const {
      std::uint64_t h = reinterpret_cast<std::uintptr_t>(k.weights);
      for (const std::int64_t part : {k.op, k.row0, k.rows, k.col0, k.cols})
        h = (h ^ static_cast<std::uint64_t>(part)) * 0x9e3779b97f4a7c15ULL;
      return static_cast<std::size_t>(h ^ (h >> 32));
    }
  };
  std::unordered_map<Key, Facts, Mix> facts_;
};

}  // namespace ternsim::sim
