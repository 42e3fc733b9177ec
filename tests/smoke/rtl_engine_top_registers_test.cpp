// docs/reference/rtl.md's register table against the Verilated engine: every row is tried on the pins.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <string>

#include "rtl/engine_driver.h"

namespace ternsim::rtl_test {
namespace {

struct Row {
  std::string name;
  std::string access;  ///< R, RW or W
  std::string reset;   ///< a number, or the parameters it is made of
};

std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(std::filesystem::path(TERNSIM_SOURCE_DIR) / path);
  EXPECT_TRUE(in) << path;
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Rows "| 0x18 | CONTROL | RW | 0 | ..." by address.
std::map<std::uint8_t, Row> documented() {
  const std::string text = text_of("docs/reference/rtl.md");
  const std::regex row(R"(\n\| `(0x[0-9A-F]{2})` \| `([A-Z_]+)` \| (RW?|W) \| ([^|]+) \|)");
  std::map<std::uint8_t, Row> out;
  for (std::sregex_iterator it(text.begin(), text.end(), row), end; it != end; ++it) {
    const auto address = static_cast<std::uint8_t>(std::stoul((*it)[1], nullptr, 16));
    EXPECT_TRUE(out.emplace(address, Row{(*it)[2], (*it)[3], (*it)[4]}).second) << "twice: " << (*it)[1];
  }
  return out;
}

/// "AddrMaxCols" is MAX_COLS.
std::string documented_name(const std::string& camel) {
  std::string out;
  for (const char c : camel) {
    if (std::isupper(static_cast<unsigned char>(c)) != 0 && !out.empty()) out += '_';
    out += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return out;
}

TEST(RtlEngineTopRegisters, NamesAndAddressesAreThoseOfTheRtlAndOfTheDriver) {
  const auto rows = documented();
  const auto compare = [&](const std::string& file, const std::regex& constant) {
    const std::string text = text_of(file);
    std::size_t found = 0;
    for (std::sregex_iterator it(text.begin(), text.end(), constant), end; it != end; ++it, ++found) {
      const auto address = static_cast<std::uint8_t>(std::stoul((*it)[2], nullptr, 16));
      ASSERT_TRUE(rows.contains(address)) << file << ": " << (*it)[1];
      EXPECT_EQ(rows.at(address).name, documented_name((*it)[1])) << file;
    }
    EXPECT_EQ(found, rows.size()) << file;
  };
  compare("rtl/src/engine_registers.sv", std::regex(R"(localparam logic \[7:0\] Addr(\w+) *= 8'h([0-9A-F]{2});)"));
  compare("rtl/engine_registers.h", std::regex(R"(\n  (\w+) = 0x([0-9A-F]{2}),)"));
}

TEST(RtlEngineTopRegisters, ConfigurationsAreThoseDocumented) {
  const std::string text = text_of("docs/reference/rtl.md");
  std::string names = "| |", shape = "|", slots = "|", latency = "|", weights = "|", activations = "|", queue = "|",
              cols = "|", packing = "|";
  for (const sim::EngineGeometry& g : rtl::VerilatedEngine::geometries()) {
    const sim::MatrixGeometry& u = g.unit;
    names += fmt::format(" `{}` |", u.name);
    shape += fmt::format(" {} x {} = {} |", u.rows, u.lanes, u.rows * u.lanes);
    slots += fmt::format(" {} |", u.slots);
    latency += fmt::format(" {}, {} |", u.tree_levels_per_stage, u.latency());
    weights += fmt::format(" {}, {} KiB |", g.weight_depth, u.rows * u.lanes * g.weight_depth / 4 / 1024);
    activations += fmt::format(" {}, {} KiB |", g.activation_depth, u.lanes * g.activation_depth / 1024);
    queue += fmt::format(" {} |", g.queue_depth);
    cols += fmt::format(" {} |", g.max_cols());
    packing += fmt::format(" {}, {} |", g.weight_packing == sim::StreamPacking::Base3 ? "base3" : "two_bit",
                           g.weight_transfer_bytes());
  }
  for (const std::string& row :
       {names, "| `Rows` x `Lanes`, ternary adds a cycle " + shape, "| `Slots` " + slots,
        "| `LevelsPerStage`, Latency " + latency, "| `WeightDepth`, one of two banks " + weights,
        "| `ActivationDepth`, one of two banks " + activations, "| `QueueDepth` " + queue, "| `MAX_COLS` " + cols,
        "| `WeightPacking`, bytes of a weight transfer " + packing}) {
    EXPECT_NE(text.find("\n" + row + "\n"), std::string::npos) << "docs/reference/rtl.md lacks: " << row;
  }
}

// Every address of the space, aligned or not: documented ones answer as their access says, all others are refused.
TEST(RtlEngineTopRegisters, EveryAddressAnswersAsDocumented) {
  const auto rows = documented();
  ASSERT_FALSE(rows.empty());
  for (const sim::EngineGeometry& g : rtl::VerilatedEngine::geometries()) {
    rtl::EngineDriver engine(g.unit.name);
    for (int n = 0; n < 256; ++n) {
      const auto address = static_cast<std::uint8_t>(n);
      const auto row = rows.find(address);
      const bool readable = row != rows.end() && row->second.access != "W";
      EXPECT_EQ(engine.read(address).okay, readable) << "read " << n;
      // Zero harms nowhere: CMD_START with empty fields is refused, which is checked below.
      const bool writable = row != rows.end() && row->second.access == "RW";
      EXPECT_EQ(engine.write(address, 0), writable) << "write " << n;
      EXPECT_FALSE(engine.write(address, 0, 0x7)) << "a write of three bytes " << n;
    }
  }
}

TEST(RtlEngineTopRegisters, ResetValuesAreThoseDocumented) {
  const auto rows = documented();
  for (const sim::EngineGeometry& g : rtl::VerilatedEngine::geometries()) {
    const std::map<std::string, std::int64_t> parameters = {
        {"rows, lanes", g.unit.rows | g.unit.lanes << 16},
        {"slots, levels, bits, packing", g.unit.slots | g.unit.tree_levels_per_stage << 16 |
                                             std::int64_t{g.unit.accumulator_bits} << 24 |
                                             std::int64_t{g.weight_packing == sim::StreamPacking::Base3} << 30},
        {"max columns", g.max_cols()},
        {"activation depth", g.activation_depth},
        {"queue depth", g.queue_depth},
    };
    rtl::EngineDriver engine(g.unit.name);
    engine.command(3, 5, 7);  // so that reset has something to do
    engine.run(true);
    engine.reset();
    for (const auto& [address, row] : rows) {
      if (row.access == "W") continue;
      const auto parameter = parameters.find(row.reset);
      const std::int64_t expected =
          parameter != parameters.end() ? parameter->second : std::stoll(row.reset.substr(1), nullptr, 16);
      EXPECT_EQ(engine.read(address).data, static_cast<std::uint32_t>(expected)) << g.unit.name << " " << row.name;
    }
  }
}

// What was written can be read back; STATUS and the self-clearing bits of CONTROL are no storage.
TEST(RtlEngineTopRegisters, StorageKeepsWhatIsWritten) {
  rtl::EngineDriver engine("small");
  using rtl::EngineRegister;
  for (const EngineRegister r : {EngineRegister::CmdRows, EngineRegister::CmdCols, EngineRegister::CmdTokens}) {
    for (const std::uint32_t value : {0xDEADBEEFU, 0x12345678U}) {
      EXPECT_TRUE(engine.write(r, value));
      EXPECT_EQ(engine.read(r), value);
      EXPECT_FALSE(engine.write(static_cast<std::uint8_t>(r), ~value, 0x7)) << "not all bytes strobed";
      EXPECT_EQ(engine.read(r), value) << "a refused write changes nothing";
    }
  }
  EXPECT_TRUE(engine.write(EngineRegister::Control, 0xFFFFFFFF));
  EXPECT_EQ(engine.read(EngineRegister::Control), rtl::engine_control::kRun | rtl::engine_control::kIrqEnable);
  EXPECT_TRUE(engine.write(EngineRegister::Status, 0xFFFFFFFF));
  EXPECT_EQ(engine.read(EngineRegister::Status), rtl::engine_status::kQueueEmpty);
}

}  // namespace
}  // namespace ternsim::rtl_test
