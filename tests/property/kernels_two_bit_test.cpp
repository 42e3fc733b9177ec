#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/random.h"
#include "kernels/repacked_ternary.h"
#include "kernels/ternary_gemm.h"
#include "kernels/thread_pool.h"
#include "tests/soak.h"

namespace ternsim::kernels {
namespace {

/// A value that no sum has: what is not written shows.
constexpr std::int32_t kUnwritten = INT32_MIN;

PackedTernary random_matrix(Random& random, std::int64_t rows, std::int64_t cols) {
  PackedTernary weights(rows, cols);
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t k = 0; k < cols; ++k) weights.set_weight(r, k, static_cast<int>(random.below(3)) - 1);
  }
  return weights;
}

/// Any value; a share `zeros` of them 0, as squared ReLU leaves them.
std::vector<std::int8_t> random_activations(Random& random, std::int64_t count, double zeros = 0) {
  std::vector<std::int8_t> values(static_cast<std::size_t>(count));
  for (std::int8_t& a : values) {
    a = static_cast<std::int8_t>(static_cast<int>(random.below(256)) - 128);
    if (random.uniform() < zeros) a = 0;
  }
  return values;
}

std::vector<std::int32_t> naive(const PackedTernary& weights, const std::vector<std::int8_t>& activations,
                                std::int64_t tokens) {
  std::vector<std::int32_t> sums;
  for (std::int64_t t = 0; t < tokens; ++t) {
    for (std::int64_t r = 0; r < weights.rows(); ++r) {
      std::int64_t sum = 0;
      for (std::int64_t k = 0; k < weights.cols(); ++k) {
        sum += weights.weight(r, k) * activations[t * weights.cols() + k];
      }
      sums.push_back(static_cast<std::int32_t>(sum));
    }
  }
  return sums;
}

template <typename Weights>
std::vector<std::int32_t> product(const Weights& weights, const std::vector<std::int8_t>& activations,
                                  std::int64_t tokens, Isa isa, ThreadPool* pool = nullptr) {
  std::vector<std::int32_t> sums(static_cast<std::size_t>(tokens * weights.rows()), kUnwritten);
  ternary_gemm(weights, activations, tokens, sums, isa, pool);
  return sums;
}

class TwoBit : public ::testing::TestWithParam<Isa> {
 protected:
  void SetUp() override {
    if (!is_available(GetParam())) GTEST_SKIP() << name_of(GetParam()) << " is not available here";
  }
};

TEST_P(TwoBit, AnyShapeAnyThreads) {
  ThreadPool pools[] = {ThreadPool(1), ThreadPool(2), ThreadPool(3), ThreadPool(7)};
  Random random(21);
  constexpr std::int64_t kCols[] = {1, 3, 127, 128, 129, 255, 256, 320, 383, 640, 1025};
  for (int trial = 0; trial < test::rounds(120); ++trial) {
    const std::int64_t cols = kCols[random.below(std::size(kCols))];
    const auto rows = static_cast<std::int64_t>(1 + random.below(70));
    const auto tokens = static_cast<std::int64_t>(1 + random.below(37));
    const PackedTernary weights = random_matrix(random, rows, cols);
    const std::vector<std::int8_t> activations = random_activations(random, tokens * cols);
    const std::vector<std::int32_t> expected = naive(weights, activations, tokens);
    ASSERT_EQ(product(weights, activations, tokens, GetParam()), expected)
        << rows << " x " << cols << ", " << tokens << " tokens";
    ThreadPool& pool = pools[trial % 4];
    ASSERT_EQ(product(weights, activations, tokens, GetParam(), &pool), expected)
        << rows << " x " << cols << ", " << tokens << " tokens, " << pool.threads() << " threads";
  }
}

/// Every number of tokens around the change from streaming rows to unpacked panels, and every tile's size.
TEST_P(TwoBit, EveryNumberOfTokens) {
  ThreadPool pool(2);
  Random random(22);
  const PackedTernary weights = random_matrix(random, 37, 300);
  for (std::int64_t tokens = 1; tokens <= 40; ++tokens) {
    const std::vector<std::int8_t> activations = random_activations(random, tokens * 300);
    ASSERT_EQ(product(weights, activations, tokens, GetParam(), &pool), naive(weights, activations, tokens)) << tokens;
  }
}

