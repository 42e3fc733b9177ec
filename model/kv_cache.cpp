#include "model/kv_cache.h"

#include <algorithm>

namespace ternsim::model {

KvCache::KvCache(std::int64_t layers, std::int64_t kv_length) : kv_length_(kv_length), keys_(layers), values_(layers) {}

void KvCache::reserve(std::int64_t positions) {
  const auto needed = static_cast<std::size_t>(positions * kv_length_);
  for (auto* store : {&keys_, &values_}) {
    for (std::vector<float>& layer : *store) {
      if (layer.size() < needed) layer.resize(needed);
    }
  }
}

void KvCache::store(int layer, std::int64_t position, std::span<const float> key, std::span<const float> value) {
  std::ranges::copy(key, keys_[layer].begin() + position * kv_length_);
  std::ranges::copy(value, values_[layer].begin() + position * kv_length_);
}

}  // namespace ternsim::model
