#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "sim/dram/dram_model.h"
#include "tests/soak.h"

namespace ternsim::sim {
namespace {

namespace fs = std::filesystem;
const fs::path kConfigs = fs::path(TERNSIM_SOURCE_DIR) / "configs";

std::vector<std::string> memories() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kConfigs / "memories")) names.push_back(entry.path().stem().string());
  std::ranges::sort(names);
  return names;
}

DramConfig config_of(const std::string& memory, int channels, const std::string& mapping, int interleave,
                     int lookahead) {
  const std::string yaml = fmt::format(
      "memory: {}\nchannels: {}\naddress_mapping: {}\nchannel_interleave_bytes: {}\nlookahead_bursts: {}\n"
      "model: row_segment\n",
      memory, channels, mapping, interleave, lookahead);
  return read_dram(YamlMap::parse(yaml, memory), kConfigs / "accelerators" / "none.yaml", {});
}

struct Descriptor {
  std::int64_t pause = 0;  ///< cycles after the end of its predecessor
  std::uint64_t address = 0;
  std::int64_t bytes = 0;
  bool write = false;
};
using Stream = std::vector<Descriptor>;

enum class Kind { Sequential, Pieces, Strided, KeysAndValues, Mixed };
constexpr std::array<const char*, 5> kKinds{"sequential", "pieces", "strided", "kv", "mixed"};

std::uint64_t anywhere(Random& random) { return random.below(std::uint64_t{1} << 28) * 64; }

/// Streams as an accelerator makes them. `bytes` in all, about.
Stream stream_of(Kind kind, std::int64_t bytes, Random& random) {
  Stream stream;
  std::uint64_t next = anywhere(random);
  for (std::int64_t total = 0; total < bytes; total += stream.back().bytes) {
    Descriptor d;
    switch (kind) {
      case Kind::Sequential:  // weights: large descriptors behind each other
        d.bytes = static_cast<std::int64_t>(65536 + random.below(262144));
        d.address = next;
        break;
      case Kind::Pieces:  // 2 KB to 64 KB anywhere
        d.bytes = static_cast<std::int64_t>(2048 + random.below(63488));
        d.address = anywhere(random);
        break;
      case Kind::Strided:  // 2 KB out of each 64 KB
        d.bytes = 2048;
        d.address = next + 65536 - 2048;
        break;
      case Kind::KeysAndValues:  // runs of positions, a store now and then, waits in between
        d.bytes = static_cast<std::int64_t>(128 * (16 + random.below(112)));
        d.address = anywhere(random);
        d.write = random.below(8) == 0;
        if (d.write) d.bytes = 512;
        d.pause = static_cast<std::int64_t>(random.below(3) * random.below(500));
        break;
      case Kind::Mixed:
        d.bytes = static_cast<std::int64_t>(64 << random.below(11));
        d.address = random.below(2) == 0 ? next : anywhere(random);
        d.write = random.below(3) == 0;
        d.pause = static_cast<std::int64_t>(random.below(2) * random.below(2000));
        break;
    }
    next = d.address + static_cast<std::uint64_t>(d.bytes);
    stream.push_back(d);
  }
  return stream;
}

/// What the memory moves in so many seconds: long enough for refreshes not to be a matter of luck.
std::int64_t bytes_in(const DramConfig& config, double seconds) {
  return static_cast<std::int64_t>(config.bytes_per_second() * seconds);
}

struct Outcome {
  std::int64_t cycles = 0;  ///< without the pauses
  std::int64_t activations = 0, bytes = 0, refresh = 0;
};

Outcome play(DramConfig config, DramModelKind model, const Stream& stream) {
  config.model = model;
  const std::unique_ptr<DramModel> dram = make_dram_model(config, 1e9);
  Outcome o;
  std::int64_t now = 0;
  for (const Descriptor& d : stream) {
    now += d.pause;
    const DramTransfer t = dram->transfer(now, d.address, d.bytes, d.write);
    EXPECT_GE(std::min({t.latency, t.turnaround, t.refresh, t.data}), 0);
    EXPECT_GE(t.bytes, d.bytes);
    EXPECT_LE(t.bytes, d.bytes + 2 * config.burst_bytes);
    now += t.cycles();
    o.cycles += t.cycles();
    o.activations += t.activations;
    o.bytes += t.bytes;
    o.refresh += t.refresh;
  }
  return o;
}

double error_of(std::int64_t closed, std::int64_t simulated) {
  return static_cast<double>(closed - simulated) / static_cast<double>(simulated);
}

