// Which architectures the mapper takes, and how it refuses the others.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "base/error.h"
#include "sim/program/accelerator_config.h"
#include "sim/program/mapper.h"
#include "tests/machines.h"
#include "tests/tiny_model.h"

namespace ternsim::sim {
namespace {

using test::edge;

TEST(Mapper, TakesEveryArchitecture) {
  const AcceleratorConfig accelerator = edge();
  for (const test::Variant& variant : test::tiny_variants()) {
    const model::ModelShape& shape = variant.shape;
    const model::Graph graph = model::Graph::build(shape);
    std::int64_t vector_ops = 0;
    std::int64_t products = 0;
    for (const Command& c : map_pass(graph, accelerator, {.tokens = 1, .context = 3, .batch = 1}).commands) {
      vector_ops += c.kind == CommandKind::VectorOp ? 1 : 0;
      products += c.kind == CommandKind::MatmulChunk ? c.rows * c.cols : 0;
    }
    EXPECT_EQ(products, graph.ternary_weights()) << variant.name;
    // Attention: norm, quantise, RoPE, quantise, residual, and a sub-norm. FFN: norm, quantise, residual and, for each
    // network that the token goes through, activation, quantise, and a sub-norm; with experts the router's softmax, and
    // each expert's part in the sum. The output norm.
    const std::int64_t sub_norm = shape.sub_norms ? 1 : 0;
    const std::int64_t experts = shape.expert_used_count;
    const std::int64_t ffn = experts > 0 ? experts * (3 + sub_norm) + 1 : 2 + sub_norm;
    EXPECT_EQ(vector_ops, shape.block_count * (5 + sub_norm + 3 + ffn) + 1) << variant.name;
  }
}

}  // namespace
}  // namespace ternsim::sim
