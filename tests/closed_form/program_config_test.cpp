#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "sim/program/accelerator_config.h"
#include "sim/program/baseline.h"
#include "sim/program/workload.h"
#include "tests/machines.h"

namespace ternsim::sim {
namespace {

namespace fs = std::filesystem;
const fs::path kSource = TERNSIM_SOURCE_DIR;
const fs::path kRtl = kSource / "rtl/configs.yaml";

/// The default accelerator's file with one piece of text replaced; returns the message of the error that loading gives.
std::string message_with(const std::string& from, const std::string& to) {
  std::ifstream in(kSource / "configs/accelerators/edge-lpddr5x.yaml");
  std::stringstream text;
  text << in.rdbuf();
  std::string yaml = text.str();
  const std::size_t at = yaml.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  yaml.replace(at, from.size(), to);
  const fs::path path = fs::temp_directory_path() / ("ternsim_config_" + std::to_string(::getpid()) + ".yaml");
  std::ofstream(path) << yaml;
  std::string message = "accepted";
  try {
    load_accelerator(path, kRtl);
  } catch (const InputError& e) {
    message = e.what();
  }
  fs::remove(path);
  return message;
}

TEST(Accelerator, EveryShippedFileLoads) {
  int files = 0;
  for (const auto& entry : fs::directory_iterator(kSource / "configs/accelerators")) {
    const AcceleratorConfig a = load_accelerator(entry.path(), kRtl);
    EXPECT_EQ(a.name, entry.path().stem());
    ++files;
  }
  for (const auto& entry : fs::directory_iterator(kSource / "configs/workloads")) {
    if (entry.path().extension() == ".csv") continue;  // a topology of GEMMs
    EXPECT_EQ(load_workload(entry.path()).name, entry.path().stem());
    ++files;
  }
  EXPECT_GE(files, 5);
}

// 16 rows x 64 lanes at 1 GHz; four channels of 17.066 GB/s.
TEST(Accelerator, PeaksOfTheDefault) {
  const AcceleratorConfig a = test::shipped_machine("edge-lpddr5x");
  EXPECT_EQ(a.peak_macs_per_second(), 1024e9);
  EXPECT_EQ(a.dram.bytes_per_second(), 4 * 17.066e9);
  EXPECT_EQ(a.matrix.geometry.latency(), 1 + 3 + 1);  // 6 tree levels, 2 a stage
}

TEST(Accelerator, DerivedBaselineIsTheShippedOne) {
  const AcceleratorConfig derived = baseline_of(test::shipped_machine("edge-lpddr5x"), DatapathKind::Fp16Mac);
  const AcceleratorConfig file = test::shipped_machine("edge-lpddr5x-fp16");
  EXPECT_EQ(derived.name, file.name);
  EXPECT_EQ(derived.peak_macs_per_second(), file.peak_macs_per_second());
  EXPECT_EQ(derived.dram.bytes_per_second(), file.dram.bytes_per_second());
  EXPECT_EQ(derived.matrix.datapath, file.matrix.datapath);
  EXPECT_EQ(derived.matrix.packing, file.matrix.packing);
  EXPECT_EQ(derived.matrix.activation_bits, file.matrix.activation_bits);
  EXPECT_EQ(derived.matrix.geometry.slots, file.matrix.geometry.slots);
  EXPECT_EQ(derived.buffers.weight_bytes, file.buffers.weight_bytes);
  EXPECT_EQ(derived.buffers.accumulator_bytes, file.buffers.accumulator_bytes);
  EXPECT_EQ(derived.vector.lanes, file.vector.lanes);
  EXPECT_EQ(derived.lm_head.lanes, file.lm_head.lanes);
}

TEST(Accelerator, IsAChipWhereTheFileDoesNotSayFpga) {
  EXPECT_EQ(test::shipped_machine("edge-lpddr5x").fabric, Fabric::Asic);
  EXPECT_EQ(test::shipped_machine("fpga-kv260").fabric, Fabric::Fpga);
  EXPECT_NE(message_with("clock_hz:", "fabric: fgpa\nclock_hz:").find("did you mean 'fpga'?"), std::string::npos);
}

TEST(Accelerator, MistakesAreNamed) {
  EXPECT_NE(message_with("rows: 16", "rowz: 16").find("matrix_unit.rows: this key is required"), std::string::npos);
  EXPECT_NE(message_with("  zero_gating: false", "  zero_gating: false\n  zero_gateing: true")
                .find("zero_gateing: unknown key (did you mean 'zero_gating'?)"),
            std::string::npos);
  EXPECT_NE(message_with("rows: 16", "rows: many").find("expected a whole number, found 'many'"), std::string::npos);
  EXPECT_NE(message_with("lanes: 64 ", "lanes: 0 ").find("0 is outside of 2 ... 1024"), std::string::npos);
  EXPECT_NE(message_with("lanes: 64 ", "lanes: 48 ").find("must be a power of two"), std::string::npos);
  EXPECT_NE(message_with("slots: 8", "slots: 4").find("matrix_unit.rtl_config: 'edge' has rows 16"), std::string::npos);
  const std::string unknown = message_with("rtl_config: edge", "rtl_config: egde");
  EXPECT_NE(unknown.find("did you mean 'edge'?"), std::string::npos) << unknown;
  EXPECT_NE(unknown.find(": matrix_unit.rtl_config: "), std::string::npos) << unknown;
  EXPECT_NE(message_with("datapath: adder_tree", "datapath: addertree").find("did you mean 'adder_tree'?"),
            std::string::npos);
  EXPECT_NE(message_with("memory: lpddr5x-8533", "memory: lpddr5x-8534").find("did you mean 'lpddr5x-8533'?"),
            std::string::npos);
  EXPECT_NE(message_with("channels: 4 ", "channels: 0 ").find("0 is outside of 1 ... 1024"), std::string::npos);
}

// ceil(5 / 4) row tiles x ceil(5 / 4) token groups; 3 K-beats of 16 lanes for 33 columns.
TEST(Tiles, CoverTheProduct) {
  const MatrixGeometry small = find_rtl_config(kRtl, "small");
  const std::vector<TileSpan> tiles = tiles_of(5, 5, small);
  ASSERT_EQ(tiles.size(), 4U);
  EXPECT_EQ(tiles[1].token0, 4);
  EXPECT_EQ(tiles[1].tokens, 1);
  EXPECT_EQ(tiles[2].row0, 4);
  EXPECT_EQ(tiles[2].rows, 1);
  EXPECT_EQ(beats_of(tiles[0], 33, small), 3 * 4);
}

}  // namespace
}  // namespace ternsim::sim
