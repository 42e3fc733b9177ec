// Every packing on every instruction set against a plain loop in int64. Needs GoogleTest alone: it runs in the arm64
// cross build too.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <ostream>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "base/random.h"
#include "kernels/base3_packing.h"
#include "kernels/repacked_ternary.h"
#include "kernels/ternary_gemm.h"
#include "kernels/thread_pool.h"

namespace ternsim::kernels {

// Keep bytes of enumerators out of the tests' names.
static void PrintTo(Packing packing, std::ostream* out) { *out << name_of(packing); }
static void PrintTo(Isa isa, std::ostream* out) { *out << name_of(isa); }

namespace {

struct Problem {
  PackedTernary weights;
  std::vector<std::int8_t> activations;
  std::int64_t tokens;
};

/// About `zeros` percent of the activations are 0.
Problem random_problem(Random& random, std::int64_t rows, std::int64_t cols, std::int64_t tokens,
                       std::uint64_t zeros = 0) {
  Problem problem{PackedTernary(rows, cols), std::vector<std::int8_t>(static_cast<std::size_t>(tokens * cols)), tokens};
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t k = 0; k < cols; ++k) problem.weights.set_weight(r, k, static_cast<int>(random.below(3)) - 1);
  }
  for (std::int8_t& a : problem.activations) {
    a = random.below(100) < zeros ? std::int8_t{0}
                                  : static_cast<std::int8_t>(static_cast<int>(random.below(256)) - 128);
  }
  return problem;
}

std::vector<std::int64_t> plain_loop(const Problem& problem) {
  const std::int64_t cols = problem.weights.cols();
  std::vector<std::int64_t> sums(static_cast<std::size_t>(problem.tokens * problem.weights.rows()));
  std::vector<std::int8_t> row(static_cast<std::size_t>(cols));
  for (std::int64_t r = 0; r < problem.weights.rows(); ++r) {
    for (std::int64_t k = 0; k < cols; ++k) row[k] = static_cast<std::int8_t>(problem.weights.weight(r, k));
    for (std::int64_t t = 0; t < problem.tokens; ++t) {
      std::int64_t& sum = sums[t * problem.weights.rows() + r];
      for (std::int64_t k = 0; k < cols; ++k) sum += std::int64_t{row[k]} * problem.activations[t * cols + k];
    }
  }
  return sums;
}

using Parameter = std::tuple<Packing, Isa>;

class Packings : public ::testing::TestWithParam<Parameter> {
 protected:
  void SetUp() override {
    if (!is_available(isa())) GTEST_SKIP() << name_of(isa()) << " is not available here";
  }
  static Packing packing() { return std::get<0>(GetParam()); }
  static Isa isa() { return std::get<1>(GetParam()); }

  static std::vector<std::int64_t> product(const Problem& problem, ThreadPool* pool = nullptr) {
    // A value that no sum has: what is not written shows.
    std::vector<std::int32_t> sums(static_cast<std::size_t>(problem.tokens * problem.weights.rows()), INT32_MIN);
    if (packing() == Packing::TwoBit) {
      ternary_gemm(problem.weights, problem.activations, problem.tokens, sums, isa(), pool);
    } else {
      ternary_gemm(repack(problem.weights, packing()), problem.activations, problem.tokens, sums, isa(), pool);
    }
    return {sums.begin(), sums.end()};
  }
};

TEST_P(Packings, EveryTailLength) {
  Random random(21);
  for (std::int64_t cols = 1; cols <= 400; ++cols) {
    const auto rows = static_cast<std::int64_t>(1 + random.below(70));
    const auto tokens = static_cast<std::int64_t>(cols % 2 == 0 ? 1 : 1 + random.below(12));
    const Problem problem = random_problem(random, rows, cols, tokens);
    ASSERT_EQ(product(problem), plain_loop(problem)) << rows << " x " << cols << ", " << tokens << " tokens";
  }
}

TEST_P(Packings, EveryBatchUpToNineteen) {
  Random random(22);
  for (std::int64_t tokens = 1; tokens <= 19; ++tokens) {
    const auto rows = static_cast<std::int64_t>(1 + random.below(70));
    const auto cols = static_cast<std::int64_t>(1 + random.below(700));
    const Problem problem = random_problem(random, rows, cols, tokens, 50);
    ASSERT_EQ(product(problem), plain_loop(problem)) << rows << " x " << cols << ", " << tokens << " tokens";
  }
}

TEST_P(Packings, ModelWidths) {
  Random random(23);
  for (const std::int64_t cols : {2560, 6912}) {
    for (const std::int64_t tokens : {1, 2, 9}) {
      const Problem problem = random_problem(random, 37, cols, tokens, cols == 6912 ? 70 : 0);
      ASSERT_EQ(product(problem), plain_loop(problem)) << cols << " columns, " << tokens << " tokens";
    }
  }
}

