#include <gtest/gtest.h>

#include "base/random.h"
#include "sim/systemc_engine.h"
#include "tests/tiny_model.h"

namespace ternsim::sim {
namespace {

struct Case {
  const char* config;
  std::int64_t rows, cols, tokens;
  std::uint64_t tiles, cycles;
};

// cycles = sum over tiles of ceil(cols / lanes) * tokens, plus the latency once: tiles follow one another directly.
// small: 4 rows x 16 lanes x 4 slots, latency 1 + 4 + 1 = 6; edge: 16 x 64 x 8, latency 1 + 3 + 1 = 5.
class MatrixTiming : public ::testing::TestWithParam<Case> {};

TEST_P(MatrixTiming, EqualsTheDerivation) {
  const Case& c = GetParam();
  Random random(5);
  const auto weights = test::random_linear(random, c.rows, c.cols);
  std::vector<std::int8_t> x(static_cast<std::size_t>(c.cols * c.tokens));
  for (std::int8_t& v : x) v = static_cast<std::int8_t>(random.below(256));
  std::vector<std::int32_t> sums(static_cast<std::size_t>(c.rows * c.tokens));
  const std::filesystem::path source = TERNSIM_SOURCE_DIR;
  SystemCEngine engine(find_rtl_config(source / "rtl/configs.yaml", c.config));
  engine.multiply({weights.codes, x, c.tokens, 0, "case"}, sums);
  EXPECT_EQ(engine.counters().cycles, c.cycles);
  EXPECT_EQ(engine.counters().tiles, c.tiles);
  EXPECT_EQ(engine.counters().lane_adds, static_cast<std::uint64_t>(c.rows * c.cols * c.tokens));
  for (std::int64_t t = 0; t < c.tokens; ++t)
    for (std::int64_t r = 0; r < c.rows; ++r) {
      std::int32_t expected = 0;
      for (std::int64_t k = 0; k < c.cols; ++k)
        expected += weights.codes.weight(r, k) * x[static_cast<std::size_t>(t * c.cols + k)];
      ASSERT_EQ(sums[static_cast<std::size_t>(t * c.rows + r)], expected) << "token " << t << ", row " << r;
    }
  // A second product on the same clock costs the same.
  engine.multiply({weights.codes, x, c.tokens, 0, "case"}, sums);
  EXPECT_EQ(engine.counters().cycles, 2 * c.cycles);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, MatrixTiming,
    ::testing::Values(Case{"small", 4, 16, 1, 1, 1 + 6},               // one beat
                      Case{"small", 4, 17, 1, 1, 2 + 6},               // a second, mostly empty beat
                      Case{"small", 5, 16, 1, 2, 2 * 1 + 6},           // a second row tile
                      Case{"small", 4, 16, 4, 1, 4 + 6},               // four tokens share the load
                      Case{"small", 4, 16, 5, 2, 4 + 1 + 6},           // the fifth is a tile of its own
                      Case{"small", 9, 40, 6, 6, 3 * 3 * 6 + 6},       // 3 row tiles x 3 beats x 6 tokens
                      Case{"edge", 16, 64, 1, 1, 1 + 5},               // one beat
                      Case{"edge", 256, 256, 1, 16, 16 * 4 + 5},       // attn_q of the embedded model
                      Case{"edge", 256, 768, 1, 16, 16 * 12 + 5},      // ffn_down
                      Case{"edge", 768, 256, 1, 48, 48 * 4 + 5},       // ffn_gate
                      Case{"edge", 128, 256, 16, 16, 8 * 4 * 16 + 5},  // attn_k over a prompt of 16
                      Case{"edge", 17, 65, 9, 4, 2 * 2 * 9 + 5}));     // tails everywhere

}  // namespace
}  // namespace ternsim::sim
