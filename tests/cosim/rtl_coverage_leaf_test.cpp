// Small modules by themselves where the modules around them would take too long to get to the end.
#include <array>
#include <cstdint>
#include <vector>

#include "Vreplay_buffer_5.h"
#include "Vtile_walk.h"
#include "Vtrit_decoder_8.h"
#include "Vweight_entry.h"
#include "cosim/rtl_leaf_clock.h"
#include "rtl/models/trit_codes.h"

namespace ternsim::rtl_test {
namespace {

// None to all of the eight bytes of a beat are illegal.
TEST(RtlCoverageDecoder, AnyNumberOfIllegalBytesOfABeatCounts) {
  LeafClock<Vtrit_decoder_8> unit;
  unsigned expected = 0;
  for (unsigned illegal = 0; illegal <= 8; ++illegal) {
    std::array<std::uint8_t, 8> bytes{};
    for (unsigned p = 0; p < illegal; ++p) bytes[(3 * p) % 8] = static_cast<std::uint8_t>(243 + p);
    set_port<decltype(unit.ports().bytes_i), std::uint8_t>(unit.ports().bytes_i, bytes);
    unit.ports().valid_i = 1;
    unit.step();
    EXPECT_EQ(unit.ports().illegal_count_o, expected);  // of the beats before: this one is at the output only now
    expected += illegal;
  }
}

// Entry of base3 transfers of 18 codes, four bytes, whose last two codes are dropped: every byte in every place, with
// gaps and stalls, against the decoder's C++ model; tlast stays with its transfer.
TEST(RtlCoverageEntry, TransfersBecomeCodesInTheirOrder) {
  constexpr std::size_t kBytes = 4;
  constexpr std::size_t kCodes = 18;
  for (const Traffic& traffic : {Traffic{}, Traffic{.gaps = 30, .stalls = 40, .seed = 3}}) {
    Random random(5);
    std::vector<std::array<std::uint8_t, kBytes>> transfers(2048);
    for (std::size_t i = 0; i < transfers.size(); ++i) {
      for (std::uint8_t& byte : transfers[i]) byte = static_cast<std::uint8_t>(random.below(256));
      transfers[i][i % kBytes] = static_cast<std::uint8_t>(i / kBytes);
    }
    LeafClock<Vweight_entry> unit;
    Vweight_entry& ports = unit.ports();
    ports.enable_i = 1;
    stream(
        unit, transfers.size(), transfers.size(), traffic,
        [&](std::size_t i) {
          set_port<decltype(ports.data_i), std::uint8_t>(ports.data_i, transfers[i]);
          ports.last_i = i % 3 == 0;
        },
        [&](std::size_t i) {
          for (std::size_t w = 0; w < kCodes; ++w) {
            const unsigned code = rtl::decode_trits(transfers[i][w % kBytes]).codes[w / kBytes];
            ASSERT_EQ(ports.codes_o >> 2 * w & 3, code) << "transfer " << i << ", code " << w;
          }
          ASSERT_EQ(ports.last_o, i % 3 == 0) << "transfer " << i;
        });
  }
}

// Nothing is taken while the reader wants nothing, what waits may be withdrawn, and what was taken before stays.
TEST(RtlCoverageEntry, NothingIsTakenWhileItIsNotEnabled) {
  LeafClock<Vweight_entry> unit;
  Vweight_entry& ports = unit.ports();
  ports.enable_i = 1;
  ports.valid_i = 1;
  ports.data_i = 0;
  ports.ready_i = 0;
  unit.step();
  ports.enable_i = 0;
  ports.data_i = 0x01020304;
  for (int n = 0; n < 3; ++n) {
    ports.ready_i = n == 2;
    unit.settle();
    EXPECT_FALSE(ports.ready_o);
    EXPECT_TRUE(ports.valid_o);
    EXPECT_EQ(ports.codes_o & 3, 0U);
    ports.data_i += 1;
    unit.step();
  }
  unit.settle();
  EXPECT_FALSE(ports.valid_o);
}

// Both banks of four words of five bits, filled with every word and its inverse, each word read twice.
TEST(RtlCoverageBuffer, EveryWordOfBothBanksKeepsEveryBit) {
  VerilatedContext context;
  context.randReset(rtl::kRandReset);
  Vreplay_buffer_5 model{&context};
  const auto edge = [&] {
    Verilated::threadContextp(&context);
    model.clk_i = 0;
    model.eval();
    model.clk_i = 1;
    model.eval();
  };
  // Pins start with random values, like registers.
  model.rst_ni = model.enable_i = model.valid_i = model.read_i = model.release_i = 0;
  edge();
  model.rst_ni = model.enable_i = 1;
  model.length_i = 4;
  for (unsigned pattern = 0; pattern < 4; ++pattern) {
    const auto word = [&](unsigned bank, unsigned n) {
      return static_cast<CData>((pattern % 2 == 0 ? 0x15U : 0x0AU) ^ (bank == 0 ? 0U : 0x1FU) ^ n);
    };
    for (unsigned bank = 0; bank < 2; ++bank) {
      for (unsigned n = 0; n < 4; ++n) {
        model.valid_i = 1;
        model.data_i = word(bank, n);
        edge();
      }
    }
    model.valid_i = 0;
    for (unsigned bank = 0; bank < 2; ++bank) {
      for (unsigned n = 0; n < 8; ++n) {
        model.addr_i = static_cast<CData>(n % 4);
        model.read_i = 1;
        model.release_i = n == 7;
        edge();
        EXPECT_EQ(model.data_o, word(bank, n % 4)) << "pattern " << pattern << ", bank " << bank << ", word " << n;
      }
      model.read_i = model.release_i = 0;
    }
  }
  Verilated::threadContextp(&context);
  rtl::collect_coverage(context);
  model.final();
}

/// tile_walk with 11 rows a tile and groups of 3 tokens.
class RtlCoverageWalk : public testing::Test {
 protected:
  RtlCoverageWalk() {
    context_.randReset(rtl::kRandReset);
    model_.clk_i = 0;
    edge();
    model_.rst_ni = 1;
    model_.step_i = 1;
  }
  ~RtlCoverageWalk() override {
    Verilated::threadContextp(&context_);
    rtl::collect_coverage(context_);
    model_.final();
  }
  void edge() {
    Verilated::threadContextp(&context_);
    model_.clk_i = 0;
    model_.eval();
    model_.clk_i = 1;
    model_.eval();
  }
  /// Steps of a command up to and with its last.
  std::uint64_t steps(std::uint32_t rows, std::uint32_t blocks, std::uint32_t tokens) {
    model_.rows_i = rows;
    model_.beats_i = static_cast<SData>(blocks);
    model_.tokens_i = static_cast<SData>(tokens);
    model_.clk_i = 0;
    model_.eval();
    std::uint64_t n = 1;
    for (; !model_.last_o && n <= 2'000'000; ++n) edge();
    edge();
    EXPECT_EQ(model_.beat_o, 0);
    EXPECT_EQ(model_.word_o, 0);
    EXPECT_EQ(model_.slot_o, 0);
    return n;
  }

  VerilatedContext context_;
  Vtile_walk model_{&context_};
};

// ceil(rows / 11) tiles x blocks x tokens steps, and the next command begins at its first beat.
TEST_F(RtlCoverageWalk, CommandsEndWithTheirLastBeat) {
  EXPECT_EQ(steps(1, 1, 1), 1U);
  EXPECT_EQ(steps(11, 1, 2047), 2047U);
  EXPECT_EQ(steps(12, 512, 4), 2U * 512 * 4);
  EXPECT_EQ(steps(23, 7, 10), 3U * 7 * 10);
}

// The most rows that a command may have: ceil(16777215 / 11) tiles, the last of which ends beyond 2^24.
TEST_F(RtlCoverageWalk, TheMostRowsEndWithTheirLastTile) { EXPECT_EQ(steps(0xFFFFFF, 1, 1), 1525202U); }

}  // namespace
}  // namespace ternsim::rtl_test
