#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/inference.h"
#include "model/sampler.h"

namespace ternsim::cosim {

/// Flips one sum: adds 1 to output 0 of the first product of `layer`.
struct Fault {
  std::string engine;  ///< "cpu", "systemc" or "rtl"
  int layer = 0;
};
/// Reads "ENGINE:LAYER"; throws RequestError on another form, an unknown engine or a layer that the model lacks.
Fault parse_fault(const std::string& text, std::int64_t layers);

/// The digest of one product's sums, or of one pass's logits.
struct Digest {
  std::string what;  ///< "pass 3, blk.2.attn_q" or "pass 3, logits"
  std::uint64_t value = 0;
};

/// A generation on one engine, with all that is needed to hold it against another.
struct EngineRun {
  std::string engine;
  std::vector<std::int32_t> tokens;   ///< generated
  model::EngineCounters counters;     ///< as the engine counted
  std::uint64_t graph_lane_adds = 0;  ///< as the graph counts for the same passes
  std::string hash;                   ///< over all int32 sums and all logits, in order
  std::vector<Digest> trail;          ///< one per product and per pass, in order
  double seconds = 0;                 ///< wall time
  /// How keys and values were kept: what the compatibility mode made of the precision asked for.
  model::KvPrecision kv = model::KvPrecision::F32;
};

/// Generates `count` tokens after `prompt` on one engine; stops early behind any of `stop_ids` (may be empty).
/// `on_token` sees each token as it comes, that one too. A fault whose engine is this engine's name is injected.
EngineRun run_engine(const model::Model& model, model::MatrixEngine& engine, std::span<const std::int32_t> prompt,
                     std::int64_t count, const model::SamplingOptions& sampling, std::span<const std::int32_t> stop_ids,
                     const std::optional<Fault>& fault, const std::function<void(std::int32_t)>& on_token = {},
                     const model::InferenceOptions& options = {});

/// `prompt`, cut or continued greedily by the reference to `length` tokens, without regard to an end of text.
std::vector<std::int32_t> greedy_sequence(const model::Model& model, std::span<const std::int32_t> prompt,
                                          std::int64_t length);

/// Empty when the runs agree in tokens, hash, their engines' lane-adds with the graph, and, where both engines have a
/// clock, in cycles; else what differs first, in words.
std::string difference(const EngineRun& reference, const EngineRun& other);

}  // namespace ternsim::cosim
