// The Verilated engine's pins where the driver never takes them: wrong tlast, changed transfers, flags at odd moments.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "rtl/engine_registers.h"
#include "rtl/verilated_engine.h"

namespace ternsim::rtl_test {
namespace {

namespace status = rtl::engine_status;
using rtl::EngineRegister;

class RtlEngineTopPins : public testing::Test {
 protected:
  void write(std::uint8_t address, std::uint32_t data) {
    pins_.awvalid = pins_.wvalid = true;
    pins_.awaddr = address;
    pins_.wdata = data;
    pins_.bready = true;
    cycle();
    pins_.awvalid = pins_.wvalid = false;
    cycle();
  }
  std::uint32_t read(EngineRegister address) {
    pins_.arvalid = pins_.rready = true;
    pins_.araddr = static_cast<std::uint8_t>(address);
    cycle();
    pins_.arvalid = false;
    return cycle().rdata;
  }
  rtl::EngineOutputs cycle() {
    const rtl::EngineOutputs out = engine_->drive(pins_);
    engine_->step();
    return out;
  }
  /// One command of one row, two column blocks and one token.
  void start() {
    write(0x20, 1);
    write(0x24, static_cast<std::uint32_t>(2 * engine_->geometry().unit.lanes));
    write(0x28, 1);
    write(0x2C, 1);
    write(0x18, rtl::engine_control::kRun);
  }

  std::unique_ptr<rtl::VerilatedEngine> engine_ = rtl::VerilatedEngine::make("small");
  rtl::EngineInputs pins_;
  std::vector<std::uint8_t> codes_ = std::vector<std::uint8_t>(4 * 16 / 4, 0xAA);
  std::vector<std::int8_t> activations_ = std::vector<std::int8_t>(16, 3);
};

// tlast on the first of two transfers instead of the second, on one stream at a time.
TEST_F(RtlEngineTopPins, AMisplacedLastIsFlagged) {
  for (const bool weights : {true, false}) {
    start();
    pins_.result_ready = true;
    pins_.codes = codes_;
    pins_.activations = activations_;
    pins_.weight_valid = pins_.act_valid = true;
    pins_.weight_last = weights;
    pins_.act_last = !weights;
    cycle();
    pins_.weight_last = pins_.act_last = true;
    cycle();
    pins_.weight_valid = pins_.act_valid = false;
    for (int n = 0; n < 20; ++n) cycle();
    EXPECT_EQ(read(EngineRegister::Status) & status::kSticky,
              status::kDone | (weights ? status::kWeightFrame : status::kActivationFrame));
    write(0x1C, status::kSticky);
  }
}

TEST_F(RtlEngineTopPins, AMissingLastIsFlagged) {
  start();
  pins_.result_ready = true;
  pins_.codes = codes_;
  pins_.activations = activations_;
  pins_.weight_valid = pins_.act_valid = true;
  cycle();
  cycle();
  pins_.weight_valid = pins_.act_valid = false;
  for (int n = 0; n < 20; ++n) cycle();
  EXPECT_EQ(read(EngineRegister::Status) & status::kSticky,
            status::kDone | status::kWeightFrame | status::kActivationFrame);
}

// Both weight banks fill while no activations come; a third tile's transfer waits, and must not change.
TEST_F(RtlEngineTopPins, ATransferChangedBeforeItIsTakenFailsAnAssertion) {
  write(0x20, 12);
  write(0x24, 16);
  write(0x28, 1);
  write(0x2C, 1);
  write(0x18, rtl::engine_control::kRun);
  pins_.weight_valid = true;
  pins_.codes = codes_;
  EXPECT_TRUE(cycle().weight_ready);
  EXPECT_TRUE(cycle().weight_ready);
  EXPECT_FALSE(cycle().weight_ready);
  EXPECT_FALSE(cycle().weight_ready);
  codes_[0] = 0x55;
  try {
    cycle();
    FAIL() << "the assertion did not fire";
  } catch (const MismatchError& e) {
    EXPECT_NE(std::string(e.what()).find("a transfer changed before it was taken"), std::string::npos) << e.what();
  }
}

// The same wait, with a code 3 in the transfer that waits: it counts when it is taken, once, however long it waited.
// The clearing of STATUS falls into the cycle in which the flag is set, and must not hide it.
TEST_F(RtlEngineTopPins, AWaitingIllegalTransferCountsOnceAndAClearingWriteDoesNotHideIt) {
  write(0x20, 12);
  write(0x24, 16);
  write(0x28, 1);
  write(0x2C, 1);
  write(0x18, rtl::engine_control::kRun);
  pins_.result_ready = true;
  pins_.weight_valid = true;
  pins_.codes = codes_;
  cycle();
  cycle();
  codes_[3] = 0xFF;
  pins_.weight_last = true;
  for (int n = 0; n < 5; ++n) EXPECT_FALSE(cycle().weight_ready);
  EXPECT_EQ(read(EngineRegister::IllegalBeats), 0U);
  pins_.act_valid = pins_.act_last = true;
  pins_.activations = activations_;
  cycle();
  pins_.act_valid = false;
  while (!cycle().weight_ready) {
  }
  pins_.weight_valid = false;
  write(0x1C, status::kSticky);  // taken in the first cycle after the transfer: the one that sets the flag
  EXPECT_EQ(read(EngineRegister::Status) & status::kSticky & ~status::kDone, status::kIllegalWeight);
  EXPECT_EQ(read(EngineRegister::IllegalBeats), 1U);
  write(0x1C, status::kSticky);
  EXPECT_EQ(read(EngineRegister::Status) & status::kIllegalWeight, 0U);
}

TEST_F(RtlEngineTopPins, AnAddressChangedBeforeItIsTakenFailsAnAssertion) {
  pins_.awvalid = true;  // without its data
  pins_.awaddr = 0x20;
  EXPECT_FALSE(cycle().awready);
  pins_.awaddr = 0x24;
  EXPECT_THROW(cycle(), MismatchError);
}

}  // namespace
}  // namespace ternsim::rtl_test
