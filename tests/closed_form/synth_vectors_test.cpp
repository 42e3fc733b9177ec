// The vectors of the gate-level simulations: their bits, the order of operands, and outputs against sums by hand.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "base/error.h"
#include "rtl/synth/vectors/datapaths.h"

namespace ternsim::synth {
namespace {

TEST(SynthVectors, ALineIsCheckOutputsInputs) {
  Stimulus stimulus({{"a", 4}, {"b", 3}}, {{"s", 5}}, 2);
  stimulus.drive(0, "a", 0, 4, 0x9);
  stimulus.drive(0, "b", 1, 2, 0x3);
  stimulus.expect(0, "s", 0, 5, 0xffffffffffffffff);  // -1: what is above the port's width is left out
  stimulus.check(0);
  std::ostringstream out;
  stimulus.write(out);
  // 1 11111 1001 110 and 13 zeros, in four digits.
  EXPECT_EQ(out.str(), "1fce\n0000\n");
  EXPECT_THROW(stimulus.drive(0, "c", 0, 1, 0), std::invalid_argument);
  EXPECT_THROW(stimulus.drive(0, "a", 3, 2, 0), std::invalid_argument);
}

/// Weight of row r, column k is +1 on the diagonal k % 3 == r % 3, -1 on the next, else 0; activation 10 t + k.
Layer small_layer() {
  Layer layer{"blk.0.test", 4, 8, 3, {}, {}};
  for (std::size_t r = 0; r < layer.rows; ++r)
    for (std::size_t k = 0; k < layer.cols; ++k)
      layer.weights.push_back(k % 3 == r % 3         ? std::int8_t{1}
                              : k % 3 == (r + 1) % 3 ? std::int8_t{-1}
                                                     : std::int8_t{0});
  for (std::size_t t = 0; t < layer.tokens; ++t)
    for (std::size_t k = 0; k < layer.cols; ++k) layer.activations.push_back(static_cast<std::int8_t>(10 * t + k));
  return layer;
}

TEST(SynthVectors, HeldWeightsMeetOneTokenAfterTheOther) {
  const OperandStream stream = make_stream(small_layer(), {.rows = 2, .lanes = 4, .hold = 3}, 9);
  // Cycles 0 to 2: block 0 of rows 0 and 1 for tokens 0 to 2; then block 1; then rows 2 and 3.
  EXPECT_EQ(stream.load, (std::vector<bool>{1, 0, 0, 1, 0, 0, 1, 0, 0}));
  EXPECT_EQ(stream.first, (std::vector<bool>{1, 0, 0, 0, 0, 0, 1, 0, 0}));
  EXPECT_EQ(stream.activation(2, 1), 21);
  EXPECT_EQ(stream.activation(4, 0), 14);
  EXPECT_EQ(stream.weight(0, 0, 0), 1);
  EXPECT_EQ(stream.weight(5, 1, 0), 1);  // row 1, column 4
  EXPECT_EQ(stream.weight(8, 0, 2), 1);  // row 2, column 2
}

TEST(SynthVectors, DecodingTakesNewWeightsEveryCycle) {
  const OperandStream stream = make_stream(small_layer(), {.rows = 1, .lanes = 4, .hold = 1}, 8);
  EXPECT_EQ(std::ranges::count(stream.load, true), 8);
  EXPECT_EQ(stream.first, (std::vector<bool>{1, 0, 1, 0, 1, 0, 1, 0}));
  for (std::size_t c = 0; c < 8; ++c) EXPECT_EQ(stream.activation(c, 0), c % 2 == 0 ? 0 : 4);  // token 0
  EXPECT_THROW(make_stream(small_layer(), {.rows = 1, .lanes = 16}, 1), RequestError);
}

TEST(SynthVectors, SharesOfZerosAreThoseAskedFor) {
  Layer layer = small_layer();
  layer.activations.assign(layer.activations.size(), 0);
  const OperandStream some =
      make_stream(layer, {.rows = 4, .lanes = 8, .source = WeightSource::Random, .zeros = 0.42}, 1000);
  EXPECT_NEAR(some.weight_zeros, 0.42, 0.02);  // 32000 draws: 7 standard deviations
  EXPECT_EQ(some.activation_zeros, 1);
  EXPECT_EQ(make_stream(layer, {.lanes = 8, .source = WeightSource::Random, .zeros = 0}, 1000).weight_zeros, 0);
}

std::string line_of(const Stimulus& stimulus, std::size_t cycle) {
  std::ostringstream out;
  stimulus.write(out);
  std::istringstream in(out.str());
  std::string line;
  for (std::size_t c = 0; c <= cycle; ++c) in >> line;
  return line;
}

TEST(SynthVectors, ADotProductComesOutBehindItsStages) {
  const OperandStream stream = make_stream(small_layer(), {.rows = 1, .lanes = 4, .hold = 1}, 6);
  // Four lanes, one level a stage: two stages. Row 0 of block 0 is 1, -1, 0, 1 times 0, 1, 2, 3: 2.
  const Stimulus stimulus = make_stimulus("ternary_dot", Parameters({{"Lanes", 4}, {"LevelsPerStage", 1}}), stream);
  // check 1, sum of 11 bits, illegal 0; 32 bits of activations and 8 of weights. Cycle 2 has the block 0 of row 1:
  // weights 0, 1, -1, 0, that is codes 01 10 00 01 from lane 0 up, 0b01001001.
  EXPECT_EQ(line_of(stimulus, 2),
            "1004"
            "03020100"
            "49");
  EXPECT_EQ(line_of(stimulus, 1)[0], '0');
  // The serial element sums up over the row's two beats: 0 * 1 at first, and 2 cycles later.
  const OperandStream serial = make_stream(small_layer(), {.rows = 1, .lanes = 1, .hold = 1}, 12);
  const Stimulus element = make_stimulus("ternary_pe", Parameters({{"AccumulatorBits", 9}}), serial);
  // Behind 8 beats of row 0: 0 - 1 + 3 - 4 + 6 - 7 = -3. The line: check, act_o 0 (column 0 of row 1), weight_o 01
  // (weight 0), first_o 1, sum 111111101, illegal 0; then column 1 of row 1: activation 1, code 10, first 0. In bits
  // 1 00000000 01 1 111111101 0 00000001 10 0.
  EXPECT_EQ(line_of(element, 9), "1007fd00c");
}

TEST(SynthVectors, AnAddMeetsTheOperandsOfTheTree) {
  // Cycle 0 is block 0 of row 0: weights 1, -1, 0, 1 times 0, 1, 2, 3. Two lanes each: -1 and 3, sum 2.
  const OperandStream four = make_stream(small_layer(), {.rows = 1, .lanes = 4, .hold = 1}, 2);
  const Parameters eight({{"Bits", 8}, {"Lanes", 4}});
  // check 1, sum 02, a ff, b 03: 1 0000'0010 1111'1111 0000'0011.
  EXPECT_EQ(line_of(make_stimulus("int_add", eight, four), 0), "102ff03");
  // The second block of the row, -1, 0, 1, -1 times 4, 5, 6, 7, onto the first one's 2: -5 - 0 = 2 + (-5).
  const Parameters running({{"Bits", 8}, {"Lanes", 4}, {"Accumulate", 1}});
  EXPECT_EQ(line_of(make_stimulus("int_add", running, four), 0), "1020002");
  EXPECT_EQ(line_of(make_stimulus("int_add", running, four), 1), "1fd02fb");
}

TEST(SynthVectors, AGatedPairIsZeroAsAWhole) {
  // Row 0 is 1, -1 | 0, 1: of the second pair both are zero; row 1 is 0, 1: likewise; a zero behind one is none.
  const OperandStream pairs = make_stream(small_layer(), {.rows = 1, .lanes = 2, .hold = 1}, 8);
  const Stimulus stimulus = make_stimulus("int_add", Parameters({{"Bits", 8}, {"Lanes", 2}, {"GatedPairs", 1}}), pairs);
  EXPECT_EQ(line_of(stimulus, 0), "1ff00ff");  // 1 x 0, -1 x 1
  EXPECT_EQ(line_of(stimulus, 1), "1000000");
  EXPECT_EQ(line_of(stimulus, 2), "101fc05");  // -1 x 4, then weight 0 taken as 1, x 5
}

TEST(SynthVectors, ATreeByLevelsAccumulates) {
  const OperandStream stream = make_stream(small_layer(), {.rows = 1, .lanes = 4, .hold = 1}, 8);
  const Stimulus stimulus =
      make_stimulus("ternary_tree", Parameters({{"Lanes", 4}, {"LevelsPerStage", 1}, {"AccumulatorBits", 9}}), stream);
  // Two stages: cycle 3 has the sum of cycle 1, -5 in 11 bits, and the accumulator of cycle 0, 2 in 9 bits, above 41
  // bits of inputs. In 64 bits from the top: 00 1 11111111011 000000010 ...
  EXPECT_EQ(line_of(stimulus, 3).substr(0, 5), "3fec0");
  EXPECT_EQ(line_of(stimulus, 2)[0], '0');  // not compared before the accumulator has its first sum
}

TEST(SynthVectors, WhatIsMissingIsNamed) {
  const OperandStream stream = make_stream(small_layer(), {.lanes = 4}, 2);
  try {
    make_stimulus("ternary_dot", Parameters({{"Lanes", 4}}), stream);
    FAIL();
  } catch (const RequestError& error) {
    EXPECT_STREQ(error.what(), "parameter LevelsPerStage is not given: add --param LevelsPerStage=N");
  }
  EXPECT_THROW(make_stimulus("tile_walk", Parameters({}), stream), RequestError);
}

}  // namespace
}  // namespace ternsim::synth
