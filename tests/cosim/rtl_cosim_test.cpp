// The RTL engine against naive integer sums.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iostream>

#include "base/error.h"
#include "base/random.h"
#include "cosim/rtl_vectors.h"
#include "rtl/rtl_engine.h"
#include "rtl/verilated_unit.h"
#include "sim/program/matrix_geometry.h"
#include "tests/soak.h"

namespace ternsim::rtl_test {
namespace {

const std::filesystem::path kConfigs = std::filesystem::path(TERNSIM_SOURCE_DIR) / "rtl/configs.yaml";

class RtlCosim : public testing::TestWithParam<std::string> {
 protected:
  const sim::MatrixGeometry geometry_ = sim::find_rtl_config(kConfigs, GetParam());
};
INSTANTIATE_TEST_SUITE_P(Configs, RtlCosim, testing::ValuesIn(rtl::VerilatedUnit::names()),
                         [](const auto& config) { return config.param; });

TEST(RtlBuild, EveryConfigurationOfTheYamlIsCompiledInWithItsParameters) {
  std::vector<std::string> names;
  for (const sim::MatrixGeometry& g : sim::load_rtl_configs(kConfigs)) {
    names.push_back(g.name);
    EXPECT_NO_THROW(rtl::VerilatedUnit::make(g)) << g.name;
  }
  EXPECT_EQ(rtl::VerilatedUnit::names(), names);
}

// One lane at a time, every activation and every code, the illegal one included: row r has code r % 4.
TEST_P(RtlCosim, EveryLaneTakesEveryActivationAndCode) {
  const auto unit = rtl::VerilatedUnit::make(geometry_);
  const auto lanes = static_cast<std::size_t>(geometry_.lanes);
  const auto rows = static_cast<std::size_t>(geometry_.rows);
  const int latency = geometry_.latency();
  std::vector<std::int32_t> sums(rows);
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    std::vector<std::uint8_t> codes(unit->code_bytes(), 0x55);
    for (std::size_t r = 0; r < rows; ++r) {
      const std::size_t bit = 2 * (r * lanes + lane);
      codes[bit / 8] =
          static_cast<std::uint8_t>((codes[bit / 8] & ~(3 << bit % 8)) | static_cast<int>(r % 4) << bit % 8);
    }
    std::vector<std::int8_t> activations(lanes, 0);
    // The other lanes hold weight 0, so their activations must not matter: they carry 127.
    std::ranges::fill(activations, std::int8_t{127});
    for (int cycle = 0; cycle < 256 + latency; ++cycle) {
      unit->idle();
      if (cycle < 256) {
        activations[lane] = static_cast<std::int8_t>(cycle - 128);
        unit->drive({activations, cycle == 0 ? std::span<const std::uint8_t>(codes) : std::span<const std::uint8_t>{},
                     0, true, true});
      }
      ASSERT_TRUE(unit->input_ready());
      ASSERT_EQ(unit->output_valid(), cycle >= latency) << "cycle " << cycle;
      if (cycle >= latency) {
        unit->output_sums(sums);
        const int act = cycle - latency - 128;
        constexpr std::array kWeight = {-1, 0, 1, 0};  // of codes 0 to 3
        for (std::size_t r = 0; r < rows; ++r) ASSERT_EQ(sums[r], kWeight[r % 4] * act) << "lane " << lane;
      }
      unit->step();
    }
  }
  // One load for each lane, with a code 3 if there is a fourth row.
  EXPECT_EQ(unit->illegal(), rows > 3);
  EXPECT_EQ(unit->illegal_count(), rows > 3 ? lanes : 0U);
}

// Anything at all: shapes, tokens, gaps and stalls drawn anew for each product, on one engine that is never reset.
TEST_P(RtlCosim, RandomProducts) {
  Random random(77);
  const auto up_to = [&](std::int64_t n) {
    return 1 + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(n)));
  };
  rtl::RtlEngine engine(geometry_, {.seed = 78, .input_gap = 0.2, .output_stall = 0.2});
  std::int64_t vectors = 0;
  for (int n = 0; n < test::rounds(40); ++n) {
    Vector v = random_vector(GetParam(), up_to(2 * geometry_.rows + 3), up_to(4 * geometry_.lanes + 3),
                             up_to(2 * geometry_.slots + 3), random.next());
    ASSERT_TRUE(matches(v, rtl_sums(v, engine))) << "product " << n;
    vectors += v.tokens;
  }
  RecordProperty("vectors", std::to_string(vectors));
  std::cout << "matched " << vectors << " vectors\n";
}

