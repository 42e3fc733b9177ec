#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "model/bound_graph.h"
#include "model/graph.h"
#include "model/kv_cache.h"
#include "model/matmul_observer.h"
#include "model/matrix_engine.h"
#include "model/rope.h"
#include "model/weights.h"

namespace ternsim::model {

/// The reference forward pass of a BitNet b1.58 decoder (arXiv 2504.12285, section 2): walks the graph's operators in
/// order, each in the float32 arithmetic of float_ops.h, the integer products on the engine given.
///
/// Logits are the same bits for the same sequence however it is split into calls, on every engine and instruction set.
class Inference {
 public:
  /// Model and engine must outlive the inference. Throws InputError when the model's tensors do not fit its shape.
  Inference(const Model& model, MatrixEngine& engine);
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

  const Model& model() const { return model_; }
  const Graph& graph() const { return graph_; }

 private:
  std::span<const float> run(std::span<const std::int32_t> tokens, std::int64_t first_logits);
  void execute(const BoundOp& bound, std::span<const std::int32_t> tokens, std::int64_t first_logits);
  void embed(const BoundOp& bound, std::span<const std::int32_t> tokens);
  void normalise(const BoundOp& bound, std::int64_t first);
  void quantise(const Op& op);
  void multiply(const BoundOp& bound);
  void rotate();
  void attend_all(const Op& op);
  void activate(const Op& op);
  void project_to_logits(const BoundOp& bound, std::int64_t rows);

  /// Resizes a slot to (rows, width).
  std::span<float> write(Slot slot, std::int64_t rows, std::int64_t width);
  std::span<float> row(Slot slot, std::int64_t token, std::int64_t width);
  [[noreturn]] void fail(const Op& op, std::int64_t token) const;

  const Model& model_;
  MatrixEngine& engine_;
  Graph graph_;
  std::vector<BoundOp> ops_;
  Rope rope_;
  KvCache cache_;
  std::vector<MatmulObserver*> observers_;
  std::int64_t position_ = 0;

  // Of the running call.
  std::int64_t tokens_ = 0;
  std::array<std::vector<float>, static_cast<std::size_t>(Slot::Logits) + 1> values_;  ///< by slot, (tokens, width)
  std::vector<std::int8_t> quantised_;    ///< Slot::Quantised, (tokens, cols)
  std::vector<float> activation_scales_;  ///< s of each token
  std::vector<std::int32_t> sums_;        ///< (tokens, rows)
  std::vector<float> scores_;             ///< (positions)
};

}  // namespace ternsim::model
