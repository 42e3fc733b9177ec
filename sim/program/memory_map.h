#pragma once

#include <cstdint>
#include <vector>

#include "model/graph.h"
#include "sim/program/accelerator_config.h"
#include "sim/program/value_profile.h"

namespace ternsim::sim {

/// Where the weights of one operator stand.
struct WeightPlace {
  bool resident = false;      ///< in the on-chip store
  std::uint64_t address = 0;  ///< else: first byte in DRAM
  std::int64_t bytes = 0;     ///< of one copy
  std::int64_t copies = 1;    ///< experts, one behind the other
};

/// Which bytes a model's weights and its key-value cache take, on chip and in DRAM.
///
/// DRAM holds the embedding, then each operator's weights in the graph's order, then keys and values layer by layer,
/// sequence by sequence; each begins on 4 KiB. The on-chip store takes as many whole matrices as fit: linear layers in
/// order first, then the router matrices, the LM head and the embedding (a tied pair once).
class MemoryMap {
 public:
  /// `positions`: of each of `batch` sequences, at most. Throws RequestError when a key-value cache on chip is too
  /// small, naming what would fit.
  MemoryMap(const model::Graph& graph, const AcceleratorConfig& accelerator, const ValueProfile& profile,
            std::int64_t positions, std::int64_t batch);

  /// Of operators with weights: BitLinear, Router, LmHead, Embedding. Those of the experts' rank 0 stand for all
  /// experts; higher ranks have none of their own.
  const WeightPlace& weights(std::int32_t op) const { return places_[static_cast<std::size_t>(op)]; }
  /// First byte of a position of a layer's keys and values of one sequence.
  std::uint64_t kv_address(std::int64_t layer, std::int64_t sequence, std::int64_t position) const;
  /// Keys and values of one position in one layer: 2 x kv_length values; below 16 bits a float16 scale per head as
  /// well.
  std::int64_t kv_position_bytes() const { return kv_position_bytes_; }

  std::int64_t resident_bytes() const { return resident_bytes_; }
  std::int64_t dram_weight_bytes() const { return dram_weight_bytes_; }
  std::int64_t kv_bytes() const { return kv_bytes_; }

 private:
  std::vector<WeightPlace> places_;
  std::uint64_t kv_base_ = 0;
  std::int64_t kv_position_bytes_ = 0;
  std::int64_t positions_ = 0;
  std::int64_t batch_ = 0;
  std::int64_t resident_bytes_ = 0;
  std::int64_t dram_weight_bytes_ = 0;
  std::int64_t kv_bytes_ = 0;
};

/// Keys and values of one position in one layer, in bytes, at the cache's width.
std::int64_t kv_position_bytes(const model::ModelShape& shape, const KvCacheConfig& cache);

}  // namespace ternsim::sim