/// Prompts are split as one likes: a token's sums do not depend on the others in the call.
TEST_P(TwoBit, TokensAreIndependent) {
  Random random(23);
  const PackedTernary weights = random_matrix(random, 50, 2560);
  const std::vector<std::int8_t> activations = random_activations(random, 30 * 2560);
  const std::vector<std::int32_t> all = product(weights, activations, 30, GetParam());
  for (std::int64_t t = 0; t < 30; ++t) {
    const std::vector<std::int8_t> one(activations.begin() + t * 2560, activations.begin() + (t + 1) * 2560);
    const std::vector<std::int32_t> expected(all.begin() + t * 50, all.begin() + (t + 1) * 50);
    ASSERT_EQ(product(weights, one, 1, GetParam()), expected) << t;
  }
}

/// K w a in every sum, where partial sums of 16 bits overflow if they are not folded in time.
TEST_P(TwoBit, LargestSumsOfOneSign) {
  for (const std::int64_t cols : {2560, 4096, 6912, 28672, 131072, 1048576}) {
    if (cols > 131072 && GetParam() == Isa::Scalar) continue;  // slow, and plain int32 throughout
    for (const int w : {-1, 1}) {
      PackedTernary weights(3, cols);
      for (std::int64_t r = 0; r < 3; ++r) {
        for (std::int64_t k = 0; k < cols; ++k) weights.set_weight(r, k, w);
      }
      const RepackedTernary columns = repack(weights, Packing::TwoBitColumns);
      for (const int a : {-128, 127}) {
        for (const std::int64_t tokens : {1, 3, 13}) {
          const std::vector<std::int8_t> activations(static_cast<std::size_t>(tokens * cols),
                                                     static_cast<std::int8_t>(a));
          const std::vector<std::int32_t> expected(static_cast<std::size_t>(3 * tokens),
                                                   static_cast<std::int32_t>(cols) * w * a);
          ASSERT_EQ(product(weights, activations, tokens, GetParam()), expected)
              << "K " << cols << ", w " << w << ", a " << a << ", " << tokens << " tokens";
          if (tokens > 3 && cols > 131072) continue;
          ASSERT_EQ(product(columns, activations, tokens, GetParam()), expected)
              << "columns, K " << cols << ", w " << w << ", a " << a << ", " << tokens << " tokens";
        }
      }
    }
  }
}

TEST_P(TwoBit, ZeroRowsAreSkippedAndStillZero) {
  ThreadPool pool(3);
  Random random(24);
  for (const double share : {0.0, 0.05, 0.5, 0.95, 1.0}) {
    for (const std::int64_t tokens : {1, 5, 21}) {
      const auto rows = static_cast<std::int64_t>(1 + random.below(150));
      PackedTernary weights = random_matrix(random, rows, 400);
      std::int64_t zeros = 0;
      for (std::int64_t r = 0; r < rows; ++r) {
        if (random.uniform() >= share) continue;
        for (std::int64_t k = 0; k < 400; ++k) weights.set_weight(r, k, 0);
        ++zeros;
      }
      const std::vector<std::int8_t> activations = random_activations(random, tokens * 400);
      const std::vector<std::int32_t> expected = naive(weights, activations, tokens);
      EXPECT_EQ(bytes_read(weights, activations), static_cast<std::uint64_t>(rows * weights.row_bytes()));
      weights.index_zero_rows();
      ASSERT_EQ(std::ssize(weights.zero_rows()), zeros);
      EXPECT_EQ(bytes_read(weights, activations), static_cast<std::uint64_t>((rows - zeros) * weights.row_bytes()));
      ASSERT_EQ(product(weights, activations, tokens, GetParam(), &pool), expected) << share << ", " << tokens;
      ASSERT_EQ(product(weights, activations, tokens, GetParam()), expected) << share << ", " << tokens;

      weights.set_weight(rows - 1, 399, 1);  // no longer what the index says
      ASSERT_EQ(product(weights, activations, tokens, GetParam(), &pool), naive(weights, activations, tokens));
    }
  }
}

/// The sums of `ternary_gemm_blocks`; each row must come once, from whatever thread.
std::vector<std::int32_t> product_by_blocks(const PackedTernary& weights, const std::vector<std::int8_t>& activations,
                                            std::int64_t tokens, Isa isa, ThreadPool* pool) {
  std::vector<std::int32_t> sums(static_cast<std::size_t>(tokens * weights.rows()), kUnwritten);
  std::vector<std::atomic<int>> times(static_cast<std::size_t>(weights.rows()));
  const TakeSums take = [&](const SumsBlock& block) {
    EXPECT_GE(block.stride, block.rows);
    for (std::int64_t i = 0; i < block.rows; ++i) {
      ++times[block.row + i];
      for (std::int64_t t = 0; t < tokens; ++t) {
        sums[t * weights.rows() + block.row + i] = block.sums[t * block.stride + i];
      }
    }
  };
  ternary_gemm_blocks(weights, activations, tokens, take, isa, pool);
  for (const std::atomic<int>& count : times) EXPECT_EQ(count, 1);
  return sums;
}