// Shapes around one tile, one beat and one slot group, so that every kind of tail occurs.
TEST_P(RtlCosim, ShapesWithTails) {
  rtl::RtlEngine engine(geometry_);
  std::uint64_t seed = 1;
  for (const std::int64_t rows :
       {1, std::max(1, geometry_.rows - 1), geometry_.rows, geometry_.rows + 1, 3 * geometry_.rows})
    for (const std::int64_t cols : {1, 3, geometry_.lanes - 1, geometry_.lanes, geometry_.lanes + 1, 128, 300})
      for (const std::int64_t tokens : {1, 2, geometry_.slots, geometry_.slots + 1}) {
        const Vector v = random_vector(GetParam(), rows, cols, tokens, seed++);
        ASSERT_TRUE(matches(v, rtl_sums(v, engine)));
      }
}

TEST_P(RtlCosim, EverySlotCount) {
  for (int tokens = 1; tokens <= 2 * geometry_.slots + 1; ++tokens) {
    ASSERT_TRUE(matches(random_vector(GetParam(), geometry_.rows, 5 * geometry_.lanes, tokens, 100U + tokens)));
  }
}

// K = 6912 is the longest row of the 2B4T model; +-128 * 6912 = +-884736 needs 21 bits.
TEST_P(RtlCosim, ExtremeSums) {
  constexpr std::int64_t kCols = 6912;
  for (const int act : {-128, 127})
    for (const int weight : {-1, 0, 1}) {
      Vector v = random_vector(GetParam(), geometry_.rows, kCols, 2, 1);
      std::ranges::fill(v.weights, static_cast<std::int8_t>(weight));
      std::ranges::fill(v.activations, static_cast<std::int8_t>(act));
      rtl::RtlEngine engine(geometry_);
      const std::vector<std::int32_t> sums = rtl_sums(v, engine);
      for (const std::int32_t s : sums) ASSERT_EQ(s, act * weight * kCols);
    }
}

TEST_P(RtlCosim, LongRandomRows) {
  ASSERT_TRUE(matches(random_vector(GetParam(), geometry_.rows + 3, 6912, geometry_.slots + 1, 42)));
}

TEST_P(RtlCosim, CountersCountRealLanesOnly) {
  const std::int64_t rows = geometry_.rows + 1;
  const std::int64_t cols = geometry_.lanes + 1;
  const std::int64_t tokens = geometry_.slots + 1;
  rtl::RtlEngine engine(geometry_);
  rtl_sums(random_vector(GetParam(), rows, cols, tokens, 1), engine);
  rtl_sums(random_vector(GetParam(), rows, cols, tokens, 2), engine);
  EXPECT_EQ(engine.counters().matmuls, 2U);
  EXPECT_EQ(engine.counters().tiles, 2U * 2 * 2);  // two row tiles x two token groups, twice
  EXPECT_EQ(engine.counters().lane_adds, static_cast<std::uint64_t>(2 * rows * cols * tokens));
}

