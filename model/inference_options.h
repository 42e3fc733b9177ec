#pragma once

#include <cstdint>

#include "kernels/thread_pool.h"
#include "model/compatibility.h"
#include "model/kv_cache.h"

namespace ternsim::model {

/// How an inference runs. `kv` and `mode` change bits of the results; `pool` and `share_from` change none.
struct InferenceOptions {
  /// Shares out whole rows, tokens and heads; null: the caller does everything. It must outlive the inference.
  kernels::ThreadPool* pool = nullptr;
  KvPrecision kv = KvPrecision::F32;
  Compatibility mode = Compatibility::Reference;
  /// Elementwise steps of fewer elements stay on the caller: sharing them out would cost more than it saves.
  std::int64_t share_from = 1 << 15;
};

}  // namespace ternsim::model
