#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/random.h"
#include "cosim/product.h"
#include "model/graph.h"
#include "sim/functional_operands.h"
#include "sim/program/matrix_geometry.h"

namespace ternsim::cosim {

/// Products for the hardware one after the other, from a seed alone.
///
/// A quarter of them is undisturbed. For the others the probabilities of an input gap and of back-pressure are drawn
/// each from 0 to 0.6.
class ProductSource {
 public:
  ProductSource(const sim::EngineGeometry& geometry, std::uint64_t seed) : geometry_(geometry), random_(seed) {}
  virtual ~ProductSource() = default;
  /// The next product, of `most_vectors` vectors (see LockstepFigures) at most; 1 or more.
  Product next(std::int64_t most_vectors);

 protected:
  /// Puts name, weights and activations into a product whose rows and tokens are drawn; it may lower both.
  virtual void fill(Product& product) = 0;
  /// From `low` to `high`, both included.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(high - low + 1)));
  }
  sim::EngineGeometry geometry_;
  Random random_;
};

/// Random operands of random shapes.
///
/// Rows: up to three row tiles and two rows. Tokens: up to twice the slots and two. Columns, from `min_cols` to
/// `max_cols`: half of the products within four beats of the lower limit, so that tails of every kind occur often; the
/// rest up to four times that, then anywhere, the upper limit itself included. Operands: uniform over everything, or
/// with probability 1/2 one of the extremes that name() lists.
class RandomProducts final : public ProductSource {
 public:
  /// Throws RequestError unless 1 <= min_cols <= max_cols <= what the engine admits.
  RandomProducts(const sim::EngineGeometry& geometry, std::uint64_t seed, std::int64_t min_cols, std::int64_t max_cols);

 protected:
  void fill(Product& product) override;

 private:
  std::int64_t draw_cols();
  std::int64_t min_cols_;
  std::int64_t max_cols_;
};

/// Products of a model's own: some rows of one of its ternary matrices with some of the activations that the reference
/// made for it. Columns are all of the row's, or as many as the engine admits from a random one on.
class LayerProducts final : public ProductSource {
 public:
  /// `weights` and `record` by index into `graph.ops`; all three must outlive this. Throws RequestError when no
  /// ternary matrix was recorded.
  LayerProducts(const sim::EngineGeometry& geometry, std::uint64_t seed, const model::Graph& graph,
                const sim::WeightTable& weights, const sim::PassRecord& record);

 protected:
  void fill(Product& product) override;

 private:
  const model::Graph& graph_;
  const sim::WeightTable& weights_;
  const sim::PassRecord& record_;
  std::vector<std::int32_t> ops_;
};

}  // namespace ternsim::cosim
