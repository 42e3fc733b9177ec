// The counters of the register file by itself, whose ends no test of the engine can reach in time: they are set through
// the Verilated model.
#include <array>
#include <cstdint>
#include <limits>

#include "Vengine_registers.h"
#include "Vengine_registers___024root.h"
#include "base/error.h"
#include "gtest/gtest.h"
#include "rtl/verilated_coverage.h"
#include "rtl/verilated_unit.h"

namespace ternsim::rtl_test {
namespace {

class RtlCoverageRegisters : public testing::Test {
 protected:
  static constexpr std::size_t kCounters = 8;
  /// DONE_COUNT to ILLEGAL_BEATS.
  static constexpr std::array<std::uint8_t, kCounters> kAddress{0x34, 0x38, 0x3C, 0x40, 0x44, 0x48, 0x4C, 0x50};

  RtlCoverageRegisters() : model_(&context_) {
    context_.fatalOnError(false);
    context_.randReset(rtl::kRandReset);
    model_.clk_i = 0;
    step();
    model_.rst_ni = 1;
    model_.bready_i = model_.rready_i = 1;
  }
  ~RtlCoverageRegisters() override {
    Verilated::threadContextp(&context_);
    rtl::collect_coverage(context_);
    model_.final();
  }

  void step() {
    Verilated::threadContextp(&context_);
    model_.clk_i = 0;
    model_.eval();
    model_.clk_i = 1;
    model_.eval();
    if (context_.gotError()) throw MismatchError(rtl::take_verilated_text());
  }
  void set(std::size_t counter, std::uint32_t value) { model_.rootp->engine_registers__DOT__count_q[counter] = value; }
  /// One cycle with the events of every counter in `mask`.
  void count(unsigned mask) {
    const auto on = [&](unsigned n) { return static_cast<CData>(mask >> n & 1); };
    model_.done_i = on(0);
    model_.busy_i = on(1);
    model_.beat_i = on(2);
    model_.stall_output_i = on(3);
    model_.stall_weights_i = on(4);
    model_.stall_activations_i = on(5);
    model_.drain_i = on(6);
    model_.illegal_i = on(7);
    step();
    model_.done_i = model_.busy_i = model_.beat_i = model_.stall_output_i = model_.stall_weights_i =
        model_.stall_activations_i = model_.drain_i = model_.illegal_i = 0;
  }
  std::uint32_t read(std::uint8_t address) {
    model_.araddr_i = address;
    model_.arvalid_i = 1;
    step();
    model_.arvalid_i = 0;
    EXPECT_TRUE(model_.rvalid_o);
    EXPECT_EQ(model_.rresp_o, 0);
    const std::uint32_t data = model_.rdata_o;
    step();
    return data;
  }

  VerilatedContext context_;
  Vengine_registers model_;
};

TEST_F(RtlCoverageRegisters, EachEventCountsInItsRegisterOnly) {
  for (std::size_t c = 0; c < kCounters; ++c) {
    for (std::size_t other = 0; other < kCounters; ++other) set(other, 0);
    count(1U << c);
    count(1U << c);
    for (std::size_t other = 0; other < kCounters; ++other) {
      EXPECT_EQ(read(kAddress[other]), other == c ? 2U : 0U) << "event " << c << ", register " << other;
    }
  }
}

TEST_F(RtlCoverageRegisters, CountersCarryThroughEveryBit) {
  for (std::size_t c = 0; c < kCounters; ++c) {
    for (unsigned bit = 0; bit < 32; ++bit) {
      set(c, (std::uint32_t{1} << bit) - 1);
      count(1U << c);
      EXPECT_EQ(read(kAddress[c]), std::uint32_t{1} << bit) << "counter " << c;
    }
  }
}

TEST_F(RtlCoverageRegisters, CountersStopAtTheirLimitAndAreCleared) {
  constexpr std::uint32_t kLimit = std::numeric_limits<std::uint32_t>::max();
  for (std::size_t c = 0; c < kCounters; ++c) set(c, kLimit - 1);
  for (int n = 0; n < 3; ++n) count(0xFF);
  for (const std::uint8_t address : kAddress) EXPECT_EQ(read(address), kLimit);
  model_.awaddr_i = 0x18;  // CONTROL, clear_counters
  model_.wdata_i = 8;
  model_.wstrb_i = 0xF;
  model_.awvalid_i = model_.wvalid_i = 1;
  step();
  model_.awvalid_i = model_.wvalid_i = 0;
  for (const std::uint8_t address : kAddress) EXPECT_EQ(read(address), 0U);
}

}  // namespace
}  // namespace ternsim::rtl_test
