// The Verilated trit decoder against its C++ model: every byte in every place.
#include <array>
#include <vector>

#include "Vtrit_decoder_1.h"
#include "Vtrit_decoder_8.h"
#include "cosim/rtl_leaf_clock.h"
#include "rtl/models/trit_codes.h"

namespace ternsim::rtl_test {
namespace {

template <typename Model, std::size_t kBytes>
void compare(const std::vector<std::array<std::uint8_t, kBytes>>& beats, Traffic traffic) {
  LeafClock<Model> unit;
  std::size_t illegal = 0;
  stream(
      unit, beats.size(), beats.size(), traffic,
      [&](std::size_t i) { set_port<decltype(unit.ports().bytes_i), std::uint8_t>(unit.ports().bytes_i, beats[i]); },
      [&](std::size_t i) {
        // Without stalls the flags are those of all beats before this one.
        if (traffic.stalls == 0) {
          EXPECT_EQ(unit.ports().illegal_count_o, illegal);
          EXPECT_EQ(unit.ports().illegal_o, illegal > 0);
        }
        std::array<std::uint8_t, (10 * kBytes + 7) / 8> codes{};
        get_port<std::uint8_t>(unit.ports().codes_o, std::span<std::uint8_t>(codes));
        for (std::size_t p = 0; p < kBytes; ++p) {
          const rtl::TritCodes expected = rtl::decode_trits(beats[i][p]);
          illegal += expected.illegal;
          for (std::size_t n = 0; n < 5; ++n) {
            const std::size_t weight = n * kBytes + p;
            EXPECT_EQ(codes[weight / 4] >> 2 * (weight % 4) & 3, expected.codes[n])
                << "byte " << int{beats[i][p]} << " at " << p << ", weight " << n;
          }
        }
      });
  EXPECT_EQ(unit.ports().illegal_count_o, illegal);
}

std::vector<std::array<std::uint8_t, 8>> every_byte_everywhere() {
  std::vector<std::array<std::uint8_t, 8>> beats;
  Random random(3);
  for (unsigned b = 0; b < 256; ++b) {
    for (unsigned p = 0; p < 8; ++p) {
      std::array<std::uint8_t, 8> beat;
      for (std::uint8_t& other : beat) other = static_cast<std::uint8_t>(random.below(243));
      beat[p] = static_cast<std::uint8_t>(b);
      beats.push_back(beat);
    }
  }
  return beats;
}

TEST(RtlLeafDecoder, EveryByteAlone) {
  std::vector<std::array<std::uint8_t, 1>> beats;
  for (unsigned b = 0; b < 256; ++b) beats.push_back({static_cast<std::uint8_t>(b)});
  compare<Vtrit_decoder_1, 1>(beats, {});
}

TEST(RtlLeafDecoder, EveryByteInEveryPlace) { compare<Vtrit_decoder_8, 8>(every_byte_everywhere(), {}); }

TEST(RtlLeafDecoder, GapsAndStallsLoseNothing) {
  compare<Vtrit_decoder_8, 8>(every_byte_everywhere(), {.gaps = 30, .stalls = 40, .seed = 7});
}

TEST(RtlLeafDecoder, TheCountSaturates) {
  LeafClock<Vtrit_decoder_8> unit;
  const std::array<std::uint8_t, 8> wrong{243, 244, 245, 250, 252, 253, 254, 255};
  set_port<decltype(unit.ports().bytes_i), std::uint8_t>(unit.ports().bytes_i, wrong);
  unit.ports().valid_i = 1;
  for (int i = 0; i < 8192; ++i) unit.step();  // the last one's beat is not counted yet
  EXPECT_EQ(unit.ports().illegal_count_o, 8191U * 8);
  for (int i = 0; i < 3; ++i) unit.step();
  EXPECT_EQ(unit.ports().illegal_count_o, 65535U);
  unit.ports().valid_i = 0;
  unit.reset();
  EXPECT_EQ(unit.ports().illegal_count_o, 0U);
  EXPECT_FALSE(unit.ports().illegal_o);
}

}  // namespace
}  // namespace ternsim::rtl_test
