#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "model/graph.h"
#include "model/shape_yaml.h"

namespace ternsim::model {
namespace {

const std::filesystem::path kModels = std::filesystem::path(TERNSIM_SOURCE_DIR) / "configs" / "models";

/// What a model's name promises, in billions of weights.
struct Named {
  const char* file;
  double billions;
  bool with_embedding;  ///< whether the name counts embedding and LM head
  double tolerance;     ///< share of `billions`: names round
};

// Of the tolerances: a name with one digit may be off by half a unit; 3.9B is the name of a shape that has 4.26.
const std::vector<Named> kNamed = {{"bitnet-b158-700m", 0.7, false, 0.05},   {"bitnet-b158-1.3b", 1.3, true, 0.05},
                                   {"bitnet-b158-3b", 3.0, false, 0.10},     {"bitnet-b158-3.9b", 3.9, false, 0.10},
                                   {"bitnet-b158-2b4t", 2.0, false, 0.05},   {"bitnet-100b", 100, false, 0.01},
                                   {"bitnet-moe-100b-a6b", 100, true, 0.02}, {"llama-7b-158", 7, true, 0.05},
                                   {"llama-13b-158", 13, true, 0.02},        {"llama-70b-158", 70, true, 0.02},
                                   {"llama3-8b-158", 8, true, 0.02},         {"falcon3-1b-158", 1.67, true, 0.02},
                                   {"falcon3-3b-158", 3.23, true, 0.02},     {"falcon3-7b-158", 7.46, true, 0.02},
                                   {"falcon3-10b-158", 10.3, true, 0.02},    {"llama-3.2-1b", 1.23, true, 0.02},
                                   {"gemma-3-1b", 1.0, true, 0.02},          {"qwen-2.5-1.5b", 1.54, true, 0.02},
                                   {"smollm2-1.7b", 1.7, true, 0.02},        {"minicpm-2b", 2.4, false, 0.02}};

/// Weights of all linears: rank 0 of a mixture stands for every expert.
std::int64_t linear_weights(const Graph& graph) {
  std::int64_t weights = 0;
  for (const Op& op : graph.ops) {
    if (op.kind != OpKind::BitLinear || op.rank > 0) continue;
    weights += op.rows * op.cols * (op.rank == 0 ? graph.shape.expert_count : 1);
  }
  return weights;
}

TEST(ModelShapes, HaveTheWeightsThatTheirNamesPromise) {
  for (const Named& named : kNamed) {
    const Graph graph = Graph::build(load_shape(kModels / (std::string(named.file) + ".yaml")));
    auto weights = static_cast<double>(linear_weights(graph));
    if (named.with_embedding)
      weights += static_cast<double>(graph.shape.vocab_size * graph.shape.embedding_length) *
                 (graph.shape.tied_embedding ? 1 : 2);
    EXPECT_NEAR(weights / 1e9, named.billions, named.billions * named.tolerance) << named.file;
  }
}

TEST(ModelShapes, CarryTheirFilesName) {
  for (const auto& entry : std::filesystem::directory_iterator(kModels))
    EXPECT_EQ(load_shape(entry.path()).name, entry.path().stem().string());
}

TEST(ModelShapes, AreAllInTheTableAbove) {
  std::set<std::string> known;
  for (const Named& named : kNamed) known.insert(named.file);
  for (const auto& entry : std::filesystem::directory_iterator(kModels))
    EXPECT_TRUE(known.contains(entry.path().stem().string())) << entry.path();
}

// Attention 2 x 4096 x 4096 + 2 x 4096 x 1024 = 41,943,040 and one expert 3 x 4096 x 6784 = 83,361,792 a block, 48
// times.
TEST(ModelShapes, TheMixtureUsesSixBillionOfItsWeightsForAToken) {
  const Graph graph = Graph::build(load_shape(kModels / "bitnet-moe-100b-a6b.yaml"));
  EXPECT_EQ(graph.ternary_weights(), std::int64_t{48} * (41'943'040 + 83'361'792));
  EXPECT_EQ(linear_weights(graph), std::int64_t{48} * (41'943'040 + 24 * std::int64_t{83'361'792}));
}

}  // namespace
}  // namespace ternsim::model
