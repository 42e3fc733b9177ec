#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace ternsim::model {

/// Keys and values of past positions, float32. It grows with the positions that are used, not with the context length.
class KvCache {
 public:
  KvCache(std::int64_t layers, std::int64_t kv_length);

  /// Makes room for that many positions in every layer; what is stored stays.
  void reserve(std::int64_t positions);
  /// Stores one position's rotated key and its value, each (kv_length). The position has been reserved.
  void store(int layer, std::int64_t position, std::span<const float> key, std::span<const float> value);

  /// (positions, kv_length), row-major.
  const float* keys(int layer) const { return keys_[layer].data(); }
  const float* values(int layer) const { return values_[layer].data(); }

 private:
  std::int64_t kv_length_;
  std::vector<std::vector<float>> keys_;  ///< by layer
  std::vector<std::vector<float>> values_;
};

}  // namespace ternsim::model
