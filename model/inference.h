#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "model/activation_schemes.h"
#include "model/bound_graph.h"
#include "model/compatibility.h"
#include "model/graph.h"
#include "model/inference_options.h"
#include "model/kv_cache.h"
#include "model/matmul_observer.h"
#include "model/matrix_engine.h"
#include "model/rope.h"
#include "model/weights.h"

namespace ternsim::model {

/// The reference forward pass of a BitNet decoder (b1.58: arXiv 2504.12285, section 2): walks the graph's operators in
/// order, each in the float32 arithmetic of float_ops.h and its neighbours, the integer products on the engine given.
///
/// Logits are the same bits for the same sequence however it is split into calls, on every engine and instruction set
/// and any number of threads. Long calls go through the layers in pieces of at most kChunk tokens, which bounds the
/// memory for activations.
class Inference {
 public:
  /// Tokens that go through the layers together.
  static constexpr std::int64_t kChunk = 256;

  /// Model, engine and pool must outlive the inference. Throws InputError when the model's tensors do not fit its
  /// shape, RequestError when the mode is not defined for the model's activation scheme.
  Inference(const Model& model, MatrixEngine& engine, const InferenceOptions& options = {});
  Inference(const Inference&) = delete;
  Inference& operator=(const Inference&) = delete;

  /// Appends tokens to the sequence; returns the last one's logits, (vocab), valid until the next call.
  ///
  /// Throws RequestError on no tokens, a token id outside of the vocabulary or more positions than the context length,
  /// Error naming layer and position when an activation becomes infinite or NaN. After a throw the sequence is as
  /// before.
  std::span<const float> forward(std::span<const std::int32_t> tokens);
  /// The same; returns the logits of all given tokens, (tokens, vocab).
  std::span<const float> forward_all(std::span<const std::int32_t> tokens);

  /// Positions held.
  std::int64_t position() const { return position_; }
  /// Starts a new sequence.
  void reset() { position_ = 0; }

  /// Adds an observer of every integer product, called in order of addition. It must outlive the inference.
  void observe(MatmulObserver& observer) { observers_.push_back(&observer); }

  /// Hears of every operator how long it took; an empty function ends that.
  using OperatorTimer = std::function<void(const Op& op, double seconds)>;
  void time_operators(OperatorTimer timer) { operator_timer_ = std::move(timer); }

  const Model& model() const { return model_; }
  const Graph& graph() const { return graph_; }
  /// As asked for; `kv` is the precision that the mode made of it.
  const InferenceOptions& options() const { return options_; }
  const KvCache& cache() const { return cache_; }

 private:
  /// Quantised activations of a slot.
  struct QuantisedRows {
    std::vector<std::int8_t> codes;  ///< (tokens, cols)
    std::vector<std::int8_t> high;   ///< the same, upper halves of bfloat16 products; see split_bfloat16
    std::vector<float> scales;       ///< of each token: s, a step d, or a unit
    bool steps = false;              ///< whether the scales are steps
  };

  // inference.cpp
  std::span<const float> run(std::span<const std::int32_t> tokens, std::int64_t first_logits);
  void run_chunk(std::span<const std::int32_t> tokens, std::int64_t first_logits, std::int64_t logit_row);
  void execute(const BoundOp& bound, std::span<const std::int32_t> tokens);

  // inference_operators.cpp
  void embed(const BoundOp& bound, std::span<const std::int32_t> tokens);
  void normalise(const BoundOp& bound);
  void quantise(const Op& op);
  void multiply(const BoundOp& bound);
  void rotate();
  void attend_all(const Op& op);
  void widen_cache(int layer);
  void activate(const Op& op);
  void add_to_residual(const Op& op);
  void project_to_logits(const BoundOp& bound);

  // inference_experts.cpp
  void route(const BoundOp& bound);
  void multiply_experts(const BoundOp& bound);
  void combine(const Op& op);

  /// The product of `tokens` rows of activations and its dequantisation; `out(t)` is where row t goes. Marks tokens
  /// whose results are not finite, as `token_of(t)`.
  void multiply_rows(const Op& op, const BitLinearWeights& linear, std::span<const std::int8_t> codes,
                     std::span<const std::int8_t> high, std::span<const float> scales, bool steps,
                     const std::int32_t* token_of);
  void engine_product(const Op& op, const BitLinearWeights& linear, std::span<const std::int8_t> codes,
                      std::int64_t tokens, std::span<std::int32_t> sums);
  void activate_row(std::span<const float> gate, std::span<const float> up, std::span<float> out) const;

  /// body(begin, end) over [0, rows): on the pool when all together touch options_.share_from elements.
  template <typename Body>
  void for_rows(std::int64_t rows, std::int64_t elements_per_row, const Body& body) {
    if (options_.pool == nullptr || rows < 2 || rows * elements_per_row < options_.share_from) {
      body(std::int64_t{0}, rows);
    } else {
      options_.pool->parallel_for(rows, 1, std::cref(body));
    }
  }

  /// Room for (rows, width) in a slot; it only grows.
  std::span<float> write(Slot slot, std::int64_t rows, std::int64_t width);
  std::span<float> row(Slot slot, std::int64_t token, std::int64_t width);
  QuantisedRows& quantised(Slot slot) { return quantised_[slot == Slot::ExpertQuantised ? 1 : 0]; }

  /// Remembers a token of the running chunk whose activation is not finite; the lowest wins. From any thread.
  void mark(std::int64_t token);
  /// Throws Error naming the operator and the token marked, if any.
  void check_marked(const Op& op);

  const Model& model_;
  MatrixEngine& engine_;
  InferenceOptions options_;
  RoundingPoints points_;
  Graph graph_;
  std::vector<BoundOp> ops_;
  Rope rope_;
  KvCache cache_;
  std::vector<MatmulObserver*> observers_;
  OperatorTimer operator_timer_;
  std::int64_t position_ = 0;

  // Of the running chunk.
  std::int64_t tokens_ = 0;
  std::int64_t first_logits_ = 0;  ///< first token whose logits are asked for; tokens_ if none
  std::int64_t logit_row_ = 0;     ///< where they go
  std::atomic<std::int64_t> marked_;
  std::array<std::vector<float>, kSlots> values_;  ///< by slot, (tokens, width)
  std::array<QuantisedRows, 2> quantised_;         ///< of Slot::Quantised and Slot::ExpertQuantised
  std::vector<std::int32_t> sums_;                 ///< (tokens, rows)
  std::vector<std::int32_t> high_sums_;
  std::vector<QuantiserScratch> scratch_;  ///< by thread
  std::vector<float> scores_;              ///< (threads, queries per key, positions)
  std::vector<float> widened_keys_;        ///< (positions, kv_length), of a layer whose cache is not float32
  std::vector<float> widened_values_;
  std::vector<std::int32_t> experts_;  ///< (tokens, used)
  std::vector<float> expert_weights_;  ///< (tokens, used)
  std::vector<std::int32_t> group_;    ///< tokens of one expert
  QuantisedRows group_rows_;           ///< their activations
};

}  // namespace ternsim::model
