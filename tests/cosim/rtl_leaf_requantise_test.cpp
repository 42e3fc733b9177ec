// The Verilated requantisation against its C++ model.
#include <array>
#include <limits>
#include <vector>

#include "Vrequantise_1.h"
#include "Vrequantise_4.h"
#include "cosim/rtl_leaf_clock.h"
#include "rtl/models/requantise.h"

namespace ternsim::rtl_test {
namespace {

struct Row {
  std::vector<std::int32_t> sums;       ///< (beats * lanes)
  std::vector<rtl::FixedScale> scales;  ///< one for each beat
};

Row draw_row(Random& random, std::size_t lanes, std::size_t max_beats) {
  Row row;
  const std::size_t beats = random.below(4) == 0 ? 1 : 1 + random.below(max_beats);
  const auto magnitude = static_cast<int>(random.below(32));  // bits that sums of this row leave unused
  const bool one_scale = random.below(2) == 0;
  for (std::size_t b = 0; b < beats; ++b) {
    rtl::FixedScale scale{static_cast<std::uint16_t>(random.next()), static_cast<std::uint8_t>(random.below(64))};
    if (random.below(4) != 0) scale.shift = static_cast<std::uint8_t>(12 + random.below(12));
    if (one_scale && b > 0) scale = row.scales[0];
    row.scales.push_back(scale);
    for (std::size_t l = 0; l < lanes; ++l) {
      const auto sum = static_cast<std::int32_t>(static_cast<std::uint32_t>(random.next())) >> magnitude;
      row.sums.push_back(random.below(50) == 0 ? std::numeric_limits<std::int32_t>::min() : sum);
    }
  }
  if (random.below(10) == 0) row.sums.assign(row.sums.size(), 0);
  // A maximum of 2 * 127 has an exact reciprocal: every odd sum is a tie.
  if (random.below(10) == 0) {
    row.scales.assign(beats, {.mantissa = 1, .shift = 0});
    for (std::int32_t& s : row.sums) s = static_cast<std::int32_t>(random.below(509)) - 254;
    row.sums[0] = 254;
  }
  return row;
}

rtl::RequantisedRow model(const Row& row, std::size_t lanes, const rtl::RequantiseParameters& parameters) {
  std::vector<rtl::FixedScale> scales;
  for (const rtl::FixedScale& s : row.scales) scales.insert(scales.end(), lanes, s);
  return rtl::requantise(row.sums, scales, parameters);
}

template <typename Model, std::size_t kLanes>
void compare(std::size_t rows, std::size_t max_beats, const rtl::RequantiseParameters& parameters, Traffic traffic) {
  struct Beat {
    std::size_t row, index;
  };
  Random random(traffic.seed + 300);
  std::vector<Row> input;
  std::vector<rtl::RequantisedRow> expected;
  std::vector<Beat> beats;
  bool saturated = false;
  for (std::size_t r = 0; r < rows; ++r) {
    input.push_back(draw_row(random, kLanes, max_beats));
    expected.push_back(model(input[r], kLanes, parameters));
    saturated |= expected[r].saturated;
    for (std::size_t b = 0; b < input[r].scales.size(); ++b) beats.push_back({r, b});
  }

  LeafClock<Model> unit;
  Model& ports = unit.ports();
  const auto is_last = [&](const Beat& b) { return b.index + 1 == input[b.row].scales.size(); };
  stream(
      unit, beats.size(), beats.size(), traffic,
      [&](std::size_t i) {
        const Row& row = input[beats[i].row];
        set_port<decltype(ports.sums_i), std::int32_t>(
            ports.sums_i, std::span<const std::int32_t>(row.sums).subspan(beats[i].index * kLanes, kLanes));
        ports.mantissa_i = row.scales[beats[i].index].mantissa;
        ports.shift_i = row.scales[beats[i].index].shift;
        ports.last_i = is_last(beats[i]);
      },
      [&](std::size_t i) {
        const rtl::RequantisedRow& row = expected[beats[i].row];
        std::array<std::int8_t, kLanes> q;
        get_port<std::int8_t>(ports.q_o, std::span(q));
        for (std::size_t l = 0; l < kLanes; ++l) {
          EXPECT_EQ(int{q[l]}, int{row.q[beats[i].index * kLanes + l]})
              << "row " << beats[i].row << " beat " << beats[i].index << " lane " << l;
        }
        EXPECT_EQ(ports.absmax_o, row.absmax) << "row " << beats[i].row;
        EXPECT_EQ(ports.last_o, is_last(beats[i]));
      });
  EXPECT_TRUE(saturated) << "the rows never reach the clamp";
  EXPECT_EQ(ports.saturated_o, saturated);
  EXPECT_FALSE(ports.overrun_o);
}

TEST(RtlLeafRequantise, RandomRows) { compare<Vrequantise_4, 4>(2000, 64, {}, {}); }

TEST(RtlLeafRequantise, GapsAndStalls) {
  compare<Vrequantise_4, 4>(1000, 64, {}, {.gaps = 20, .stalls = 30, .seed = 11});
  compare<Vrequantise_4, 4>(500, 64, {}, {.gaps = 0, .stalls = 80, .seed = 12});
  compare<Vrequantise_4, 4>(500, 64, {}, {.gaps = 80, .stalls = 0, .seed = 13});
}

TEST(RtlLeafRequantise, OneLaneShortRowsOtherPrecisionAndFloor) {
  compare<Vrequantise_1, 1>(3000, 5, {.fraction_bits = 10, .absmax_floor = 100},
                            {.gaps = 10, .stalls = 20, .seed = 14});
}

TEST(RtlLeafRequantise, ARowThatIsTooLongIsCutAndFlagged) {
  LeafClock<Vrequantise_1> unit;  // at most 5 beats
  Vrequantise_1& ports = unit.ports();
  ports.mantissa_i = 1;
  ports.shift_i = 0;
  std::vector<int> q;
  std::vector<int> last;
  stream(
      unit, 6, 6, {},
      [&](std::size_t i) {
        ports.sums_i = static_cast<IData>(1000 * (i + 1));
        ports.last_i = i == 5;
      },
      [&](std::size_t) {
        q.push_back(static_cast<std::int8_t>(ports.q_o));
        last.push_back(ports.last_o);
      });
  // 127 * 1000 i / 5000 for the first five, and the sixth as a row of its own.
  EXPECT_EQ(q, (std::vector<int>{25, 51, 76, 102, 127, 127}));
  EXPECT_EQ(last, (std::vector<int>{0, 0, 0, 0, 1, 1}));
  EXPECT_TRUE(ports.overrun_o);
  EXPECT_FALSE(ports.saturated_o);
}

}  // namespace
}  // namespace ternsim::rtl_test
