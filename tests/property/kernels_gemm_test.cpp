#include <gtest/gtest.h>

#include <Eigen/Core>
#include <vector>

#include "base/random.h"
#include "kernels/ternary_gemm.h"
#include "tests/soak.h"

namespace ternsim::kernels {
namespace {

using IntMatrix = Eigen::Matrix<std::int32_t, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

struct Problem {
  PackedTernary weights;
  std::vector<std::int8_t> activations;
  std::int64_t tokens;
};

Problem random_problem(Random& random, std::int64_t rows, std::int64_t cols, std::int64_t tokens) {
  Problem problem{PackedTernary(rows, cols), std::vector<std::int8_t>(static_cast<std::size_t>(tokens * cols)), tokens};
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t k = 0; k < cols; ++k) problem.weights.set_weight(r, k, static_cast<int>(random.below(3)) - 1);
  }
  for (std::int8_t& a : problem.activations) a = static_cast<std::int8_t>(static_cast<int>(random.below(256)) - 128);
  return problem;
}

std::vector<std::int32_t> run(const Problem& problem, Isa isa) {
  // A value that no sum has: what is not written shows.
  std::vector<std::int32_t> sums(static_cast<std::size_t>(problem.tokens * problem.weights.rows()), INT32_MIN);
  ternary_gemm(problem.weights, problem.activations, problem.tokens, sums, isa);
  return sums;
}

std::vector<std::int32_t> naive(const Problem& problem) {
  std::vector<std::int32_t> sums;
  for (std::int64_t t = 0; t < problem.tokens; ++t) {
    for (std::int64_t r = 0; r < problem.weights.rows(); ++r) {
      std::int32_t sum = 0;
      for (std::int64_t k = 0; k < problem.weights.cols(); ++k) {
        sum += problem.weights.weight(r, k) * problem.activations[t * problem.weights.cols() + k];
      }
      sums.push_back(sum);
    }
  }
  return sums;
}

std::vector<std::int32_t> by_eigen(const Problem& problem) {
  const std::int64_t cols = problem.weights.cols();
  IntMatrix w(problem.weights.rows(), cols);
  IntMatrix a(problem.tokens, cols);
  for (std::int64_t r = 0; r < w.rows(); ++r) {
    for (std::int64_t k = 0; k < cols; ++k) w(r, k) = problem.weights.weight(r, k);
  }
  for (std::int64_t t = 0; t < problem.tokens; ++t) {
    for (std::int64_t k = 0; k < cols; ++k) a(t, k) = problem.activations[t * cols + k];
  }
  const IntMatrix product = a * w.transpose();
  return {product.data(), product.data() + product.size()};
}

class Gemm : public ::testing::TestWithParam<Isa> {
 protected:
  void SetUp() override {
    if (!is_available(GetParam())) GTEST_SKIP() << name_of(GetParam()) << " is not available here";
  }
};

TEST_P(Gemm, EqualsNaiveLoopAndEigenOnRandomShapes) {
  Random random(11);
  for (int trial = 0; trial < test::rounds(60); ++trial) {
    const auto rows = static_cast<std::int64_t>(1 + random.below(40));
    const auto cols = static_cast<std::int64_t>(1 + random.below(trial % 3 == 0 ? 3000 : 400));
    const auto tokens = static_cast<std::int64_t>(1 + random.below(10));
    const Problem problem = random_problem(random, rows, cols, tokens);
    const std::vector<std::int32_t> sums = run(problem, GetParam());
    ASSERT_EQ(sums, naive(problem)) << rows << " x " << cols << ", " << tokens << " tokens";
    ASSERT_EQ(sums, by_eigen(problem)) << rows << " x " << cols << ", " << tokens << " tokens";
  }
}

TEST_P(Gemm, EveryTailLength) {
  Random random(12);
  for (std::int64_t cols = 1; cols <= 260; ++cols) {
    const Problem problem = random_problem(random, 2, cols, 5);
    ASSERT_EQ(run(problem, GetParam()), naive(problem)) << cols << " columns";
  }
}

/// All weights w and all activations a: K w a, where 16-bit partial sums overflow if they are not folded in time.
TEST_P(Gemm, LargestSumsOfOneSign) {
  for (const std::int64_t cols : {2560, 4096, 6912, 28672}) {
    for (const int w : {-1, 1}) {
      for (const int a : {-128, -127, 127}) {
        Problem problem{PackedTernary(3, cols), {}, 5};
        problem.activations.assign(static_cast<std::size_t>(5 * cols), static_cast<std::int8_t>(a));
        for (std::int64_t r = 0; r < 3; ++r) {
          for (std::int64_t k = 0; k < cols; ++k) problem.weights.set_weight(r, k, w);
        }
        const std::vector<std::int32_t> expected(15, static_cast<std::int32_t>(cols) * w * a);
        EXPECT_EQ(run(problem, GetParam()), expected) << "K " << cols << ", w " << w << ", a " << a;
      }
    }
  }
}

TEST_P(Gemm, GemvIsGemmOfOneToken) {
  Random random(13);
  const Problem problem = random_problem(random, 37, 777, 1);
  std::vector<std::int32_t> sums(37);
  ternary_gemv(problem.weights, problem.activations, sums, GetParam());
  EXPECT_EQ(sums, naive(problem));
}

TEST_P(Gemm, RefusesSizesThatDoNotFit) {
  const PackedTernary w(4, 128);
  std::vector<std::int8_t> activations(256);
  std::vector<std::int32_t> sums(8);
  EXPECT_NO_THROW(ternary_gemm(w, activations, 2, sums, GetParam()));
  EXPECT_THROW(ternary_gemm(w, activations, 1, sums, GetParam()), std::invalid_argument);
  EXPECT_THROW(ternary_gemm(w, activations, 2, std::span(sums).first(7), GetParam()), std::invalid_argument);
  EXPECT_THROW(ternary_gemm(w, activations, -2, sums, GetParam()), std::invalid_argument);
  EXPECT_THROW(ternary_gemm(PackedTernary(0, kMaxCols + 1), {}, 0, {}, GetParam()), std::invalid_argument);
}

INSTANTIATE_TEST_SUITE_P(Isa, Gemm, ::testing::Values(Isa::Scalar, Isa::Avx2, Isa::Avx512, Isa::Amx),
                         [](const auto& parameter) { return std::string(name_of(parameter.param)); });

}  // namespace
}  // namespace ternsim::kernels
