// Cycle counts of the ternary matrix unit, each derived by hand.
//
// small: 4 rows, 16 lanes, 4 slots; log2(16) = 4 levels, 1 a stage = 4 stages; latency 1 + 4 + 1 = 6.
// edge: 16 rows, 64 lanes, 8 slots; log2(64) = 6 levels, 2 a stage = 3 stages; latency 1 + 3 + 1 = 5.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "cosim/rtl_vectors.h"
#include "rtl/verilated_unit.h"

namespace ternsim::rtl_test {
namespace {

std::uint64_t cycles(const std::string& config, std::int64_t rows, std::int64_t cols, std::int64_t tokens) {
  rtl::RtlEngine engine(config);
  const Vector v = random_vector(config, rows, cols, tokens, 1);
  EXPECT_TRUE(matches(v, rtl_sums(v, engine)));
  return engine.counters().cycles;
}

TEST(RtlTiming, CyclesOfProducts) {
  EXPECT_EQ(cycles("small", 4, 16, 1), 1U + 6);              // one beat
  EXPECT_EQ(cycles("small", 4, 48, 1), 3U + 6);              // 48 / 16 = 3 beats
  EXPECT_EQ(cycles("small", 4, 49, 1), 4U + 6);              // a tail costs a whole beat
  EXPECT_EQ(cycles("small", 10, 48, 1), 3U * 3 + 6);         // 3 row tiles of 3 beats, no draining between them
  EXPECT_EQ(cycles("small", 4, 48, 4), 3U * 4 + 6);          // 3 beats for each of 4 tokens
  EXPECT_EQ(cycles("small", 5, 20, 6), 2U * 2 * 6 + 6);      // 2 row tiles x 2 beats x (4 + 2) tokens
  EXPECT_EQ(cycles("edge", 640, 2560, 1), 40U * 40 + 5);     // 640 / 16 = 40 tiles of 2560 / 64 = 40 beats
  EXPECT_EQ(cycles("edge", 16, 6912, 8), 108U * 8 + 5);      // 6912 / 64 = 108 beats for each of 8 tokens
  EXPECT_EQ(cycles("edge", 17, 6912, 9), 2U * 108 * 9 + 5);  // 2 row tiles x 108 beats x (8 + 1) tokens
}

/// A bare unit with all weights +1 and every activation the same, so that a beat's sum is lanes * activation.
class RtlUnitTiming : public testing::Test {
 protected:
  void offer(int activation, bool load = false, int slot = 0, bool first = true, bool last = true) {
    activations_.assign(static_cast<std::size_t>(unit_->geometry().lanes), static_cast<std::int8_t>(activation));
    unit_->drive({activations_, load ? std::span<const std::uint8_t>(codes_) : std::span<const std::uint8_t>{}, slot,
                  first, last});
  }
  std::int32_t sum() {
    std::vector<std::int32_t> sums(static_cast<std::size_t>(unit_->geometry().rows));
    unit_->output_sums(sums);
    for (const std::int32_t s : sums) EXPECT_EQ(s, sums[0]);
    return sums[0];
  }

