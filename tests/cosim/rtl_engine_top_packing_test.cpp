// The engine's weight stream in packing base3: the transfers as the host writes them, and what the engine makes of
// every byte, of the padding, and of transfers that come before their command.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/random.h"
#include "rtl/base3_transfer.h"
#include "rtl/engine_registers.h"
#include "rtl/models/trit_codes.h"
#include "rtl/verilated_engine.h"

namespace ternsim::rtl_test {
namespace {

namespace status = rtl::engine_status;
using rtl::EngineRegister;

std::vector<std::uint8_t> random_codes(std::int64_t n, std::uint64_t seed) {
  Random random(seed);
  std::vector<std::uint8_t> out(static_cast<std::size_t>(n));
  for (std::uint8_t& code : out) code = static_cast<std::uint8_t>(random.below(3));
  return out;
}

std::vector<std::uint8_t> two_bit(const std::vector<std::uint8_t>& codes) {
  std::vector<std::uint8_t> out((codes.size() + 3) / 4);
  for (std::size_t w = 0; w < codes.size(); ++w) out[w / 4] |= static_cast<std::uint8_t>(codes[w] << 2 * (w % 4));
  return out;
}

std::vector<std::uint8_t> base3(const std::vector<std::uint8_t>& codes) {
  std::vector<std::uint8_t> out((codes.size() + 4) / 5);
  rtl::encode_base3(two_bit(codes), static_cast<std::int64_t>(codes.size()), out);
  return out;
}

// By the decoder's C++ model: code w is the (w / bytes)th of byte w % bytes, and the tail is weight 0.
TEST(Base3Transfer, IsABlockOfThePackingWhateverItsLength) {
  for (const std::int64_t n : {1, 2, 4, 5, 6, 64, 256, 257, 2048}) {
    std::vector<std::uint8_t> codes = random_codes(n, static_cast<std::uint64_t>(n));
    const std::vector<std::uint8_t> bytes = base3(codes);
    codes.resize(5 * bytes.size(), 1);
    for (std::size_t w = 0; w < codes.size(); ++w) {
      const rtl::TritCodes five = rtl::decode_trits(bytes[w % bytes.size()]);
      ASSERT_FALSE(five.illegal);
      ASSERT_EQ(five.codes[w / bytes.size()], codes[w]) << "code " << w << " of " << n;
    }
  }
}

TEST(Base3Transfer, ACodeThreeBecomesAnIllegalByte) {
  for (std::size_t w = 0; w < 64; ++w) {
    std::vector<std::uint8_t> codes = random_codes(64, 3);
    std::vector<std::uint8_t> expected = base3(codes);
    codes[w] = 3;
    expected[w % 13] = 255;
    ASSERT_EQ(base3(codes), expected) << "code " << w;
  }
}

TEST(Base3Transfer, WrongSizesAreRefused) {
  std::vector<std::uint8_t> out(12);
  EXPECT_THROW(rtl::encode_base3(std::vector<std::uint8_t>(16), 64, out), std::invalid_argument);
  out.resize(13);
  EXPECT_THROW(rtl::encode_base3(std::vector<std::uint8_t>(15), 64, out), std::invalid_argument);
}

std::vector<std::string> base3_names() {
  std::vector<std::string> out;
  for (const sim::EngineGeometry& g : rtl::VerilatedEngine::geometries()) {
    if (g.weight_packing == sim::StreamPacking::Base3) out.push_back(g.unit.name);
  }
  return out;
}

/// An engine by its pins: one row tile, one token, transfers of our own making.
class RtlEngineBase3 : public testing::TestWithParam<std::string> {
 protected:
  rtl::EngineOutputs cycle() {
    const rtl::EngineOutputs out = engine_->drive(pins_);
    if (out.result_valid) {
      sums_.resize(static_cast<std::size_t>(rows_));
      engine_->result(sums_);
    }
    engine_->step();
    return out;
  }
  void write(EngineRegister address, std::int64_t data) {
    pins_.awvalid = pins_.wvalid = pins_.bready = true;
    pins_.awaddr = static_cast<std::uint8_t>(address);
    pins_.wdata = static_cast<std::uint32_t>(data);
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
  void start(std::size_t blocks) {
    write(EngineRegister::CmdRows, rows_);
    write(EngineRegister::CmdCols, static_cast<std::int64_t>(blocks) * lanes_);
    write(EngineRegister::CmdTokens, 1);
    write(EngineRegister::CmdStart, 1);
  }
  /// The results of a command with these transfers.
  std::vector<std::int32_t> run(const std::vector<std::vector<std::uint8_t>>& transfers,
                                const std::vector<std::int8_t>& activations) {
    start(transfers.size());
    write(EngineRegister::Control, rtl::engine_control::kRun);
    pins_.result_ready = true;
    sums_.clear();
    std::size_t weight = 0;
    std::size_t act = 0;
    for (int n = 0; n < 1000 && sums_.empty(); ++n) {
      pins_.weight_valid = weight < transfers.size();
      if (pins_.weight_valid) pins_.codes = transfers[weight];
      pins_.weight_last = weight + 1 == transfers.size();
      pins_.act_valid = act < transfers.size();
      const auto lanes = static_cast<std::size_t>(lanes_);
      if (pins_.act_valid) pins_.activations = std::span(activations).subspan(act * lanes, lanes);
      pins_.act_last = act + 1 == transfers.size();
      const rtl::EngineOutputs out = cycle();
      weight += pins_.weight_valid && out.weight_ready;
      act += pins_.act_valid && out.act_ready;
    }
    pins_.weight_valid = pins_.act_valid = false;
    pins_.codes = {};  // the transfers are the caller's, and may be gone by the next cycle
    pins_.activations = {};
    return sums_;
  }
  /// sum over blocks and lanes, with code 3 as weight 0.
  std::vector<std::int32_t> expected(const std::vector<std::vector<std::uint8_t>>& codes,
                                     const std::vector<std::int8_t>& activations) const {
    std::vector<std::int32_t> out(static_cast<std::size_t>(rows_));
    for (std::size_t b = 0; b < codes.size(); ++b) {
      for (std::size_t w = 0; w < codes[b].size(); ++w) {
        const std::size_t lane = w % static_cast<std::size_t>(lanes_);
        const int weight = codes[b][w] == 3 ? 0 : codes[b][w] - 1;
        out[w / static_cast<std::size_t>(lanes_)] += weight * activations[b * static_cast<std::size_t>(lanes_) + lane];
      }
    }
    return out;
  }
  std::vector<std::int8_t> random_activations(std::size_t blocks) const {
    Random random(5);
    std::vector<std::int8_t> out(blocks * static_cast<std::size_t>(lanes_));
    for (std::int8_t& a : out) a = static_cast<std::int8_t>(random.below(256));
    return out;
  }

  std::unique_ptr<rtl::VerilatedEngine> engine_ = rtl::VerilatedEngine::make(GetParam());
  rtl::EngineInputs pins_;
  std::vector<std::int32_t> sums_;
  const std::int64_t rows_ = engine_->geometry().unit.rows;
  const std::int64_t lanes_ = engine_->geometry().unit.lanes;
  const std::int64_t codes_ = rows_ * lanes_;
};
INSTANTIATE_TEST_SUITE_P(Configs, RtlEngineBase3, testing::ValuesIn(base3_names()),
                         [](const auto& config) { return config.param; });

TEST(RtlEngineBase3Build, NanoUsesItAndSendsFewerBytes) {
  EXPECT_EQ(base3_names(), (std::vector<std::string>{"nano"}));
  EXPECT_EQ(rtl::VerilatedEngine::make("nano")->geometry().weight_transfer_bytes(), 52);   // 8 x 32 / 5, not 64
  EXPECT_EQ(rtl::VerilatedEngine::make("wide")->geometry().weight_transfer_bytes(), 512);  // 16 x 128 / 4
}

// All 243 legal bytes in one command, each at a place of its own, none flagged.
TEST_P(RtlEngineBase3, EveryLegalByteIsItsFiveWeights) {
  const std::size_t blocks = 5;
  std::vector<std::vector<std::uint8_t>> transfers;
  std::vector<std::vector<std::uint8_t>> codes;
  const std::size_t bytes = base3(random_codes(codes_, 1)).size();
  for (std::size_t b = 0; b < blocks; ++b) {
    transfers.emplace_back(bytes);
    codes.emplace_back(static_cast<std::size_t>(codes_));
    for (std::size_t p = 0; p < bytes; ++p) {
      transfers[b][p] = static_cast<std::uint8_t>((b * bytes + p) % 243);
      const rtl::TritCodes five = rtl::decode_trits(transfers[b][p]);
      for (std::size_t w = p; w < codes[b].size(); w += bytes) codes[b][w] = five.codes[w / bytes];
    }
  }
  const std::vector<std::int8_t> activations = random_activations(blocks);
  EXPECT_EQ(run(transfers, activations), expected(codes, activations));
  EXPECT_EQ(read(EngineRegister::Status) & status::kSticky, status::kDone);
  EXPECT_EQ(read(EngineRegister::IllegalBeats), 0U);
}

// Each of the 13 illegal bytes in a transfer of its own, at places that include the first and the last, whose later
// codes are padding: five weights (or those that are no padding) are zero, and every such transfer counts once.
TEST_P(RtlEngineBase3, EveryIllegalByteIsZerosAndIsCounted) {
  const std::size_t blocks = 14;  // the last one is legal
  std::vector<std::vector<std::uint8_t>> codes;
  std::vector<std::vector<std::uint8_t>> transfers;
  for (std::size_t b = 0; b < blocks; ++b) {
    codes.push_back(random_codes(codes_, b));
    transfers.push_back(base3(codes[b]));
    if (b == 13) break;
    const std::size_t bytes = transfers[b].size();
    const std::size_t place = b * (bytes - 1) / 12;
    transfers[b][place] = static_cast<std::uint8_t>(243 + b);
    if (b == 1) transfers[b][place + 1] = 255;  // two in one transfer
    for (std::size_t p : {place, b == 1 ? place + 1 : place}) {
      for (std::size_t w = p; w < codes[b].size(); w += bytes) codes[b][w] = 3;
    }
  }
  const std::vector<std::int8_t> activations = random_activations(blocks);
  EXPECT_EQ(run(transfers, activations), expected(codes, activations));
  EXPECT_EQ(read(EngineRegister::Status) & status::kSticky, status::kDone | status::kIllegalWeight);
  EXPECT_EQ(read(EngineRegister::IllegalBeats), 13U);
}

// Codes past the last, which the sender should set to 1, reach no sum.
TEST_P(RtlEngineBase3, PaddingIsDropped) {
  std::vector<std::uint8_t> codes = random_codes(codes_, 9);
  std::vector<std::uint8_t> padded = codes;
  padded.resize((codes.size() + 4) / 5 * 5, 2);
  ASSERT_GT(padded.size(), codes.size());
  const std::vector<std::int8_t> activations = random_activations(1);
  EXPECT_EQ(run({base3(padded)}, activations), expected({codes}, activations));
  EXPECT_EQ(read(EngineRegister::Status) & status::kSticky, status::kDone);
}

// Nothing is taken before a command runs; one transfer may be taken ahead of its command, once a command that runs has
// had its last, and then belongs to the next.
TEST_P(RtlEngineBase3, OneTransferAheadOfItsCommandIsKept) {
  const std::vector<std::uint8_t> first = base3(random_codes(codes_, 11));
  const std::vector<std::uint8_t> codes = random_codes(codes_, 12);
  const std::vector<std::uint8_t> second = base3(codes);
  const std::vector<std::int8_t> activations = random_activations(1);
  pins_.weight_valid = pins_.weight_last = true;
  pins_.codes = first;
  EXPECT_FALSE(cycle().weight_ready) << "no run, no command";
  start(1);
  EXPECT_FALSE(cycle().weight_ready) << "no run";
  write(EngineRegister::Control, rtl::engine_control::kRun);  // its second cycle takes the transfer
  pins_.codes = second;
  EXPECT_TRUE(cycle().weight_ready) << "while the buffer takes the first";
  EXPECT_FALSE(cycle().weight_ready) << "the command has all it needs";
  pins_.weight_valid = false;
  pins_.act_valid = pins_.act_last = true;
  pins_.activations = activations;
  pins_.result_ready = true;
  cycle();
  pins_.act_valid = false;
  for (int n = 0; n < 20; ++n) cycle();
  sums_.clear();
  start(1);
  pins_.act_valid = true;
  cycle();
  pins_.act_valid = false;
  for (int n = 0; n < 20; ++n) cycle();
  EXPECT_EQ(sums_, expected({codes}, activations));
  EXPECT_EQ(read(EngineRegister::Status) & status::kSticky, status::kDone);
}

}  // namespace
}  // namespace ternsim::rtl_test
