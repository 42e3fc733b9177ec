// What the other tests of the matrix unit and the engine leave untouched: the ends of counters, every partial strobe,
// the most tokens of a command, data that must not matter.
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "cosim/rtl_vectors.h"
#include "cosim/rtl_work.h"
#include "rtl/engine_driver.h"
#include "rtl/verilated_unit.h"

namespace ternsim::rtl_test {
namespace {

using rtl::EngineDriver;
using rtl::EngineRegister;

// 2^16 - 1 loads with a code 3 are counted, more no longer.
TEST(RtlCoverageUnit, TheCountOfIllegalLoadsStopsAtItsLimit) {
  const auto unit = rtl::VerilatedUnit::make("small");
  const std::vector<std::int8_t> activations(16, 1);
  const std::vector<std::uint8_t> codes(unit->code_bytes(), 0xFF);
  unit->drive({activations, codes, 0, true, false});
  for (int n = 0; n < 65535; ++n) unit->step();
  unit->idle();
  unit->step();
  EXPECT_EQ(unit->illegal_count(), 65535U);
  unit->drive({activations, codes, 0, true, false});
  for (int n = 0; n < 3; ++n) unit->step();
  unit->idle();
  unit->step();
  EXPECT_EQ(unit->illegal_count(), 65535U);
}

// A beat that loads nothing uses the weights that are there, whatever stands at the weight port. Results of a slot: 16
// lanes of weight +1 with activation 3, three times.
TEST(RtlCoverageUnit, CodesAtThePortWithoutALoadDoNotMatter) {
  const auto unit = rtl::VerilatedUnit::make("small");
  const std::vector<std::int8_t> activations(16, 3);
  const std::vector<std::uint8_t> plus(unit->code_bytes(), 0xAA);
  const std::vector<std::uint8_t> minus(unit->code_bytes(), 0x00);
  unit->drive({activations, plus, 0, true, false});
  unit->step();
  // The port takes the other codes while no beat is offered.
  unit->drive({activations, minus, 0, true, false});
  unit->idle();
  unit->step();
  unit->drive({activations, {}, 0, false, false});
  unit->step();
  unit->drive({activations, {}, 0, false, true});
  unit->step();
  unit->idle();
  for (int n = 1; n < 6; ++n) unit->step();
  ASSERT_TRUE(unit->output_valid());
  std::vector<std::int32_t> sums(4);
  unit->output_sums(sums);
  EXPECT_EQ(sums, std::vector<std::int32_t>(4, 3 * 3 * 16));
}

// Every pattern of byte strobes but all four is refused and changes nothing.
TEST(RtlCoverageEngine, WritesOfSomeBytesAreRefused) {
  EngineDriver engine("small");
  ASSERT_TRUE(engine.write(EngineRegister::CmdRows, 0x01020304));
  for (std::uint8_t strobes = 0; strobes < 15; ++strobes) {
    EXPECT_FALSE(engine.write(static_cast<std::uint8_t>(EngineRegister::CmdRows), 0xFFFFFFFF, strobes)) << int{strobes};
    EXPECT_EQ(engine.read(EngineRegister::CmdRows), 0x01020304U);
  }
}

// As many tokens as the activation bank holds, in groups of four: 2048 beats, and 6 + 2 cycles.
TEST(RtlCoverageEngine, TheMostTokensOfACommand) {
  EngineDriver engine("small");
  Work work(random_vector("small", 4, 16, engine.geometry().activation_depth, 11));
  ASSERT_EQ(engine.start(work.job()), 0U);
  engine.run(true);
  engine.finish();
  EXPECT_EQ(work.sums, naive_sums(work.vector));
  EXPECT_EQ(engine.activity().busy, 2048U + 8);
}

// Commands that between them set and clear every bit of their fields, at every place of the queue. None is refused, and
// each fills a place. Of WeightDepth 512 and ActivationDepth 2048: 512 column blocks allow 4 tokens, one block 2048.
TEST(RtlCoverageEngine, CommandsOfEveryFieldBitAreQueued) {
  struct Fields {
    std::uint32_t rows, cols, tokens;
  };
  EngineDriver engine("small");
  for (const Fields& f : {Fields{0xFFFFFF, 8192, 4}, Fields{1, 1, 2047}, Fields{0xAAAAAA, 511 * 16, 4},
                          Fields{0x555555, 1, 2048}, Fields{1, 341 * 16, 6}}) {
    for (std::uint32_t n = 0; n < 4; ++n) {
      ASSERT_EQ(engine.command(f.rows, f.cols, f.tokens), 0U) << f.rows << " x " << f.cols;
      EXPECT_EQ(engine.read(EngineRegister::QueueLevel), n + 1);
    }
    engine.soft_reset();
  }
}

// Products of tokens and column blocks above what the bank holds: by one (3 x 683 = 2049), and by so much that their
// low bits alone would fit.
TEST(RtlCoverageEngine, ProductsOfTokensAndBlocksThatDoNotFitAreRefused) {
  EngineDriver engine("small");
  for (const auto& [blocks, tokens] :
       {std::pair{3U, 683U}, {512U, 2047U}, {512U, 2048U}, {256U, 1024U}, {511U, 1365U}}) {
    EXPECT_EQ(engine.command(1, 16 * blocks, tokens), rtl::engine_status::kRefusedTokens) << blocks << ", " << tokens;
  }
}

// 128 row tiles x 512 column blocks, a code 3 in every transfer and every row: 2^16 transfers, which the unit's own
// count of 16 bits could not hold, and sums of 0.
TEST(RtlCoverageEngine, MoreIllegalTransfersThanTheUnitCounts) {
  EngineDriver engine("small");
  constexpr std::int64_t kRows = 512;
  constexpr std::int64_t kCols = 8192;
  kernels::PackedTernary weights(kRows, kCols);
  for (std::int64_t r = 0; r < kRows; ++r)
    for (std::int64_t k = 0; k < kCols; k += 16) weights.set_weight(r, k, 2);  // code 3
  const std::vector<std::int8_t> activations(kCols, 1);
  std::vector<std::int32_t> sums(kRows, -1);
  ASSERT_EQ(engine.start({&weights, activations, 1, sums}), 0U);
  engine.run(true);
  engine.finish();
  EXPECT_EQ(sums, std::vector<std::int32_t>(kRows, 0));
  EXPECT_EQ(engine.read(EngineRegister::IllegalBeats), 65536U);
}

// A second read waits until the answer of the first is taken, and is then answered itself.
TEST(RtlCoverageEngine, AReadWaitsForTheAnswerBeforeIt) {
  const auto engine = rtl::VerilatedEngine::make("small");
  rtl::EngineInputs pins;
  const auto cycle = [&] {
    const rtl::EngineOutputs out = engine->drive(pins);
    engine->step();
    return out;
  };
  pins.arvalid = true;
  pins.araddr = 0x00;  // ID
  EXPECT_TRUE(cycle().arready);
  pins.araddr = 0x14;  // QUEUE_DEPTH
  for (int n = 0; n < 3; ++n) {
    const rtl::EngineOutputs out = cycle();
    EXPECT_FALSE(out.arready);
    EXPECT_TRUE(out.rvalid);
    EXPECT_EQ(out.rdata, 0x5445524EU);
  }
  pins.rready = true;
  EXPECT_FALSE(cycle().arready);
  EXPECT_TRUE(cycle().arready);
  pins.arvalid = false;
  const rtl::EngineOutputs out = cycle();
  EXPECT_TRUE(out.rvalid);
  EXPECT_EQ(out.rdata, 4U);
}

}  // namespace
}  // namespace ternsim::rtl_test