  std::unique_ptr<rtl::VerilatedUnit> unit_ = rtl::VerilatedUnit::make("small");
  std::vector<std::uint8_t> codes_ = std::vector<std::uint8_t>(unit_->code_bytes(), 0xAA);  // code 2 everywhere
  std::vector<std::int8_t> activations_;
};

TEST_F(RtlUnitTiming, ABeatIsOutputLatencyCyclesLater) {
  for (const auto& [name, latency] : {std::pair<std::string, int>{"small", 6}, {"edge", 5}}) {
    unit_ = rtl::VerilatedUnit::make(name);
    codes_.assign(unit_->code_bytes(), 0xAA);
    EXPECT_EQ(unit_->geometry().latency(), latency);
    offer(3, true);
    for (int cycle = 0; cycle < latency + 4; ++cycle) {
      ASSERT_EQ(unit_->output_valid(), cycle == latency) << name << " cycle " << cycle;
      if (cycle == latency) {
        EXPECT_EQ(sum(), 3 * unit_->geometry().lanes);
      }
      unit_->step();
      unit_->idle();
    }
  }
}

// One load and one beat a cycle; slot s gets 1 + s, then ten times that; sums appear for the second beat only.
TEST_F(RtlUnitTiming, SlotsAccumulateApart) {
  for (int cycle = 0; cycle < 8 + 6; ++cycle) {
    unit_->idle();
    if (cycle < 8) {
      const int slot = cycle % 4;
      offer(cycle < 4 ? 1 + slot : 10 * (1 + slot), cycle == 0, slot, cycle < 4, cycle >= 4);
    }
    // The beats with `last` enter in cycles 4 to 7: outputs in cycles 10 to 13.
    ASSERT_EQ(unit_->output_valid(), cycle >= 10) << cycle;
    if (cycle >= 10) {
      EXPECT_EQ(unit_->output_slot(), cycle - 10);
      EXPECT_EQ(sum(), 16 * 11 * (cycle - 10 + 1));
    }
    unit_->step();
  }
}

// Beats 1, 2, 3 ... one a cycle, the first output not taken for three cycles: while it waits nothing is accepted, then
// all follow one a cycle, each three cycles late.
TEST_F(RtlUnitTiming, BackPressureFreezesEverything) {
  int sent = 0;
  int received = 0;
  for (int cycle = 0; cycle < 6 + 3 + 10; ++cycle) {
    const bool stall = cycle >= 6 && cycle < 9;
    if (sent < 10) {
      offer(sent + 1, sent == 0);
    } else {
      unit_->idle();
    }
    unit_->set_output_ready(!stall);
    EXPECT_EQ(unit_->input_ready(), !stall) << cycle;
    ASSERT_EQ(unit_->output_valid(), cycle >= 6) << cycle;
    if (cycle >= 6) {
      EXPECT_EQ(sum(), 16 * (received + 1)) << cycle;
      if (!stall) ++received;
    }
    if (sent < 10 && !stall) ++sent;
    unit_->step();
  }
  EXPECT_EQ(received, 10);
  EXPECT_FALSE(unit_->output_valid());
}

// Nothing waits at the output, so low readiness alone stops nobody.
TEST_F(RtlUnitTiming, AnEmptyOutputAcceptsWithoutReady) {
  unit_->set_output_ready(false);
  offer(1, true);
  for (int cycle = 0; cycle < 6; ++cycle) {
    EXPECT_TRUE(unit_->input_ready()) << cycle;
    unit_->step();
    unit_->idle();
  }
  EXPECT_TRUE(unit_->output_valid());
  EXPECT_FALSE(unit_->input_ready());
}

// The load is in the input register one cycle after its acceptance, the flag is registered from there.
TEST_F(RtlUnitTiming, IllegalCodeIsFlaggedTwoCyclesAfterItsLoad) {
  codes_[5] = 0xEA;  // codes 2 2 2 3
  offer(1, true);
  for (int cycle = 0; cycle < 4; ++cycle) {
    EXPECT_EQ(unit_->illegal(), cycle >= 2) << cycle;
    EXPECT_EQ(unit_->illegal_count(), cycle >= 2 ? 1U : 0U) << cycle;
    unit_->step();
    if (cycle == 0) offer(1);  // the illegal register is used again, which is not another load
    if (cycle == 1) unit_->idle();
  }
  codes_[5] = 0xFF;  // four illegal codes in one load count once
  offer(1, true);
  unit_->step();
  codes_[5] = 0xAA;
  offer(1, true);
  unit_->step();
  unit_->idle();
  unit_->step();
  EXPECT_EQ(unit_->illegal_count(), 2U);
  EXPECT_TRUE(unit_->illegal()) << "sticky";
}

// A load that is frozen in the input register counts once, when the pipeline moves on: accepted at the end of cycle 5,
// frozen in cycles 6 to 9 by the output of the beat of cycle 0, counted at the end of cycle 10.
TEST_F(RtlUnitTiming, AFrozenIllegalLoadCountsOnce) {
  offer(1, true);
  for (int cycle = 0; cycle < 13; ++cycle) {
    unit_->set_output_ready(cycle < 6 || cycle >= 10);
    if (cycle == 5) {
      codes_[5] = 0xFF;
      offer(1, true);
    }
    EXPECT_EQ(unit_->illegal_count(), cycle >= 11 ? 1U : 0U) << cycle;
    unit_->step();
    unit_->idle();
  }
}

TEST_F(RtlUnitTiming, ResetDropsBeatsOutputFlagAndCount) {
  codes_[0] = 0xFF;
  for (int i = 0; i < 7; ++i) {
    offer(1, true);
    unit_->step();
  }
  ASSERT_TRUE(unit_->output_valid());
  ASSERT_TRUE(unit_->illegal());
  unit_->idle();
  unit_->reset();
  codes_[0] = 0xAA;
  for (int cycle = 0; cycle < 10; ++cycle) {
    EXPECT_FALSE(unit_->output_valid()) << cycle;
    EXPECT_FALSE(unit_->illegal()) << cycle;
    EXPECT_EQ(unit_->illegal_count(), 0U) << cycle;
    EXPECT_TRUE(unit_->input_ready()) << cycle;
    unit_->step();
  }
  offer(2, true);  // and what comes after reset is whole
  unit_->step();
  unit_->idle();
  for (int i = 1; i < 6; ++i) unit_->step();
  ASSERT_TRUE(unit_->output_valid());
  EXPECT_EQ(sum(), 32);
}

TEST_F(RtlUnitTiming, ABeatChangedBeforeItsAcceptanceFailsAnAssertion) {
  offer(1, true);
  for (int i = 0; i < 6; ++i) unit_->step();
  unit_->set_output_ready(false);
  ASSERT_FALSE(unit_->input_ready());
  unit_->step();
  offer(2, true);
  try {
    unit_->step();
    FAIL() << "the assertion did not fire";
  } catch (const MismatchError& e) {
    EXPECT_NE(std::string(e.what()).find("a transfer changed before it was taken"), std::string::npos) << e.what();
  }
  unit_->idle();
  unit_->reset();
  EXPECT_NO_THROW(unit_->step());
}

TEST_F(RtlUnitTiming, WrongBeatSizesAreRefused) {
  const std::vector<std::int8_t> few(15);
  const std::vector<std::int8_t> right(16);
  const std::vector<std::uint8_t> codes(1);
  EXPECT_THROW(unit_->drive({few, {}, 0, true, true}), std::invalid_argument);
  EXPECT_THROW(unit_->drive({right, codes, 0, true, true}), std::invalid_argument);
  EXPECT_THROW(unit_->drive({right, {}, 4, true, true}), std::invalid_argument);
}

}  // namespace
}  // namespace ternsim::rtl_test
