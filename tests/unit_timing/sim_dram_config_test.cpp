#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "energy/energy_model.h"
#include "sim/dram/address_map.h"
#include "sim/dram/dram_clock.h"

namespace ternsim::sim {
namespace {

namespace fs = std::filesystem;
const fs::path kMemories = fs::path(TERNSIM_SOURCE_DIR) / "configs" / "memories";

std::string section(const std::string& memory, const std::string& mapping = "row-bank-column-group-channel") {
  return fmt::format(
      "memory: {}\nchannels: 4\naddress_mapping: {}\nchannel_interleave_bytes: 256\nlookahead_bursts: 64\n"
      "model: row_segment\n",
      memory, mapping);
}

DramConfig read(const std::string& yaml, const fs::path& file = "/nowhere/machine.yaml") {
  return read_dram(YamlMap::parse(yaml, "machine.yaml"), file, kMemories);
}

std::string message_of(const std::string& yaml) {
  try {
    read(yaml);
  } catch (const InputError& e) {
    return e.what();
  }
  return "accepted";
}

TEST(DramConfig, EveryShippedMemoryLoadsAndHasAPrice) {
  const std::vector<std::string> types = energy::EnergyModel::dram_types();
  int files = 0;
  for (const auto& entry : fs::directory_iterator(kMemories)) {
    const DramConfig d = read(section(entry.path().stem().string()));
    EXPECT_EQ(d.memory, entry.path().stem());
    EXPECT_NE(std::ranges::find(types, d.type), types.end()) << d.memory;
    EXPECT_EQ(d.model, DramModelKind::RowSegment);
    // A burst of another group can follow without a gap, or no mapping would reach the peak.
    const DramClocks clocks(d, 1e9);
    EXPECT_EQ(clocks.ccd_short, clocks.burst) << d.memory;
    ++files;
  }
  EXPECT_GE(files, 9);
}

// 8533 MT/s x 16 bits; 16 banks x 65536 rows x 2 KiB = 2 GiB a channel.
TEST(DramConfig, PeaksAndSizes) {
  const DramConfig d = read(section("lpddr5x-8533"));
  EXPECT_EQ(d.bytes_per_second(), 4 * 17.066e9);
  EXPECT_EQ(d.burst_bytes, 32);
  EXPECT_EQ(d.capacity_bytes(), std::int64_t{8} << 30);
  EXPECT_EQ(d.mapping_name(), "row-bank-column-group-channel");
  EXPECT_EQ(read(section("hbm3-6400")).bytes_per_second(), 4 * 25.6e9);
  EXPECT_EQ(read(section("ddr4-2400")).bytes_per_second(), 4 * 19.2e9);
}

// 1.066625 GHz: 18 ns are 19.2 clocks, 3.906 us are 4166.2.
TEST(DramConfig, TimesAreRoundedUpToClocks) {
  const DramClocks c(read(section("lpddr5x-8533")), 1e9);
  EXPECT_EQ(c.burst, 2);
  EXPECT_EQ(c.rcd, 20);
  EXPECT_EQ(c.ccd_short, 2);
  EXPECT_EQ(c.ccd_long, 4);
  EXPECT_EQ(c.refi, 4166);
  EXPECT_EQ(c.at_cycle(18), 20);  // 19.2
  EXPECT_EQ(c.cycle_of(138), 130);
  EXPECT_EQ(c.cycles_in(54), 50);
}

TEST(DramConfig, MistakesAreNamed) {
  EXPECT_NE(message_of(section("lpddr5x-8532")).find("no memory 'lpddr5x-8532' (did you mean 'lpddr5x-8533'?)"),
            std::string::npos);
  for (const char* mapping :
       {"row-bank-column-channel", "row-bank-column-group-rank", "column-row-bank-group-channel",
        "row-channel-bank-column-group", "row-row-bank-column-channel", "", "-", "row-bank-column-group-channel-row"})
    EXPECT_NE(message_of(section("lpddr5x-8533", fmt::format("'{}'", mapping))).find("is no order of row"),
              std::string::npos)
        << mapping;
  EXPECT_NE(message_of("memory: none\nchannels: 2\n").find("channels: unknown key"), std::string::npos);
  EXPECT_FALSE(read("memory: none\n").present());
  EXPECT_EQ(read("memory: none\n").type, "none");
  std::string yaml = section("hbm3-6400");
  yaml.replace(yaml.find("interleave_bytes: 256"), 21, "interleave_bytes: 100");
  EXPECT_NE(message_of(yaml).find("must be a multiple of the 32 bytes of a burst of hbm3-6400"), std::string::npos);
}

/// A shipped memory with one piece of text replaced, read from a file of its own by its path.
std::string message_with(const std::string& from, const std::string& to) {
  std::ifstream in(kMemories / "ddr5-4800.yaml");
  std::stringstream text;
  text << in.rdbuf();
  std::string yaml = text.str();
  const std::size_t at = yaml.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  yaml.replace(at, from.size(), to);
  const fs::path path = fs::temp_directory_path() / fmt::format("ternsim_memory_{}.yaml", ::getpid());
  std::ofstream(path) << yaml;
  const std::string message = message_of(section(path.string()));
  fs::remove(path);
  return message;
}

TEST(DramConfig, MistakesInAMemoryAreNamed) {
  EXPECT_EQ(message_with("ddr5-4800", "mine"), "accepted");
  EXPECT_NE(message_with("t_rfc_s: 295.0e-9", "t_rfc_s: 4.0e-6").find("refresh takes longer"), std::string::npos);
  EXPECT_NE(message_with("t_refi_s: 3.9e-6", "t_refi_s: 0.4e-6").find("leaves no time between refreshes"),
            std::string::npos);
  EXPECT_NE(message_with("burst_length: 16", "burst_length: 15").find("multiple of transfers_per_clock"),
            std::string::npos);
  EXPECT_NE(message_with("row_bytes: 4096", "row_bytes: 4000").find("multiple of the burst's 64 bytes"),
            std::string::npos);
  EXPECT_NE(message_with("t_ccd_long_s: 5.0e-9", "t_ccd_long_s: 1.0e-9").find("must not be shorter"),
            std::string::npos);
  EXPECT_NE(message_with("t_faw_s:", "t_fax_s:").find("t_faw_s: this key is required"), std::string::npos);
}

// lpddr5x-8533 in four channels of 256 bytes, bursts of 32: address 0x12345 * 32 is burst 74565, byte 2386080. Channel
// (2386080 / 256) mod 4 = 0; in the channel burst 9320 / 4 * 8 + (2386080 mod 256) / 32 = 2330 * 8 + 5 = 18645. Group
// 18645 mod 4 = 1; column (18645 / 4) mod 64 = 53; bank (18645 / 256) mod 4 = 0; row 18645 / 1024 = 18.
TEST(AddressMap, DecodesFields) {
  const AddressMap map(read(section("lpddr5x-8533")));
  EXPECT_EQ(map.range(0, 0x12345 * 32, 32).first, 18645);
  EXPECT_EQ(map.range(0, 0x12345 * 32, 32).count, 1);
  EXPECT_EQ(map.range(1, 0x12345 * 32, 32).count, 0);
  const BurstPlace place = map.place(18645);
  EXPECT_EQ(place.row, 18);
  EXPECT_EQ(place.group, 1);
  EXPECT_EQ(place.bank, 1 * 4 + 0);
}

// Whatever the mapping, every burst of a region has a place of its own, and segments say the same as places.
TEST(AddressMap, IsOneToOne) {
  for (const char* mapping : {"row-bank-column-group-channel", "bank-group-row-column-channel",
                              "row-column-bank-group-channel", "channel-group-row-column-bank"}) {
    DramConfig d = read(section("lpddr5x-8533", mapping));
    d.rows = 4;
    const AddressMap map(d);
    const std::int64_t bursts = d.channel_capacity_bytes() / d.burst_bytes;
    std::vector<std::int64_t> uses(static_cast<std::size_t>(d.rows * d.banks()));
    for (std::int64_t i = 0; i < bursts; ++i) {
      const BurstPlace p = map.place(i);
      ASSERT_EQ(p.group, p.bank / d.banks_per_group);
      ++uses.at(static_cast<std::size_t>(p.row * d.banks() + p.bank));
    }
    for (const std::int64_t n : uses) EXPECT_EQ(n, d.row_bytes / d.burst_bytes) << mapping;
    std::int64_t covered = 0;
    for (int channel = 0; channel < d.channels; ++channel)
      covered += map.range(channel, 1000, d.capacity_bytes() - 5000).count;
    const std::int64_t first = 1000 / d.burst_bytes;
    const std::int64_t last = (d.capacity_bytes() - 4000 + d.burst_bytes - 1) / d.burst_bytes;
    EXPECT_EQ(covered, last - first) << mapping;
  }
}

}  // namespace
}  // namespace ternsim::sim
