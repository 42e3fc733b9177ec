#include "sim/program/topology.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "base/error.h"
#include "base/random.h"

namespace ternsim::sim {
namespace {

const std::filesystem::path kSource = TERNSIM_SOURCE_DIR;
constexpr const char* kGemm = "Layer, M, N, K,\n";
constexpr const char* kConv =
    "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,\n";

std::vector<TopologyLayer> layers_of(const std::string& text) { return parse_topology(text, "t.csv", "t").layers; }

std::string refusal(const std::string& text) {
  try {
    layers_of(text);
  } catch (const InputError& e) {
    return e.what();
  }
  return "accepted";
}

TEST(Topology, GemmRowsAreTokensOutputsInputs) {
  const std::vector<TopologyLayer> expected{{"qkv", 96, 64, 7}, {"down", 64, 256, 1}};
  EXPECT_EQ(layers_of("Layer, M, N, K,\nqkv, 7, 96, 64,\ndown, 1, 64, 256,\n"), expected);
}

TEST(Topology, TakesCarriageReturnsBlankLinesAndAByteOrderMark) {
  const std::vector<TopologyLayer> expected{{"a", 3, 4, 2}};
  EXPECT_EQ(layers_of("\xEF\xBB\xBFLayer,M,N,K\r\n\r\n a ,\t2, 3 ,4,\r\n,,,,\r\n"), expected);
  EXPECT_EQ(layers_of("layer name, m, n, k\na,2,3,4"), expected);
}

// A filter of 7 x 7 x 3 = 147 inputs; ceil((224 - 7 + 2) / 2) = 110 outputs along each side, 12100 windows.
TEST(Topology, ConvolutionsBecomeTheProductOfIm2col) {
  const std::vector<TopologyLayer> expected{{"Conv1", 64, 147, 110 * 110}};
  EXPECT_EQ(layers_of(std::string(kConv) + "Conv1, 224, 224, 7, 7, 3, 64, 2,\n"), expected);
}

// ceil((8 - 3 + 1) / 1) = 6 high, ceil((9 - 2 + 3) / 3) = ceil(10 / 3) = 4 wide.
TEST(Topology, ASecondStrideIsTheWidths) {
  const std::vector<TopologyLayer> expected{{"c", 5, 3 * 2 * 4, 6 * 4}};
  EXPECT_EQ(layers_of(std::string(kConv) + "c, 8, 9, 3, 2, 4, 5, 1, 3,\n"), expected);
}

TEST(Topology, DenseSparsityIsTakenAndStructuredRefused) {
  const std::vector<TopologyLayer> expected{{"a", 3, 4, 2}, {"b", 3, 4, 2}};
  EXPECT_EQ(layers_of("Layer, M, N, K, Sparsity,\na, 2, 3, 4, 4:4,\nb, 2, 3, 4,\n"), expected);
  EXPECT_NE(refusal("Layer, M, N, K, Sparsity,\na, 2, 3, 4, 2:4,\n").find("t.csv:2: sparsity 2:4"), std::string::npos);
}

TEST(Topology, ErrorsNameFileAndLine) {
  const auto expect = [](const std::string& text, const std::string& part) {
    const std::string message = refusal(text);
    EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  expect("", "t.csv: no layers");
  expect(kGemm, "t.csv: no layers");
  expect("Layer, M, K, N,\n", "t.csv:1: the header row");
  expect("a, 1, 2, 3,\n", "t.csv:1: the header row");
  expect("Layer name, IFMAP Height, IFMAP Width,\n", "t.csv:1: the header row");
  expect(std::string(kGemm) + "\na, 1, 2,\n", "t.csv:3: 3 cells, the header row has 4");
  expect(std::string(kGemm) + "a, 1, 2, 3, 4,\n", "t.csv:2: 5 cells");
  expect(std::string(kGemm) + "a, 0, 2, 3,\n", "t.csv:2: M is '0'; a whole number of 1 ... 16777216");
  expect(std::string(kGemm) + "a, 1, -2, 3,\n", "t.csv:2: N is '-2'");
  expect(std::string(kGemm) + "a, 1, 2, 3.5,\n", "t.csv:2: K is '3.5'");
  expect(std::string(kGemm) + "a, 1, 2, 99999999999999999999,\n", "t.csv:2: K is");
  expect(std::string(kGemm) + "a, 16777216, 16777216, 16777216,\n", "t.csv:2: 16777216 x 16777216 weights");
  expect(std::string(kGemm) + ", 1, 2, 3,\n", "t.csv:2: the layer's name has 0 characters");
  expect(std::string(kGemm) + "a\x01, 1, 2, 3,\n", "t.csv:2: the layer's name holds");
  expect(std::string(kGemm) + "a, \x1b[2J, 2, 3,\n", "t.csv:2: M is '?[2J'");
  expect(std::string(kConv) + "c, 4, 4, 5, 1, 1, 1, 1,\n", "t.csv:2: a filter of 5 x 1 is larger");
  expect(std::string(kConv) + "c, 9999, 9999, 9999, 9999, 9999, 1, 1,\n", "t.csv:2: a filter of 9999");
}

TEST(Topology, AFileIsAtMostTenThousandLayers) {
  std::string text = kGemm;
  for (int i = 0; i < 10'000; ++i) text += "a,1,1,1\n";
  EXPECT_EQ(layers_of(text).size(), 10'000U);
  EXPECT_NE(refusal(text + "a,1,1,1\n").find("t.csv:10002: more than 10000 layers"), std::string::npos);
}

TEST(Topology, FilesThatCannotBeReadAreNamed) {
  EXPECT_THROW(load_topology("/nowhere/t.csv"), InputError);
  EXPECT_THROW(load_topology(kSource), InputError);
}

TEST(Topology, DamagedFilesGiveAClearErrorOrALayer) {
  const std::string good = std::string(kConv) + "Conv1, 224, 224, 7, 7, 3, 64, 2,\nConv2, 56, 56, 1, 1, 64, 64, 1,\n";
  Random random(7);
  int refused = 0;
  for (int i = 0; i < 5000; ++i) {
    std::string text = good;
    for (std::uint64_t n = 1 + random.below(3); n > 0; --n)
      text[random.below(text.size())] = static_cast<char>(random.below(256));
    try {
      for (const TopologyLayer& layer : layers_of(text)) {
        EXPECT_GE(layer.rows, 1);
        EXPECT_GE(layer.cols, 1);
        EXPECT_GE(layer.tokens, 1);
      }
    } catch (const InputError& e) {
      EXPECT_EQ(std::string(e.what()).rfind("t.csv:", 0), 0U) << e.what();
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);
}

// 32 x (4 x 2560 x 2560 + 3 x 2560 x 6912) + 32000 x 2560: what its name says, without the embedding's rows.
TEST(Topology, TheMatMulFreeModelHasTheWeightsOfItsName) {
  double weights = 0;
  for (const TopologyLayer& layer : load_topology(kSource / "configs/published/matmul-free-2.7b.csv").layers)
    weights += static_cast<double>(layer.rows * layer.cols);
  EXPECT_DOUBLE_EQ(weights, 32.0 * (4 * 2560 * 2560 + 3 * 2560 * 6912) + 32000.0 * 2560);
  EXPECT_NEAR(weights / 2.7e9, 1, 0.05);
}

TEST(Topology, TheExamplesAreRead) {
  EXPECT_EQ(load_topology(kSource / "configs/workloads/edge-vision.csv").name, "edge-vision");
  EXPECT_EQ(load_topology(kSource / "configs/workloads/block-2b4t.csv").layers.size(), 7U);
}

}  // namespace
}  // namespace ternsim::sim