TEST_P(TwoBit, BlocksAreTheSameProduct) {
  ThreadPool pools[] = {ThreadPool(1), ThreadPool(2), ThreadPool(3), ThreadPool(7)};
  Random random(28);
  for (int trial = 0; trial < test::rounds(40); ++trial) {
    const auto rows = static_cast<std::int64_t>(1 + random.below(trial % 3 == 0 ? 700 : 70));
    const auto cols = static_cast<std::int64_t>(1 + random.below(trial % 5 == 0 ? 1400 : 300));
    const auto tokens = static_cast<std::int64_t>(trial % 4 == 0 ? 1 : 1 + random.below(trial % 7 == 0 ? 300 : 40));
    PackedTernary weights = random_matrix(random, rows, cols);
    const double zero_rows = trial % 2 == 0 ? 0 : trial % 6 == 1 ? 1 : 0.3;
    for (std::int64_t r = 0; r < rows; ++r) {
      if (random.uniform() >= zero_rows) continue;
      for (std::int64_t k = 0; k < cols; ++k) weights.set_weight(r, k, 0);
    }
    weights.index_zero_rows();
    const std::vector<std::int8_t> activations = random_activations(random, tokens * cols);
    const std::vector<std::int32_t> expected = product(weights, activations, tokens, Isa::Scalar);
    ThreadPool* const pool = trial % 5 == 4 ? nullptr : &pools[trial % 4];
    ASSERT_EQ(product_by_blocks(weights, activations, tokens, GetParam(), pool), expected)
        << rows << " x " << cols << ", " << tokens << " tokens, zero rows " << zero_rows;
  }
}

TEST_P(TwoBit, BlocksOfNothing) {
  const auto refuse = [](const SumsBlock&) { FAIL() << "there are no sums"; };
  ternary_gemm_blocks(PackedTernary(0, 128), std::vector<std::int8_t>(256), 2, refuse, GetParam());
  ternary_gemm_blocks(PackedTernary(4, 128), {}, 0, refuse, GetParam());
  EXPECT_EQ(product_by_blocks(PackedTernary(3, 0), {}, 2, GetParam(), nullptr), std::vector<std::int32_t>(6));
  PackedTernary weights(4, 128);
  EXPECT_THROW(ternary_gemm_blocks(weights, std::vector<std::int8_t>(127), 1, refuse, GetParam()),
               std::invalid_argument);
  weights.release();
  EXPECT_THROW(ternary_gemm_blocks(weights, std::vector<std::int8_t>(128), 1, refuse, GetParam()),
               std::invalid_argument);
}

/// An exception of whoever takes the sums comes out, and the pool goes on.
TEST_P(TwoBit, BlocksMayThrow) {
  ThreadPool pool(2);
  Random random(29);
  const PackedTernary weights = random_matrix(random, 300, 256);
  const std::vector<std::int8_t> activations = random_activations(random, 256 * 20);
  const auto refuse = [](const SumsBlock& block) {
    if (block.row + block.rows == 300) throw std::runtime_error("the last rows");
  };
  EXPECT_THROW(ternary_gemm_blocks(weights, activations, 20, refuse, GetParam(), &pool), std::runtime_error);
  EXPECT_EQ(product_by_blocks(weights, activations, 20, GetParam(), &pool), naive(weights, activations, 20));
}

TEST_P(TwoBit, ColumnsAreThoseOfTheMatrix) {
  ThreadPool pools[] = {ThreadPool(1), ThreadPool(2), ThreadPool(3), ThreadPool(7)};
  Random random(25);
  for (int trial = 0; trial < test::rounds(90); ++trial) {
    const auto rows = static_cast<std::int64_t>(1 + random.below(trial % 3 == 0 ? 900 : 70));
    const auto cols = static_cast<std::int64_t>(1 + random.below(400));
    const auto tokens = static_cast<std::int64_t>(trial % 2 == 0 ? 1 : 1 + random.below(20));
    const double zeros = trial % 4 == 0 ? 0.0 : trial % 4 == 3 ? 1.0 : 0.6;
    const PackedTernary weights = random_matrix(random, rows, cols);
    const RepackedTernary columns = repack(weights, Packing::TwoBitColumns);
    const std::vector<std::int8_t> activations = random_activations(random, tokens * cols, zeros);
    ASSERT_EQ(product(columns, activations, tokens, GetParam(), &pools[trial % 4]), naive(weights, activations, tokens))
        << rows << " x " << cols << ", " << tokens << " tokens, zeros " << zeros;
  }
}

