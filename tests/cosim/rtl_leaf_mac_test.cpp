// The Verilated INT8 and FP16 baselines against their C++ models.
#include <algorithm>
#include <array>
#include <deque>
#include <vector>

#include "Vfp16_mac_half.h"
#include "Vfp16_mac_half_deep.h"
#include "Vfp16_mac_single.h"
#include "Vfp16_mac_single_deep.h"
#include "Vint8_mac_array_1x64.h"
#include "Vint8_mac_array_4x16.h"
#include "cosim/rtl_leaf_clock.h"
#include "rtl/models/half_mac.h"
#include "rtl/models/int8_mac.h"

namespace ternsim::rtl_test {
namespace {

/// The control of a beat, drawn so that a slot always begins with `first` and the weights are loaded at once.
struct Control {
  std::size_t slot;
  bool load, first, last;
};

Control draw_control(Random& random, std::vector<char>& begun, bool any_weights) {
  const auto slot = static_cast<std::size_t>(random.below(begun.size()));
  const bool first = begun[slot] == 0 || random.below(8) == 0;
  begun[slot] = 1;
  return {slot, !any_weights || random.below(2) == 0, first, random.below(3) != 0};
}

template <typename Model>
void drive_control(Model& ports, const Control& control) {
  ports.slot_i = static_cast<CData>(control.slot);
  ports.weight_load_i = control.load;
  ports.first_i = control.first;
  ports.last_i = control.last;
}

/// Sums of `bits` bits out of a port, sign-extended.
template <typename Port>
std::int32_t sum_at(const Port& port, std::size_t row, std::size_t bits) {
  std::array<std::uint8_t, sizeof(Port) + 8> bytes{};
  std::memcpy(bytes.data(), &port, sizeof port);
  std::uint64_t word;
  std::memcpy(&word, &bytes[row * bits / 8], sizeof word);
  return static_cast<std::int32_t>(static_cast<std::int64_t>(word >> row * bits % 8 << (64 - bits)) >> (64 - bits));
}

template <typename Model>
void compare_int8(std::size_t rows, std::size_t lanes, std::size_t slots, int bits, std::size_t beats,
                  Traffic traffic) {
  struct Expected {
    std::size_t slot;
    std::vector<std::int32_t> sums;
  };
  Random random(traffic.seed + 100);
  std::vector<char> begun(slots);
  std::vector<Control> controls;
  std::vector<std::vector<std::int8_t>> activations, weights;
  std::vector<std::vector<std::int32_t>> sums(slots, std::vector<std::int32_t>(rows));
  std::vector<Expected> expected;
  std::vector<std::int8_t> held;
  const auto value = [&](std::size_t i) -> std::int8_t {
    if (i < 64) return i % 3 == 0 ? std::int8_t{-128} : std::int8_t{127};  // the widest sums
    return static_cast<std::int8_t>(random.below(256));
  };
  for (std::size_t i = 0; i < beats; ++i) {
    const Control control = draw_control(random, begun, i > 0);
    std::vector<std::int8_t> act(lanes), weight(rows * lanes);
    for (std::int8_t& a : act) a = value(i);
    for (std::int8_t& w : weight) w = value(i % 2 == 0 ? i : i + 1);
    if (control.load) held = weight;
    for (std::size_t r = 0; r < rows; ++r) {
      std::int32_t& sum = sums[control.slot][r];
      sum = rtl::int8_mac(control.first ? 0 : sum, std::span(held).subspan(r * lanes, lanes), act, bits);
    }
    if (control.last) expected.push_back({control.slot, sums[control.slot]});
    controls.push_back(control);
    activations.push_back(std::move(act));
    weights.push_back(std::move(weight));
  }

  LeafClock<Model> unit;
  Model& ports = unit.ports();
  stream(
      unit, beats, expected.size(), traffic,
      [&](std::size_t i) {
        drive_control(ports, controls[i]);
        set_port<decltype(ports.act_i), std::int8_t>(ports.act_i, activations[i]);
        set_port<decltype(ports.weight_i), std::int8_t>(ports.weight_i, weights[i]);
      },
      [&](std::size_t i) {
        EXPECT_EQ(ports.slot_o, expected[i].slot);
        for (std::size_t r = 0; r < rows; ++r) {
          EXPECT_EQ(sum_at(ports.sums_o, r, static_cast<std::size_t>(bits)), expected[i].sums[r])
              << "output " << i << " row " << r;
        }
      });
}

TEST(RtlLeafInt8, RowsAndSlots) {
  compare_int8<Vint8_mac_array_4x16>(4, 16, 4, 32, 20000, {});
  compare_int8<Vint8_mac_array_4x16>(4, 16, 4, 32, 20000, {.gaps = 20, .stalls = 40, .seed = 5});
}

// 22 bits hold one beat of 64 lanes and wrap soon after.
TEST(RtlLeafInt8, NarrowAccumulatorsWrap) {
  compare_int8<Vint8_mac_array_1x64>(1, 64, 1, 22, 20000, {.gaps = 10, .stalls = 30, .seed = 6});
}

/// Half floats of all kinds: any bits, near one, subnormal, around overflow, and the special ones.
std::uint16_t draw_half(Random& random) {
  const auto any = static_cast<std::uint16_t>(random.next());
  constexpr std::array<std::uint16_t, 16> kSpecial{0x0000, 0x8000, 0x0001, 0x8001, 0x03ff, 0x0400, 0x3c00, 0xbc00,
                                                   0x7bff, 0xfbff, 0x7c00, 0xfc00, 0x7c01, 0xfe00, 0x3c01, 0x5bff};
  switch (random.below(8)) {
    case 0:
      return kSpecial[random.below(kSpecial.size())];
    case 1:
      return any & 0x83ff;  // subnormal
    case 2:
      return static_cast<std::uint16_t>((any & 0x87ff) | 0x5800);  // products around the largest half
    case 3:
      return static_cast<std::uint16_t>((any & 0x8bff) | 0x1000);  // products around the smallest ones
    case 4:
    case 5:
      return static_cast<std::uint16_t>((any & 0x83ff) | 0x3c00);  // sums that cancel
    default:
      return (any & 0x7c00) == 0x7c00 ? static_cast<std::uint16_t>(any & 0xbfff) : any;
  }
}

/// Beats are drawn as they are sent, and the model runs ahead of the unit by what is in flight.
template <typename Model, typename Sum, Sum (*kMac)(Sum, std::uint16_t, std::uint16_t)>
void compare_fp16(std::size_t rows, std::size_t slots, std::size_t beats, Traffic traffic) {
  struct Expected {
    std::size_t slot;
    std::array<Sum, 8> sums;
  };
  Random random(traffic.seed + 200);
  std::vector<char> begun(slots);
  std::vector<std::array<Sum, 8>> sums(slots);
  std::array<std::uint16_t, 8> held{};
  std::deque<Expected> expected;
  std::size_t mismatches = 0;

  LeafClock<Model> unit;
  Model& ports = unit.ports();
  const auto take = [&](std::size_t) {
    ASSERT_FALSE(expected.empty());
    std::array<Sum, 8> got{};
    get_port<Sum>(ports.sums_o, std::span(got).first(rows));
    if (ports.slot_o != expected.front().slot || got != expected.front().sums) {
      if (++mismatches < 5) {
        for (std::size_t r = 0; r < rows; ++r) {
          EXPECT_EQ(std::uint32_t{got[r]}, std::uint32_t{expected.front().sums[r]}) << "row " << r;
        }
        EXPECT_EQ(ports.slot_o, expected.front().slot);
      }
    }
    expected.pop_front();
  };
  const auto drive = [&](std::size_t i) {
    Control control = draw_control(random, begun, i > 0);
    control.last = true;
    const std::uint16_t act = draw_half(random);
    std::array<std::uint16_t, 8> weights{};
    for (std::size_t r = 0; r < rows; ++r) weights[r] = draw_half(random);
    if (control.load) held = weights;
    for (std::size_t r = 0; r < rows; ++r) {
      Sum& sum = sums[control.slot][r];
      sum = kMac(control.first ? Sum{0} : sum, held[r], act);
    }
    expected.push_back({control.slot, {}});
    std::copy_n(sums[control.slot].begin(), rows, expected.back().sums.begin());
    drive_control(ports, control);
    ports.act_i = act;
    set_port<decltype(ports.weight_i), std::uint16_t>(ports.weight_i,
                                                      std::span<const std::uint16_t>(weights).first(rows));
  };
  stream(unit, beats, beats, traffic, drive, take);
  EXPECT_EQ(mismatches, 0U);
  EXPECT_TRUE(expected.empty());
}

TEST(RtlLeafFp16, HalfAccumulators) {
  compare_fp16<Vfp16_mac_half, std::uint16_t, rtl::half_mac>(8, 4, 500000, {});
  compare_fp16<Vfp16_mac_half, std::uint16_t, rtl::half_mac>(8, 4, 30000, {.gaps = 20, .stalls = 40, .seed = 2});
}

TEST(RtlLeafFp16, SingleAccumulators) {
  compare_fp16<Vfp16_mac_single, std::uint32_t, rtl::single_mac>(8, 4, 500000, {});
  compare_fp16<Vfp16_mac_single, std::uint32_t, rtl::single_mac>(8, 4, 30000, {.gaps = 20, .stalls = 40, .seed = 2});
}

// Two cycles in the adder: beats for the slot that is in there wait.
TEST(RtlLeafFp16, DeeperPipelines) {
  compare_fp16<Vfp16_mac_half_deep, std::uint16_t, rtl::half_mac>(1, 3, 200000, {.gaps = 5, .stalls = 10, .seed = 3});
  compare_fp16<Vfp16_mac_single_deep, std::uint32_t, rtl::single_mac>(1, 3, 200000,
                                                                      {.gaps = 5, .stalls = 10, .seed = 4});
}

}  // namespace
}  // namespace ternsim::rtl_test