// The closed form against the channel that is simulated clock by clock, over every memory, as sums over streams of
// 100 us at the peak rate: what a stream of weights is, and pieces of 2 KB to 64 KB anywhere, to within 1 %; single
// pieces of 2 KB that hit the same banks again and again, short reads with waits in between and mixtures with stores to
// within 5 %.
TEST(DramModels, ClosedFormIsTheSimulation) {
  Random random(20);
  std::string table = fmt::format("{:14}", "memory");
  for (const char* kind : kKinds) table += fmt::format("{:>14}", kind);
  for (const std::string& memory : memories()) {
    table += fmt::format("\n{:14}", memory);
    for (std::size_t kind = 0; kind < kKinds.size(); ++kind) {
      double worst = 0;
      for (int n = 0; n < test::rounds(2); ++n) {
        const DramConfig config =
            config_of(memory, 1 << random.below(3), "row-bank-column-group-channel", 256 << random.below(2), 64);
        const Stream stream = stream_of(static_cast<Kind>(kind), bytes_in(config, 100e-6), random);
        const Outcome closed = play(config, DramModelKind::RowSegment, stream);
        const Outcome simulated = play(config, DramModelKind::PerBurst, stream);
        EXPECT_EQ(closed.bytes, simulated.bytes);
        const double error = error_of(closed.cycles, simulated.cycles);
        EXPECT_LE(std::abs(error), kind <= 1 ? 0.01 : 0.05) << memory << ", " << kKinds[kind] << ", round " << n;
        EXPECT_LE(std::abs(error_of(closed.activations, simulated.activations)), 0.1) << memory << kKinds[kind];
        if (std::abs(error) > std::abs(worst)) worst = error;
      }
      table += fmt::format("{:>+13.2f}%", 100 * worst);
    }
  }
  fmt::print("Error of the closed form, cycles:\n{}\n", table);
}

// Other mappings, look-aheads and interleavings.
TEST(DramModels, ClosedFormHoldsForOtherMappings) {
  Random random(21);
  const std::vector<std::string> names = memories();
  std::string table;
  for (const char* mapping :
       {"row-bank-column-group-channel", "row-bank-group-column-channel", "row-column-bank-group-channel",
        "row-column-group-bank-channel", "bank-group-row-column-channel", "channel-row-bank-column-group"}) {
    double worst = 0;
    for (int n = 0; n < test::rounds(6); ++n) {
      const std::string& memory = names[random.below(names.size())];
      const DramConfig config = config_of(memory, 1 << random.below(3), mapping, 512, 16 << random.below(4));
      const auto kind = static_cast<Kind>(random.below(kKinds.size()));
      const Stream stream = stream_of(kind, bytes_in(config, 100e-6), random);
      const double error = error_of(play(config, DramModelKind::RowSegment, stream).cycles,
                                    play(config, DramModelKind::PerBurst, stream).cycles);
      EXPECT_LE(std::abs(error), 0.05) << mapping << " of " << memory << ", round " << n << ", "
                                       << kKinds[static_cast<std::size_t>(kind)];
      if (std::abs(error) > std::abs(worst)) worst = error;
    }
    table += fmt::format("{:32}{:>+8.2f}%\n", mapping, 100 * worst);
  }
  fmt::print("Error of the closed form, worst of the rounds:\n{}", table);
}

// More channels, a faster bus or shorter times never make a stream slower, up to the alignment of refreshes and clocks.
TEST(DramModels, BetterMemoriesAreNeverSlower) {
  Random random(22);
  const std::vector<std::string> names = memories();
  for (int n = 0; n < test::rounds(40); ++n) {
    const std::string& memory = names[random.below(names.size())];
    const DramConfig config = config_of(memory, 1 << random.below(4), "row-bank-column-group-channel", 256, 64);
    const Stream stream = stream_of(static_cast<Kind>(random.below(2)), 4 << 20, random);
    const auto cycles = [&](const DramConfig& c) {
      return static_cast<double>(play(c, DramModelKind::RowSegment, stream).cycles);
    };
    const double base = cycles(config);
    DramConfig better = config;
    better.channels *= 2;
    EXPECT_LE(cycles(better), base * 1.01) << memory << ": channels, round " << n;
    better = config;
    better.transfers_per_second *= 2;
    EXPECT_LE(cycles(better), base * 1.01) << memory << ": rate, round " << n;
    better = config;
    better.t_rcd_s /= 2;
    better.t_rp_s /= 2;
    EXPECT_LE(cycles(better), base * 1.01) << memory << ": row times, round " << n;
    better = config;
    better.t_rfc_s /= 2;
    EXPECT_LE(cycles(better), base * 1.01) << memory << ": refresh, round " << n;
    // And never faster than the peak.
    double bytes = 0;
    for (const Descriptor& d : stream) bytes += static_cast<double>(d.bytes);
    EXPECT_GE(base, bytes / config.bytes_per_second() * 1e9 - 1) << memory;
  }
}

}  // namespace
}  // namespace ternsim::sim