INSTANTIATE_TEST_SUITE_P(Isa, TwoBit,
                         ::testing::Values(Isa::Scalar, Isa::Avx2, Isa::Avx512, Isa::Amx, Isa::Neon, Isa::NeonDot),
                         [](const auto& parameter) {
                           std::string name(name_of(parameter.param));
                           for (char& c : name) c = c == '-' ? '_' : c;
                           return name;
                         });

TEST(Columns, UnpackIsTheInverse) {
  Random random(26);
  for (const auto& [rows, cols] : {std::pair{1, 1}, {64, 128}, {65, 129}, {256, 320}, {300, 77}, {513, 5}}) {
    const PackedTernary weights = random_matrix(random, rows, cols);
    const PackedTernary back = unpack(repack(weights, Packing::TwoBitColumns));
    ASSERT_EQ(back.cols(), cols);
    for (std::int64_t r = 0; r < rows; ++r) {
      ASSERT_TRUE(std::ranges::equal(back.row(r), weights.row(r))) << rows << " x " << cols << ", row " << r;
    }
  }
}

TEST(Columns, ReadsOnlyInputsThatAreNotZero) {
  const RepackedTernary columns = repack(PackedTernary(300, 5), Packing::TwoBitColumns);
  EXPECT_EQ(bytes_read(columns, std::vector<std::int8_t>{0, 7, 0, -1, 0}), 2U * 2U * 64U);
  EXPECT_EQ(bytes_read(columns, std::vector<std::int8_t>(5)), 0U);
}

TEST(Columns, RefusesWhatDoesNotFit) {
  PackedTernary weights(4, 128);
  const RepackedTernary columns = repack(weights, Packing::TwoBitColumns);
  std::vector<std::int32_t> sums(4);
  EXPECT_THROW(ternary_gemm(columns, std::vector<std::int8_t>(127), 1, sums, Isa::Scalar), std::invalid_argument);
  EXPECT_THROW(repack(weights, Packing::TwoBit), std::invalid_argument);
  weights.release();
  EXPECT_THROW(repack(weights, Packing::TwoBitColumns), std::invalid_argument);
  EXPECT_THROW(ternary_gemm(weights, std::vector<std::int8_t>(128), 1, sums, Isa::Scalar), std::invalid_argument);
}

TEST(Pool, EveryPartOnceEveryPieceOnce) {
  for (const int threads : {1, 2, 3, 7}) {
    ThreadPool pool(threads);
    for (int round = 0; round < 2000; ++round) {
      std::atomic<int> parts{0};
      pool.run([&](int part) { parts += 1 << part; });
      ASSERT_EQ(parts, (1 << threads) - 1);
      const auto count = static_cast<std::int64_t>(round % 50);
      std::vector<std::atomic<int>> seen(50);
      pool.parallel_for(count, 4, [&](std::int64_t begin, std::int64_t end) {
        EXPECT_EQ(begin % 4, 0);
        for (std::int64_t i = begin; i < end; ++i) ++seen[i];
      });
      for (std::int64_t i = 0; i < 50; ++i) ASSERT_EQ(seen[i], i < count ? 1 : 0);
    }
  }
}

TEST(Pool, ThrowsOnTheLowestPartsErrorAndGoesOn) {
  ThreadPool pool(3);
  for (int round = 0; round < 100; ++round) {
    try {
      pool.run([](int part) {
        if (part > 0) throw std::runtime_error("part " + std::to_string(part));
      });
      FAIL() << "nothing thrown";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "part 1");
    }
    std::atomic<int> ran{0};
    pool.run([&](int) { ++ran; });
    EXPECT_EQ(ran, 3);
  }
  EXPECT_THROW(ThreadPool(0), std::invalid_argument);
}

TEST(Pool, EveryThreadIsReachedHoweverFastTheOthersAre) {
  for (const int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    for (int round = 0; round < 200; ++round) {
      std::mutex mutex;
      std::set<std::thread::id> seen;
      int calls = 0;
      pool.on_every_thread([&] {
        const std::lock_guard lock(mutex);
        seen.insert(std::this_thread::get_id());
        ++calls;
      });
      ASSERT_EQ(seen.size(), static_cast<std::size_t>(threads));
      ASSERT_EQ(calls, threads);
      ASSERT_TRUE(seen.contains(std::this_thread::get_id()));
      EXPECT_THROW(pool.on_every_thread([] { throw std::runtime_error("all"); }), std::runtime_error);
    }
  }
}

}  // namespace
}  // namespace ternsim::kernels