/// All weights w and all activations a: K w a, where narrow partial sums overflow if they are not folded in time.
TEST_P(Packings, LargestSumsOfOneSign) {
  for (const std::int64_t cols : {2560, 4096, 6912, 28672}) {
    for (const auto& [w, a] : {std::pair{1, 127}, {1, -128}, {-1, 127}, {-1, -128}}) {
      for (const std::int64_t tokens : {1, 9}) {
        Problem problem{PackedTernary(3, cols), {}, tokens};
        problem.activations.assign(static_cast<std::size_t>(tokens * cols), static_cast<std::int8_t>(a));
        for (std::int64_t r = 0; r < 3; ++r) {
          for (std::int64_t k = 0; k < cols; ++k) problem.weights.set_weight(r, k, w);
        }
        const std::vector<std::int64_t> expected(static_cast<std::size_t>(3 * tokens), cols * w * a);
        EXPECT_EQ(product(problem), expected) << "K " << cols << ", w " << w << ", a " << a;
      }
    }
  }
}

TEST_P(Packings, ThreadsChangeNothing) {
  Random random(24);
  for (const std::int64_t tokens : {1, 3, 11}) {
    const Problem problem = random_problem(random, 301, 515, tokens, 40);
    const std::vector<std::int64_t> expected = plain_loop(problem);
    for (const int threads : {1, 2, 3, 7}) {
      ThreadPool pool(threads);
      ASSERT_EQ(product(problem, &pool), expected) << threads << " threads, " << tokens << " tokens";
    }
  }
}

// The sets that this kind of machine may have; one that it lacks shows as skipped.
#if defined(__aarch64__)
constexpr Isa kSets[] = {Isa::Scalar, Isa::Neon, Isa::NeonDot};
#else
constexpr Isa kSets[] = {Isa::Scalar, Isa::Avx2, Isa::Avx512, Isa::Amx};
#endif
constexpr Packing kRepacked[] = {Packing::TwoBitColumns, Packing::Base3, Packing::PairLookup, Packing::TripleLookup};

INSTANTIATE_TEST_SUITE_P(All, Packings,
                         ::testing::Combine(::testing::Values(Packing::TwoBit, Packing::TwoBitColumns, Packing::Base3,
                                                              Packing::PairLookup, Packing::TripleLookup),
                                            ::testing::ValuesIn(kSets)),
                         [](const auto& parameter) {
                           std::string name(name_of(std::get<0>(parameter.param)));
                           name += "_";
                           name += name_of(std::get<1>(parameter.param));
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST(Repacked, UnpackIsTheInverse) {
  Random random(25);
  for (const Packing packing : kRepacked) {
    for (int trial = 0; trial < 40; ++trial) {
      const auto rows = static_cast<std::int64_t>(1 + random.below(150));
      const auto cols = static_cast<std::int64_t>(1 + random.below(900));
      const Problem problem = random_problem(random, rows, cols, 1);
      const PackedTernary back = unpack(repack(problem.weights, packing));
      ASSERT_EQ(back.rows(), rows);
      ASSERT_EQ(back.cols(), cols);
      for (std::int64_t r = 0; r < rows; ++r) {
        ASSERT_TRUE(std::ranges::equal(back.row(r), problem.weights.row(r)))
            << name_of(packing) << ", " << rows << " x " << cols << ", row " << r;
      }
    }
  }
}

TEST(Repacked, RefusesSizesThatDoNotFit) {
  for (const Packing packing : kRepacked) {
    const RepackedTernary w = repack(PackedTernary(4, 100), packing);
    std::vector<std::int8_t> activations(200);
    std::vector<std::int32_t> sums(8);
    EXPECT_NO_THROW(ternary_gemm(w, activations, 2, sums, Isa::Scalar));
    EXPECT_THROW(ternary_gemm(w, activations, 1, sums, Isa::Scalar), std::invalid_argument);
    EXPECT_THROW(ternary_gemm(w, activations, 2, std::span(sums).first(7), Isa::Scalar), std::invalid_argument);
    EXPECT_THROW(repack(PackedTernary(0, kMaxCols + 1), packing), std::invalid_argument);
  }
}

TEST(Base3, ByteIsABijection) {
  std::set<int> bytes;
  for (int n = 0; n < 243; ++n) {
    bytes.insert(base3_byte(n % 3, n / 3 % 3, n / 9 % 3, n / 27 % 3, n / 81));
  }
  EXPECT_EQ(bytes.size(), 243U);
}

/// What the packings promise to save.
TEST(Repacked, BytesOfAModelMatrix) {
  const PackedTernary two_bit(2560, 6912);
  const double weights = 2560.0 * 6912.0;
  const auto bits = [&](Packing packing) {
    return 8.0 * static_cast<double>(repack(two_bit, packing).bytes().size()) / weights;
  };
  EXPECT_DOUBLE_EQ(bits(Packing::PairLookup), 2.0);
  EXPECT_DOUBLE_EQ(bits(Packing::Base3), 8.0 * 1408 / 6912);           // 44 half blocks of 160 weights
  EXPECT_DOUBLE_EQ(bits(Packing::TripleLookup), 8.0 * 320 / 32 / 48);  // 144 blocks exactly
  const std::vector<std::int8_t> activations(6912, 1);
  const RepackedTernary base3 = repack(two_bit, Packing::Base3);
  EXPECT_EQ(bytes_read(base3, activations), 2560U * 1408U);
}

}  // namespace
}  // namespace ternsim::kernels
