// Cycle counts and handshakes of the RTL's leaf modules, each derived by hand from the module's parameters.
#include <array>
#include <string>
#include <vector>

#include "Vfp16_mac_half.h"
#include "Vfp16_mac_half_deep.h"
#include "Vfp16_mac_single.h"
#include "Vfp16_mac_single_deep.h"
#include "Vint8_mac_array_1x64.h"
#include "Vint8_mac_array_4x16.h"
#include "Vrequantise_1.h"
#include "Vrequantise_4.h"
#include "Vtrit_decoder_1.h"
#include "Vtrit_decoder_8.h"
#include "cosim/rtl_leaf_clock.h"

namespace ternsim::rtl_test {
namespace {

/// Cycles from the one that accepts a lone beat to the one that outputs it, and that it is output once.
template <typename Model>
int latency(LeafClock<Model>& unit) {
  unit.ports().valid_i = 1;
  unit.ports().ready_i = 1;
  unit.settle();
  EXPECT_TRUE(unit.ports().ready_o);
  int first = -1;
  int outputs = 0;
  for (int cycle = 0; cycle < 80; ++cycle) {
    unit.settle();
    if (unit.ports().valid_o) {
      if (first < 0) first = cycle;
      ++outputs;
    }
    unit.step();
    unit.ports().valid_i = 0;
  }
  EXPECT_EQ(outputs, 1);
  return first;
}

template <typename Model>
void begin_and_end_a_sum(Model& ports) {
  ports.slot_i = 0;
  ports.weight_load_i = 1;
  ports.first_i = 1;
  ports.last_i = 1;
}

template <typename Model>
int mac_latency() {
  LeafClock<Model> unit;
  begin_and_end_a_sum(unit.ports());
  return latency(unit);
}

TEST(RtlLeafTiming, Latencies) {
  LeafClock<Vtrit_decoder_8> decoder;
  EXPECT_EQ(latency(decoder), 1);
  // Input register, product register, log2(16) = 4 levels at one a stage, accumulator.
  EXPECT_EQ(mac_latency<Vint8_mac_array_4x16>(), 1 + 1 + 4 + 1);
  // No product register, log2(64) = 6 levels at four a stage.
  EXPECT_EQ(mac_latency<Vint8_mac_array_1x64>(), 1 + 0 + 2 + 1);
  // Input register, multiplier, adder into the accumulator.
  EXPECT_EQ(mac_latency<Vfp16_mac_half>(), 1 + 1 + 1);
  EXPECT_EQ(mac_latency<Vfp16_mac_single>(), 1 + 1 + 1);
  EXPECT_EQ(mac_latency<Vfp16_mac_half_deep>(), 1 + 2 + 2);
  EXPECT_EQ(mac_latency<Vfp16_mac_single_deep>(), 1 + 2 + 2);
  // Product, scaled value, row store: 3; division 1 + FractionBits + 8; start 1; store read, shift, product, result: 4.
  LeafClock<Vrequantise_4> requantise;
  requantise.ports().last_i = 1;
  EXPECT_EQ(latency(requantise), 3 + (1 + 16 + 8) + 1 + 4);
  LeafClock<Vrequantise_1> coarse;
  coarse.ports().last_i = 1;
  EXPECT_EQ(latency(coarse), 3 + (1 + 10 + 8) + 1 + 4);
}

/// Cycles in which `beats` beats that continue the slots 0 .. slots - 1 in turn are accepted.
template <typename Model>
std::uint64_t accepted_in(int slots, int beats) {
  LeafClock<Model> unit;
  begin_and_end_a_sum(unit.ports());
  for (int slot = 0; slot < slots; ++slot) {
    unit.ports().slot_i = static_cast<CData>(slot);
    unit.ports().valid_i = 1;
    unit.step();
  }
  unit.ports().valid_i = 0;
  for (int i = 0; i < 20; ++i) unit.step();
  return stream(
      unit, static_cast<std::size_t>(beats), 0, {},
      [&](std::size_t i) {
        unit.ports().slot_i = static_cast<CData>(i % static_cast<std::size_t>(slots));
        unit.ports().first_i = 0;
        unit.ports().last_i = 0;
      },
      [](std::size_t) {});
}

TEST(RtlLeafTiming, ADeepAdderTakesASlotEveryOtherCycle) {
  EXPECT_EQ(accepted_in<Vfp16_mac_half>(1, 30), 30U);
  EXPECT_EQ(accepted_in<Vfp16_mac_half_deep>(3, 30), 30U);          // no slot twice in a row
  EXPECT_EQ(accepted_in<Vfp16_mac_half_deep>(1, 30), 29U * 2 + 1);  // a wait before each but the first
  EXPECT_EQ(accepted_in<Vfp16_mac_single_deep>(1, 30), 29U * 2 + 1);
}

/// Rows of `beats` beats without gaps; returns the cycles until the last output is taken.
std::uint64_t requantise_cycles(std::size_t rows, std::size_t beats) {
  LeafClock<Vrequantise_4> unit;
  unit.ports().mantissa_i = 1;
  unit.ports().shift_i = 0;
  return stream(
      unit, rows * beats, rows * beats, {},
      [&](std::size_t i) {
        set_port<decltype(unit.ports().sums_i), std::int32_t>(unit.ports().sums_i,
                                                              std::array<std::int32_t, 4>{1, 2, 3, 4});
        unit.ports().last_i = (i + 1) % beats == 0;
      },
      [](std::size_t) {});
}

TEST(RtlLeafTiming, RequantiseOverlapsRows) {
  // One row: its beats go in, 33 cycles later the first comes out, and the others after it.
  EXPECT_EQ(requantise_cycles(1, 1), 1U + 33);
  EXPECT_EQ(requantise_cycles(1, 50), 50U + 33 + 49);
  // Two rows: the second is in and divided before the first is out; the output pauses for the start and four stages.
  EXPECT_EQ(requantise_cycles(2, 50), 50U + 33 + 49 + 50 + 5);
  // In the long run a bank is filled (50), divided (28 + 1) and emptied (50), the next beat entering as the last one
  // leaves: a row for each of the two banks in 2 * 50 + 28 cycles.
  EXPECT_EQ(requantise_cycles(6, 50) - requantise_cycles(4, 50), 2U * 50 + 28);
  EXPECT_EQ(requantise_cycles(7, 50) - requantise_cycles(5, 50), 2U * 50 + 28);
  // Rows below 12 beats wait for the divider: accepted, 16 + 8 steps, taken.
  EXPECT_EQ(requantise_cycles(12, 2) - requantise_cycles(10, 2), 2U * (1 + 24 + 1));
}

TEST(RtlLeafTiming, AnOutputThatIsNotTakenHoldsTheInput) {
  LeafClock<Vint8_mac_array_4x16> unit;
  begin_and_end_a_sum(unit.ports());
  unit.ports().valid_i = 1;
  unit.ports().ready_i = 0;
  for (int cycle = 0; cycle < 20; ++cycle) {
    unit.settle();
    EXPECT_EQ(unit.ports().ready_o, cycle < 7) << cycle;  // the latency
    EXPECT_EQ(unit.ports().valid_o, cycle >= 7) << cycle;
    unit.step();
  }
  unit.ports().ready_i = 1;
  unit.settle();
  EXPECT_TRUE(unit.ports().ready_o);
}

TEST(RtlLeafTiming, ResetDropsBeatsInFlight) {
  LeafClock<Vfp16_mac_half_deep> mac;
  begin_and_end_a_sum(mac.ports());
  mac.ports().valid_i = 1;
  for (int i = 0; i < 3; ++i) mac.step();
  mac.ports().valid_i = 0;
  mac.reset();
  LeafClock<Vrequantise_4> requantise;
  requantise.ports().last_i = 1;
  requantise.ports().valid_i = 1;
  for (int i = 0; i < 3; ++i) requantise.step();
  requantise.settle();
  EXPECT_FALSE(requantise.ports().ready_o) << "both banks are taken";
  requantise.ports().valid_i = 0;
  requantise.reset();
  requantise.settle();
  EXPECT_TRUE(requantise.ports().ready_o);
  for (int i = 0; i < 60; ++i) {
    mac.settle();
    requantise.settle();
    EXPECT_FALSE(mac.ports().valid_o);
    EXPECT_FALSE(requantise.ports().valid_o);
    mac.step();
    requantise.step();
  }
}

/// Fills the module until it does not accept, takes the offered beat back, and returns what the assertion says.
template <typename Model>
std::string message_of_a_broken_offer(LeafClock<Model>& unit) {
  unit.ports().valid_i = 1;
  unit.ports().ready_i = 0;
  for (int i = 0; i < 200; ++i) unit.step();
  unit.settle();
  EXPECT_FALSE(unit.ports().ready_o);
  unit.ports().valid_i = 0;
  try {
    unit.step();
  } catch (const MismatchError& e) {
    return e.what();
  }
  return "no assertion failed";
}

TEST(RtlLeafTiming, ABeatTakenBackFailsAnAssertion) {
  constexpr const char* kMessage = "a transfer was withdrawn before it was taken";
  LeafClock<Vtrit_decoder_1> decoder;
  EXPECT_NE(message_of_a_broken_offer(decoder).find(kMessage), std::string::npos);
  LeafClock<Vint8_mac_array_4x16> int8;
  begin_and_end_a_sum(int8.ports());
  EXPECT_NE(message_of_a_broken_offer(int8).find(kMessage), std::string::npos);
  LeafClock<Vfp16_mac_half> fp16;
  begin_and_end_a_sum(fp16.ports());
  EXPECT_NE(message_of_a_broken_offer(fp16).find(kMessage), std::string::npos);
  LeafClock<Vrequantise_4> requantise;
  requantise.ports().last_i = 1;
  EXPECT_NE(message_of_a_broken_offer(requantise).find(kMessage), std::string::npos);
}

TEST(RtlLeafTiming, ASlotThatDoesNotExistFailsAnAssertion) {
  LeafClock<Vfp16_mac_half_deep> unit;  // three slots
  begin_and_end_a_sum(unit.ports());
  unit.ports().slot_i = 3;
  unit.ports().valid_i = 1;
  EXPECT_THROW(unit.step(), MismatchError);
}

}  // namespace
}  // namespace ternsim::rtl_test
