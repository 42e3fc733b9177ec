// Every exact datapath computes its sums the way that its hardware does; here they are held to a plain loop.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "tests/datapath_cases.h"

namespace ternsim::sim {
namespace {

using test::random_weights;
using test::small_unit;

constexpr DatapathKind kExact[] = {DatapathKind::AdderTree, DatapathKind::ZeroSkip, DatapathKind::Lut,
                                   DatapathKind::BitSerial, DatapathKind::Int8Mac};

MatrixUnitConfig random_unit(DatapathKind kind, Random& random) {
  MatrixUnitConfig config = small_unit(kind);
  config.geometry.rows = static_cast<int>(1 + random.below(9));
  config.geometry.lanes = 2 << random.below(8);
  config.geometry.slots = static_cast<int>(1 + random.below(5));
  config.zero_gating = random.below(2) == 0 && kind != DatapathKind::Lut && kind != DatapathKind::Int8Mac;
  if (kind != DatapathKind::Lut && random.below(2) == 0) config.dataflow = Dataflow::WeightStationary;
  config.gather_inputs = kind != DatapathKind::ZeroSkip && random.below(3) == 0;
  config.skip_window = config.geometry.lanes * static_cast<int>(1 + random.below(5));
  config.lut_group = static_cast<int>(1 + random.below(6));
  return config;
}

std::vector<std::int8_t> random_activations(Random& random, std::int64_t n, int bits, double zero_share) {
  std::vector<std::int8_t> x(static_cast<std::size_t>(n));
  for (std::int8_t& v : x) {
    const int value = static_cast<int>(random.below(1U << bits)) - (1 << (bits - 1));
    v = static_cast<std::int8_t>(random.uniform() < zero_share ? 0 : value);
  }
  return x;
}

class DatapathSums : public ::testing::TestWithParam<DatapathKind> {};

// Shapes with tails everywhere; K in parts that end at any column; rows in chunks; some rows left out.
TEST_P(DatapathSums, EqualAPlainLoop) {
  Random random(20260101 + static_cast<std::uint64_t>(GetParam()));
  for (int run = 0; run < 60; ++run) {
    const MatrixUnitConfig config = random_unit(GetParam(), random);
    const std::int64_t lanes = config.geometry.lanes;
    const auto rows = static_cast<std::int64_t>(1 + random.below(30));
    const auto cols = static_cast<std::int64_t>(1 + random.below(700));
    const std::int64_t tokens =
        config.gather_inputs && run % 2 == 0 ? 1 : static_cast<std::int64_t>(1 + random.below(6));
    const int bits = random.below(3) == 0 ? 4 : 8;
    const kernels::PackedTernary weights = random_weights(random, rows, cols, run % 3 * 0.42);
    const std::vector<std::int8_t> x = random_activations(random, cols * tokens, bits, run % 4 * 0.33);

    std::vector<std::int32_t> stored;
    for (std::int64_t r = 0; r < rows; ++r)
      if (run % 2 == 0 || random.below(4) != 0) stored.push_back(static_cast<std::int32_t>(r));
    const auto stored_count = static_cast<std::int64_t>(stored.size());

    std::vector<std::int32_t> sums(static_cast<std::size_t>(rows * tokens), 1000);
    const auto datapath = make_datapath(config);
    std::uint64_t pairs = 0;
    const std::int64_t row_step = 1 + static_cast<std::int64_t>(random.below(30));
    const std::int64_t col_step = lanes * static_cast<std::int64_t>(1 + random.below(9));
    for (std::int64_t row0 = 0; row0 < stored_count; row0 += row_step)
      for (std::int64_t col0 = 0; col0 < cols; col0 += col_step) {
        MatmulWork work;
        work.row0 = row0;
        work.rows = std::min(row_step, stored_count - row0);
        work.col0 = col0;
        work.cols = std::min(col_step, cols - col0);
        work.tokens = tokens;
        work.activation_bits = bits;
        work.weights = &weights;
        if (run % 2 != 0) work.stored_rows = stored;
        pairs += datapath->accumulate(work, x, sums);
      }
    EXPECT_EQ(pairs, static_cast<std::uint64_t>(stored_count * cols * tokens));
    for (std::int64_t t = 0; t < tokens; ++t)
      for (std::int64_t r = 0; r < rows; ++r) {
        std::int32_t expected = 1000;
        if (std::ranges::binary_search(stored, static_cast<std::int32_t>(r)))
          for (std::int64_t k = 0; k < cols; ++k)
            expected += weights.weight(r, k) * x[static_cast<std::size_t>(t * cols + k)];
        ASSERT_EQ(sums[static_cast<std::size_t>(t * rows + r)], expected)
            << name_of(GetParam()) << ", run " << run << ": " << rows << " x " << cols << " x " << tokens << ", "
            << lanes << " lanes, row " << r << ", token " << t;
      }
  }
}

// The longest sums of one sign: -128 everywhere against +1 and -1.
TEST_P(DatapathSums, HoldTheExtremes) {
  const MatrixUnitConfig config = small_unit(GetParam());
  const std::int64_t cols = 28672;
  kernels::PackedTernary weights(2, cols);
  for (std::int64_t k = 0; k < cols; ++k) {
    weights.set_weight(0, k, 1);
    weights.set_weight(1, k, -1);
  }
  const std::vector<std::int8_t> x(static_cast<std::size_t>(cols), std::int8_t{-128});
  MatmulWork work = test::work_of(2, cols, 1);
  work.weights = &weights;
  std::vector<std::int32_t> sums(2, 0);
  make_datapath(config)->accumulate(work, x, sums);
  EXPECT_EQ(sums[0], -128 * cols);
  EXPECT_EQ(sums[1], 128 * cols);
}

INSTANTIATE_TEST_SUITE_P(Exact, DatapathSums, ::testing::ValuesIn(kExact),
                         [](const auto& kind) { return std::string(name_of(kind.param)); });

TEST(BitSerialSums, RefuseActivationsThatDoNotFit) {
  const kernels::PackedTernary weights(1, 16);
  MatmulWork work = test::work_of(1, 16, 1);
  work.weights = &weights;
  work.activation_bits = 4;
  std::vector<std::int8_t> x(16, 7);
  std::vector<std::int32_t> sums(1);
  const auto datapath = make_datapath(small_unit(DatapathKind::BitSerial));
  EXPECT_NO_THROW(datapath->accumulate(work, x, sums));
  x[3] = 8;
  EXPECT_THROW(datapath->accumulate(work, x, sums), std::logic_error);
}

TEST(Fp16Sums, DoNotExist) {
  for (const DatapathKind kind : {DatapathKind::Fp16Mac, DatapathKind::W4A16Mac}) {
    std::vector<std::int32_t> sums(1);
    EXPECT_THROW(make_datapath(small_unit(kind))->accumulate(test::work_of(1, 1, 1), {}, sums), std::logic_error);
  }
}

}  // namespace
}  // namespace ternsim::sim
