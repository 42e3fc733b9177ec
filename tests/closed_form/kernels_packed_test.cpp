#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <new>
#include <sstream>
#include <string>
#include <vector>

#include "base/error.h"
#include "kernels/dispatch.h"
#include "kernels/machine_limits.h"
#include "kernels/packed_ternary.h"
#include "kernels/weight_arena.h"

namespace ternsim::kernels {
namespace {

TEST(PackedTernary, StartsAsZeroInWholeBlocks) {
  const PackedTernary w(3, 130);
  EXPECT_EQ(w.row_bytes(), 64);
  EXPECT_EQ(w.padded_cols(), 256);
  EXPECT_EQ(w.count_zeros(), 390);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(w.row(0).data()) % 64, 0U);
  for (std::int64_t k = 0; k < 256; ++k) EXPECT_EQ(w.weight(2, k), 0);
}

TEST(PackedTernary, BytesAreThoseOfI2S) {
  PackedTernary w(1, 128);
  // Byte 5 holds weights 5, 37, 69, 101 from the top bits down: codes 2, 0, 1, 2.
  w.set_weight(0, 5, 1);
  w.set_weight(0, 37, -1);
  w.set_weight(0, 69, 0);
  w.set_weight(0, 101, 1);
  EXPECT_EQ(w.row(0)[5], 0b10000110);
  EXPECT_EQ(w.row(0)[4], 0b01010101);
  EXPECT_EQ(w.weight(0, 37), -1);
  EXPECT_EQ(w.count_zeros(), 125);
}

TEST(PackedTernary, CountsZerosWithoutThePadding) {
  PackedTernary w(5, 77);
  for (std::int64_t r = 0; r < 5; ++r) {
    for (std::int64_t k = 0; k < 77; ++k) w.set_weight(r, k, static_cast<int>(k % 3) - 1);
  }
  EXPECT_EQ(w.count_zeros(), 5 * 26);  // k = 1, 4, ..., 76
}

TEST(PackedTernary, NotesZeroRowsUntilItIsWrittenTo) {
  PackedTernary w(4, 130);
  w.set_weight(1, 129, -1);
  w.set_weight(2, 0, 1);
  EXPECT_TRUE(w.zero_rows().empty());
  w.index_zero_rows();
  EXPECT_EQ(std::vector(w.zero_rows().begin(), w.zero_rows().end()), (std::vector<std::int32_t>{0, 3}));
  EXPECT_EQ(std::vector(w.live_rows().begin(), w.live_rows().end()), (std::vector<std::int32_t>{1, 2}));
  w.set_weight(0, 0, 1);
  EXPECT_TRUE(w.zero_rows().empty());
  w.index_zero_rows();
  EXPECT_EQ(w.zero_rows().size(), 1U);
  w.mutable_row(3)[0] = 0;
  EXPECT_TRUE(w.zero_rows().empty());
}

TEST(PackedTernary, ReleasedStorageLeavesTheShape) {
  PackedTernary w(4, 130);
  EXPECT_FALSE(w.released());
  w.release();
  EXPECT_TRUE(w.released());
  EXPECT_EQ(w.rows(), 4);
  EXPECT_EQ(w.cols(), 130);
}

/// The ceilings hold the kernels' own loops: what is read and multiplied takes measurable time.
TEST(MachineLimits, AreMeasuredOnEachInstructionSet) {
  ThreadPool pool(2);
  for (const Isa isa : available_isas()) {
    const MachineLimits limits = measure_machine_limits(isa, pool, {.bytes = std::size_t{8} << 20, .passes = 1});
    EXPECT_GE(limits.read_loops.size(), 3U);
    for (const ReadLoop& loop : limits.read_loops) {
      // Between a slow disk and what no cache reaches.
      EXPECT_GT(loop.gb_per_s, 0.1) << name_of(isa) << ", " << loop.name;
      EXPECT_LT(loop.gb_per_s, 10000) << name_of(isa) << ", " << loop.name;
      EXPECT_LE(loop.gb_per_s, limits.best_read().gb_per_s);
    }
    EXPECT_GT(limits.int8_gmac_s, 0.1) << name_of(isa);
    EXPECT_LT(limits.int8_gmac_s, 20000) << name_of(isa);
    EXPECT_FALSE(limits.int8_instruction.empty());
    EXPECT_EQ(limits.tile_instruction.empty(), isa != Isa::Amx);
    EXPECT_EQ(limits.tile_gmac_s > 0, isa == Isa::Amx);
    EXPECT_LT(limits.tile_gmac_s, 100000) << name_of(isa);
  }
}

TEST(PackedTernary, ImpossibleSizesAreRefused) {
  EXPECT_THROW(PackedTernary(-1, 4), std::bad_alloc);
  EXPECT_THROW(PackedTernary(std::int64_t{1} << 62, std::int64_t{1} << 62), std::bad_alloc);
  EXPECT_EQ(PackedTernary(0, 7).count_zeros(), 0);
  EXPECT_EQ(PackedTernary(7, 0).count_zeros(), 0);
}

TEST(PackedTernary, LargeMatricesAreZeroToo) {
  const PackedTernary w(4099, 8192);  // above the size from which huge pages are asked for
  EXPECT_EQ(w.count_zeros(), 4099 * 8192);
}

TEST(WeightArena, IsAsBeforeAfterARefusal) {
  WeightArena arena(WeightArena::kHugePage);
  const auto small = arena.allocate(100);
  std::memset(small.get(), 7, 100);
  EXPECT_THROW(arena.allocate(std::size_t{1} << 60), std::bad_alloc);
  EXPECT_THROW(arena.allocate(SIZE_MAX - 1), std::bad_alloc);
  // More than the first chunk has left: it must be memory of its own.
  constexpr std::size_t kLarge = 3 * WeightArena::kHugePage;
  const auto large = arena.allocate(kLarge);
  EXPECT_EQ(std::count(large.get(), large.get() + kLarge, 0), static_cast<std::ptrdiff_t>(kLarge));
  std::memset(large.get(), 9, kLarge);
  EXPECT_EQ(std::count(small.get(), small.get() + 100, 7), 100);
}

class Dispatch : public ::testing::Test {
 protected:
  ~Dispatch() override { unsetenv("TERNSIM_ISA"); }
};

TEST_F(Dispatch, TakesTheLastAvailable) {
  unsetenv("TERNSIM_ISA");
  EXPECT_TRUE(is_available(Isa::Scalar));
  EXPECT_EQ(best_isa(), available_isas().back());
}

/// Held against the kernel's own list: a set is there only with every extension that its files are compiled for.
TEST_F(Dispatch, AsksForEveryExtensionOfASet) {
#ifndef __x86_64__
  GTEST_SKIP() << "x86-64 only";
#else
  std::ifstream in("/proc/cpuinfo");
  std::string line;
  while (std::getline(in, line) && !line.starts_with("flags")) {
  }
  if (line.empty()) GTEST_SKIP() << "no /proc/cpuinfo";
  std::istringstream words(line);
  std::vector<std::string> flags;
  for (std::string word; words >> word;) flags.push_back(word);
  const auto has = [&](std::vector<std::string> names) {
    return std::ranges::all_of(names, [&](const auto& name) { return std::ranges::find(flags, name) != flags.end(); });
  };
  const bool avx2 = has({"avx2", "f16c"});
  const bool avx512 = avx2 && has({"avx512f", "avx512bw", "avx512vl", "avx512_vnni"});
  // The system may refuse the tiles that the processor has, and an old compiler may not know them.
  const bool amx = avx512 && has({"amx_tile", "amx_int8"});
  EXPECT_LE(is_available(Isa::Amx), amx);
#ifdef TERNSIM_SIMD_BUILT
  EXPECT_EQ(is_available(Isa::Avx2), avx2);
  EXPECT_EQ(is_available(Isa::Avx512), avx512);
#else
  EXPECT_LE(is_available(Isa::Avx2), avx2);
  EXPECT_LE(is_available(Isa::Avx512), avx512);
#endif
#endif
}

TEST_F(Dispatch, HonoursTheEnvironment) {
  for (const Isa isa : available_isas()) {
    setenv("TERNSIM_ISA", std::string(name_of(isa)).c_str(), 1);
    EXPECT_EQ(best_isa(), isa);
  }
}

TEST_F(Dispatch, RefusesUnknownAndMissingSets) {
  setenv("TERNSIM_ISA", "avx1024", 1);
  try {
    best_isa();
    FAIL() << "accepted";
  } catch (const RequestError& error) {
    std::string expected = "TERNSIM_ISA=avx1024: unknown instruction set; available: ";
    for (const Isa isa : available_isas()) {
      if (isa != available_isas().front()) expected += ", ";
      expected += name_of(isa);
    }
    EXPECT_EQ(error.what(), expected);
  }
  for (const Isa isa : {Isa::Avx2, Isa::Avx512, Isa::Amx, Isa::Neon, Isa::NeonDot}) {
    if (is_available(isa)) continue;
    setenv("TERNSIM_ISA", std::string(name_of(isa)).c_str(), 1);
    EXPECT_THROW(best_isa(), RequestError) << name_of(isa);
  }
}

}  // namespace
}  // namespace ternsim::kernels
