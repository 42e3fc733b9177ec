#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <string>

#include "base/error.h"
#include "kernels/dispatch.h"
#include "kernels/packed_ternary.h"

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

class Dispatch : public ::testing::Test {
 protected:
  ~Dispatch() override { unsetenv("TERNSIM_ISA"); }
};

TEST_F(Dispatch, TakesTheLastAvailable) {
  unsetenv("TERNSIM_ISA");
  EXPECT_TRUE(is_available(Isa::Scalar));
  EXPECT_EQ(best_isa(), available_isas().back());
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
    EXPECT_STREQ(error.what() + std::string(error.what()).find("unknown"),
                 is_available(Isa::Avx2) ? "unknown instruction set; available: scalar, avx2"
                                         : "unknown instruction set; available: scalar");
  }
  if (!is_available(Isa::Avx2)) {
    setenv("TERNSIM_ISA", "avx2", 1);
    EXPECT_THROW(best_isa(), RequestError);
  }
}

}  // namespace
}  // namespace ternsim::kernels
