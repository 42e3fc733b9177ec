// The Verilated serial elements against their C++ models, beat by beat, with cycles in which they are held.
#include <gtest/gtest.h>
#include <verilated.h>

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>

#include "Vint8_pe_32.h"
#include "Vternary_pe_12.h"
#include "Vternary_pe_32.h"
#include "base/random.h"
#include "rtl/models/int8_mac.h"
#include "rtl/models/ternary_pe.h"
#include "rtl/verilated_coverage.h"

namespace ternsim::rtl_test {
namespace {

/// One element; its ports are inputs and registers alone, so that it has no handshake.
template <typename Model>
class Element {
 public:
  Element() {
    context_.randReset(rtl::kRandReset);
    context_.randSeed(3);
    model_ = std::make_unique<Model>(&context_);
    model_->clk_i = 0;
  }
  ~Element() {
    Verilated::threadContextp(&context_);
    rtl::collect_coverage(context_);
    model_->final();
  }
  Element(const Element&) = delete;
  Element& operator=(const Element&) = delete;

  Model& ports() { return *model_; }
  void step() {
    Verilated::threadContextp(&context_);
    model_->clk_i = 0;
    model_->eval();
    model_->clk_i = 1;
    model_->eval();
  }

 private:
  VerilatedContext context_;
  std::unique_ptr<Model> model_;
};

struct Beat {
  std::uint8_t activation;
  std::uint8_t weight;
  bool first;
};

std::int32_t next_sum(const Vint8_pe_32&, std::int32_t sum, const Beat& beat) {
  return rtl::int8_mac(sum, std::array{static_cast<std::int8_t>(beat.weight)},
                       std::array{static_cast<std::int8_t>(beat.activation)});
}
template <typename Model>
std::int32_t next_sum(const Model&, std::int32_t sum, const Beat& beat, int bits = 32) {
  return rtl::ternary_pe(sum, beat.weight, static_cast<std::int8_t>(beat.activation), bits);
}
std::int32_t next_sum(const Vternary_pe_12& model, std::int32_t sum, const Beat& beat) {
  return next_sum(model, sum, beat, 12);
}

/// `beats` random beats, weights below `weights`; the element is held in a quarter of the cycles. What was registered
/// last is passed on and is in the sum one edge later.
template <typename Model>
void compare(std::size_t beats, std::uint64_t weights, std::uint32_t sum_mask) {
  Element<Model> element;
  Model& ports = element.ports();
  Random random(7);
  std::optional<Beat> passed;
  std::int32_t sum = 0;
  bool begun = false;
  std::size_t mismatches = 0;
  for (std::size_t i = 0; i < beats; ++i) {
    const bool widest = i % 1000 < 40;  // as large and as long as it takes to wrap 12 bits
    const Beat beat{static_cast<std::uint8_t>(widest ? 0x80 : random.below(256)),
                    static_cast<std::uint8_t>(widest ? 0 : random.below(weights)), i == 0 || random.below(50) == 0};
    const bool enabled = random.below(4) != 0;
    ports.act_i = beat.activation;
    ports.weight_i = beat.weight;
    ports.first_i = beat.first;
    ports.en_i = enabled;
    element.step();
    if (enabled) {
      if (passed) {
        if (passed->first) sum = 0;
        sum = next_sum(ports, sum, *passed);
        begun = true;
      }
      passed = beat;
    }
    if (!passed) continue;
    mismatches +=
        ports.act_o != passed->activation || ports.weight_o != passed->weight || ports.first_o != passed->first;
    if (begun) mismatches += ports.sum_o != (static_cast<std::uint32_t>(sum) & sum_mask);
    ASSERT_EQ(mismatches, 0U) << "beat " << i;
  }
  EXPECT_TRUE(begun);
}

TEST(RtlLeafPe, TernaryAddsWithAllCodes) { compare<Vternary_pe_32>(200000, 4, 0xffffffff); }

// 40 additions of 128 exceed 2^11.
TEST(RtlLeafPe, NarrowTernarySumsWrap) { compare<Vternary_pe_12>(200000, 4, 0xfff); }

TEST(RtlLeafPe, Int8) { compare<Vint8_pe_32>(200000, 256, 0xffffffff); }

TEST(RtlLeafPe, CodeThreeIsFlaggedWhileItIsHeld) {
  Element<Vternary_pe_32> element;
  element.ports().en_i = 1;
  for (unsigned code = 0; code < 4; ++code) {
    element.ports().weight_i = static_cast<CData>(code);
    element.step();
    EXPECT_EQ(element.ports().illegal_o, code == 3) << code;
  }
}

TEST(RtlLeafPe, TheModelByHand) {
  EXPECT_EQ(rtl::ternary_pe(10, 2, -128), -118);
  EXPECT_EQ(rtl::ternary_pe(10, 0, -128), 138);
  EXPECT_EQ(rtl::ternary_pe(10, 1, -128), 10);
  EXPECT_EQ(rtl::ternary_pe(10, 3, -128), 10);
  EXPECT_EQ(rtl::ternary_pe(2047, 2, 1, 12), -2048);
  EXPECT_EQ(rtl::ternary_pe(std::numeric_limits<std::int32_t>::min(), 0, 1), std::numeric_limits<std::int32_t>::max());
  EXPECT_THROW(rtl::ternary_pe(0, 4, 1), std::invalid_argument);
  EXPECT_THROW(rtl::ternary_pe(0, 0, 1, 8), std::invalid_argument);
}

}  // namespace
}  // namespace ternsim::rtl_test
