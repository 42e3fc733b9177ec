#include "cosim/product_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"

namespace ternsim::cosim {

namespace {

constexpr double kUndisturbed = 0.25;
constexpr double kMostDisturbance = 0.6;

std::int8_t any_activation(Random& random) {
  return static_cast<std::int8_t>(static_cast<int>(random.below(256)) - 128);
}
std::int8_t any_weight(Random& random) { return static_cast<std::int8_t>(static_cast<int>(random.below(3)) - 1); }

/// A corner of the operands' range; `weight` and `activation` draw one value.
struct Operands {
  const char* name;
  std::int8_t (*weight)(Random&);
  std::int8_t (*activation)(Random&);
};

template <int kValue>
std::int8_t constant(Random&) {
  return static_cast<std::int8_t>(kValue);
}
/// One in sixteen is not zero.
template <std::int8_t (*kDraw)(Random&)>
std::int8_t sparse(Random& random) {
  return random.below(16) == 0 ? kDraw(random) : std::int8_t{0};
}
std::int8_t sign_of_most(Random& random) { return random.below(2) == 0 ? std::int8_t{-128} : std::int8_t{127}; }
std::int8_t not_negative(Random& random) { return static_cast<std::int8_t>(random.below(128)); }

constexpr std::array kCorners{
    Operands{"all -128, weights +1", constant<1>, constant<-128>},
    Operands{"all -128, weights -1", constant<-1>, constant<-128>},
    Operands{"all 127, weights +1", constant<1>, constant<127>},
    Operands{"all -128", any_weight, constant<-128>},
    Operands{"-128 and 127", any_weight, sign_of_most},
    Operands{"weights +1", constant<1>, any_activation},
    Operands{"weights -1", constant<-1>, any_activation},
    Operands{"activations of one sign", any_weight, not_negative},
    Operands{"sparse weights", sparse<any_weight>, any_activation},
    Operands{"sparse activations", any_weight, sparse<any_activation>},
    Operands{"all weights zero", constant<0>, any_activation},
    Operands{"all activations zero", any_weight, constant<0>},
};
constexpr Operands kUniform{"uniform", any_weight, any_activation};

}  // namespace

Product ProductSource::next(std::int64_t most_vectors) {
  const sim::MatrixGeometry& unit = geometry_.unit;
  Product p{.config = unit.name, .machine = describe(geometry_)};
  p.rows = between(1, 3 * unit.rows + 2);
  p.tokens = between(1, 2 * unit.slots + 2);
  if (unit.row_tiles(p.rows) * p.tokens > most_vectors) {
    p.rows = std::min<std::int64_t>(p.rows, unit.rows);
    p.tokens = std::min(p.tokens, most_vectors);
  }
  p.disturbance.seed = random_.next();
  if (random_.uniform() >= kUndisturbed) {
    p.disturbance.input_gap = kMostDisturbance * random_.uniform();
    p.disturbance.output_stall = kMostDisturbance * random_.uniform();
  }
  fill(p);
  return p;
}

RandomProducts::RandomProducts(const sim::EngineGeometry& geometry, std::uint64_t seed, std::int64_t min_cols,
                               std::int64_t max_cols)
    : ProductSource(geometry, seed), min_cols_(min_cols), max_cols_(max_cols) {
  if (min_cols < 1 || min_cols > max_cols || max_cols > geometry.max_cols())
    throw RequestError(fmt::format("columns from {} to {}: RTL configuration '{}' admits 1 to {}", min_cols, max_cols,
                                   geometry.unit.name, geometry.max_cols()));
}

std::int64_t RandomProducts::draw_cols() {
  const std::int64_t near = std::min(max_cols_, min_cols_ + 4 * geometry_.unit.lanes + 3);
  const std::int64_t farther = std::min(max_cols_, 4 * near);
  const double kind = random_.uniform();
  if (kind < 0.5) return between(min_cols_, near);
  if (kind < 0.97) return between(min_cols_, farther);
  return kind < 0.99 ? between(min_cols_, max_cols_) : max_cols_;
}

void RandomProducts::fill(Product& p) {
  p.cols = draw_cols();
  const Operands& operands = random_.below(2) == 0 ? kUniform : kCorners[random_.below(kCorners.size())];
  p.name = operands.name;
  p.weights.resize(static_cast<std::size_t>(p.rows * p.cols));
  p.activations.resize(static_cast<std::size_t>(p.tokens * p.cols));
  for (std::int8_t& w : p.weights) w = operands.weight(random_);
  for (std::int8_t& a : p.activations) a = operands.activation(random_);
}

LayerProducts::LayerProducts(const sim::EngineGeometry& geometry, std::uint64_t seed, const model::Graph& graph,
                             const sim::WeightTable& weights, const sim::PassRecord& record)
    : ProductSource(geometry, seed), graph_(graph), weights_(weights), record_(record) {
  for (const auto& [op, matrix] : weights)
    if (record.contains(op)) ops_.push_back(op);
  if (ops_.empty()) throw RequestError("the model has no ternary linear that every token goes through");
}

void LayerProducts::fill(Product& p) {
  const std::int32_t op = ops_[random_.below(ops_.size())];
  const kernels::PackedTernary& matrix = *weights_.at(op);
  const std::vector<std::int8_t>& made = record_.at(op).activations;
  const std::int64_t row = matrix.cols();
  const auto recorded = static_cast<std::int64_t>(made.size()) / row;
  p.rows = std::min(p.rows, matrix.rows());
  p.tokens = std::min(p.tokens, recorded);
  p.cols = std::min(row, geometry_.max_cols());
  const std::int64_t row0 = between(0, matrix.rows() - p.rows);
  const std::int64_t token0 = between(0, recorded - p.tokens);
  const std::int64_t col0 = between(0, row - p.cols);
  p.name = graph_.ops[static_cast<std::size_t>(op)].name;
  for (std::int64_t r = 0; r < p.rows; ++r)
    for (std::int64_t k = 0; k < p.cols; ++k)
      p.weights.push_back(static_cast<std::int8_t>(matrix.weight(row0 + r, col0 + k)));
  for (std::int64_t t = 0; t < p.tokens; ++t) {
    const auto begin = made.begin() + (token0 + t) * row + col0;
    p.activations.insert(p.activations.end(), begin, begin + p.cols);
  }
}

}  // namespace ternsim::cosim