TEST_P(RtlCosim, IllegalCodeIsNamedAndTheEngineStaysUsable) {
  rtl::RtlEngine engine(geometry_);
  kernels::PackedTernary weights(geometry_.rows, 2 * geometry_.lanes);
  weights.set_weight(0, geometry_.lanes, 2);  // code 3, in the second beat
  const std::vector<std::int8_t> activations(static_cast<std::size_t>(2 * geometry_.lanes), 1);
  std::vector<std::int32_t> sums(static_cast<std::size_t>(geometry_.rows));
  try {
    engine.multiply({weights, activations, 1, 3, "blk.3.attn_q"}, sums);
    FAIL() << "accepted an illegal code";
  } catch (const MismatchError& e) {
    EXPECT_NE(std::string(e.what()).find("blk.3.attn_q"), std::string::npos) << e.what();
    EXPECT_NE(std::string(e.what()).find("1 weight loads"), std::string::npos) << e.what();
  }
  const Vector v = random_vector(GetParam(), geometry_.rows, 2 * geometry_.lanes, 1, 5);
  EXPECT_TRUE(matches(v, rtl_sums(v, engine)));
}

TEST(RtlErrors, UnknownConfigurationListsThoseThatExist) {
  try {
    rtl::RtlEngine engine("egde");
    FAIL();
  } catch (const RequestError& e) {
    EXPECT_NE(std::string(e.what()).find("did you mean 'edge'"), std::string::npos) << e.what();
    EXPECT_NE(std::string(e.what()).find("small, edge"), std::string::npos) << e.what();
  }
}

TEST(RtlErrors, AnotherGeometryUnderAKnownNameIsRefused) {
  sim::MatrixGeometry g = sim::find_rtl_config(kConfigs, "small");
  g.slots += 1;
  EXPECT_THROW(rtl::RtlEngine{g}, RequestError);
}

TEST(RtlErrors, DisturbanceMustLeaveProgress) {
  EXPECT_THROW(rtl::RtlEngine("small", {.seed = 1, .input_gap = 1.0}), RequestError);
  EXPECT_THROW(rtl::RtlEngine("small", {.seed = 1, .output_stall = -0.5}), RequestError);
}

TEST(RtlErrors, ColumnsThatCouldOverflowTheAccumulatorAreRefused) {
  rtl::RtlEngine engine("small");
  const std::int64_t cols = 16777216;  // 2^24 * 128 = 2^31
  const kernels::PackedTernary weights(1, cols);
  const std::vector<std::int8_t> activations(static_cast<std::size_t>(cols));
  std::vector<std::int32_t> sums(1);
  EXPECT_THROW(engine.multiply({weights, activations, 1, 0, "wide"}, sums), RequestError);
}

TEST(RtlVectors, AWrongSumSavesAVectorThatReplays) {
  const Vector v = random_vector("small", 3, 5, 2, 9);
  std::vector<std::int32_t> sums = naive_sums(v);
  sums[4] += 1;
  const testing::AssertionResult result = matches(v, sums);
  ASSERT_FALSE(result);
  const std::string message = result.message();
  EXPECT_NE(message.find("token 1 row 1"), std::string::npos) << message;
  const std::size_t start = message.find("--replay ") + 9;
  const std::filesystem::path path = message.substr(start);
  const Vector back = cosim::load_product(path);
  std::filesystem::remove(path);
  EXPECT_EQ(back.weights, v.weights);
  EXPECT_EQ(back.activations, v.activations);
  EXPECT_EQ(back.config, v.config);
}

TEST(RtlVectors, DisturbanceComesBackToTheLastBit) {
  Vector v = random_vector("small", 7, 33, 5, 77);
  v.name = "blk.3.attn_q";
  v.fault = "rtl";
  v.disturbance = {.seed = 3, .input_gap = 1.0 / 3, .output_stall = 0.1};
  cosim::save(v, "rtl_replay_own.txt");
  const Vector back = cosim::load_product("rtl_replay_own.txt");
  std::filesystem::remove("rtl_replay_own.txt");
  EXPECT_EQ(back.name, v.name);
  EXPECT_EQ(back.fault, v.fault);
  EXPECT_EQ(back.disturbance.seed, 3U);
  EXPECT_EQ(back.disturbance.input_gap, 1.0 / 3);
  EXPECT_EQ(back.disturbance.output_stall, 0.1);
  EXPECT_TRUE(matches(back));
}

}  // namespace
}  // namespace ternsim::rtl_test
