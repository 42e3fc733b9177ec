// What each datapath counts, worked out by hand for 4 rows, 16 lanes, 4 slots (tests/datapath_cases.h), and that every
// count has a price.
#include <gtest/gtest.h>

#include "energy/energy_model.h"
#include "tests/datapath_cases.h"

namespace ternsim::sim {
namespace {

using energy::Action;
using energy::ActionCounts;
using energy::Part;
using test::small_unit;
using test::work_of;

constexpr int kPort = 256;
constexpr DatapathKind kAll[] = {DatapathKind::AdderTree, DatapathKind::ZeroSkip, DatapathKind::Lut,
                                 DatapathKind::BitSerial, DatapathKind::Int8Mac,  DatapathKind::Fp16Mac,
                                 DatapathKind::W4A16Mac};

ActionCounts counts_of(const MatrixUnitConfig& config, const MatmulWork& work) {
  ActionCounts counts;
  make_datapath(config)->count(work, kPort, counts);
  return counts;
}

std::uint64_t get(const ActionCounts& counts, Part part, Action action, int width) {
  const auto it = counts.counts.find({part, action, width});
  return it == counts.counts.end() ? 0 : it->second;
}

/// Of all widths.
std::uint64_t total(const ActionCounts& counts, Part part, Action action) {
  std::uint64_t sum = 0;
  for (const auto& [key, n] : counts.counts)
    if (key.part == part && key.action == action) sum += n;
  return sum;
}

// 5 rows x ceil(40 / 16) = 3 beats x 6 tokens = 90 beats of a row; 2 row tiles; ceil(6 / 4) = 2 reads of the weights.
TEST(DatapathCounts, AdderTreeLevelByLevel) {
  const MatrixUnitConfig config = small_unit(DatapathKind::AdderTree);
  MatmulWork work = work_of(5, 40, 6);
  ActionCounts c = counts_of(config, work);
  EXPECT_EQ(get(c, Part::Matrix, Action::IntNegate, 9), 90U * 16);
  EXPECT_EQ(get(c, Part::Matrix, Action::IntAdd, 10), 90U * 8);
  EXPECT_EQ(get(c, Part::Matrix, Action::IntAdd, 11), 90U * 4);
  EXPECT_EQ(get(c, Part::Matrix, Action::IntAdd, 12), 90U * 2);
  EXPECT_EQ(get(c, Part::Matrix, Action::IntAdd, 13), 90U);
  EXPECT_EQ(get(c, Part::Matrix, Action::IntAdd, 32), 90U);
  EXPECT_EQ(total(c, Part::Matrix, Action::IntAdd), 90U * (15 + 1));
  EXPECT_EQ(get(c, Part::WeightSram, Action::SramRead, 4 * 32), 5U * 12 * 8 * 2);  // 48 codes in 12 bytes
  EXPECT_EQ(get(c, Part::ActivationSram, Action::SramRead, 128), 2U * 3 * 6 * 128);
  EXPECT_EQ(get(c, Part::AccumulatorSram, Action::SramWrite, kPort), 5U * 6 * 32);
  EXPECT_EQ(get(c, Part::AccumulatorSram, Action::SramRead, kPort), 0U);
  // A later part of K starts from the sums that the one before has left.
  work.col0 = 64;
  EXPECT_EQ(get(counts_of(config, work), Part::AccumulatorSram, Action::SramRead, kPort), 5U * 6 * 32);
  // Weights from a ROM are no reads of the weight SRAM.
  work.weight_store = Part::ResidentWeights;
  work.weight_read = Action::RomRead;
  c = counts_of(config, work);
  EXPECT_EQ(total(c, Part::WeightSram, Action::SramRead), 0U);
  EXPECT_EQ(total(c, Part::ResidentWeights, Action::RomRead), 5U * 12 * 8 * 2);
}

TEST(DatapathCounts, WeightStationaryReadsWeightsOnceAndSumsWithEveryBeat) {
  MatrixUnitConfig config = small_unit(DatapathKind::AdderTree);
  config.dataflow = Dataflow::WeightStationary;
  const ActionCounts c = counts_of(config, work_of(5, 40, 6));
  EXPECT_EQ(total(c, Part::WeightSram, Action::SramRead), 5U * 12 * 8);
  EXPECT_EQ(total(c, Part::AccumulatorSram, Action::SramWrite), 3U * 5 * 6 * 32);
  EXPECT_EQ(total(c, Part::AccumulatorSram, Action::SramRead), 2U * 5 * 6 * 32);  // the first beat has none to add to
  EXPECT_EQ(total(c, Part::Matrix, Action::IntAdd), 90U * 16);
}

TEST(DatapathCounts, BytesOfFiveTritsAreDecodedWhenRead) {
  MatrixUnitConfig config = small_unit(DatapathKind::AdderTree);
  config.packing = WeightPacking::Base3;
  config.decoder_weights_per_cycle = 64;
  const ActionCounts c = counts_of(config, work_of(5, 40, 6));
  EXPECT_EQ(total(c, Part::WeightSram, Action::SramRead), 5U * 10 * 8 * 2);  // 48 trits in 10 bytes
  EXPECT_EQ(get(c, Part::Matrix, Action::Base3Decode, 8), 5U * 10 * 2);
}

// One row, 20 columns of which 0 and 16 ... 19 are not zero, in two beats of 16 lanes. First beat: no leaf adder has
// two inputs, nor has any above: 8 + 4 + 2 + 1 gated, the accumulator adds. Second: lanes 0 ... 3 fill two leaf adders
// and one of the next level: 6 + 3 + 2 + 1 gated.
TEST(DatapathCounts, GatingFollowsTheWeights) {
  MatrixUnitConfig config = small_unit(DatapathKind::AdderTree);
  config.zero_gating = true;
  kernels::PackedTernary weights(1, 20);
  for (const std::int64_t k : {0, 16, 17, 18, 19}) weights.set_weight(0, k, 1);
  MatmulWork work = work_of(1, 20, 3);
  work.weights = &weights;
  const ActionCounts c = counts_of(config, work);
  EXPECT_EQ(get(c, Part::Matrix, Action::IntAddGated, 10), 3U * (8 + 6));
  EXPECT_EQ(get(c, Part::Matrix, Action::IntAddGated, 11), 3U * (4 + 3));
  EXPECT_EQ(get(c, Part::Matrix, Action::IntAddGated, 12), 3U * (2 + 2));
  EXPECT_EQ(get(c, Part::Matrix, Action::IntAddGated, 13), 3U * (1 + 1));
  EXPECT_EQ(get(c, Part::Matrix, Action::IntAddGated, 32), 0U);
  EXPECT_EQ(total(c, Part::Matrix, Action::IntAdd) + total(c, Part::Matrix, Action::IntAddGated), 3U * 2 * 16);
  // A part of K sees its own columns only: column 19 and padding.
  work.col0 = 16;
  work.cols = 1;
  const ActionCounts part = counts_of(config, work);
  EXPECT_EQ(total(part, Part::Matrix, Action::IntAddGated), 3U * 15);
  EXPECT_EQ(get(part, Part::Matrix, Action::IntAdd, 32), 3U);
}

// Bits of 8: each of the 90 beats adds 8 times in the tree and the shift register (4 + 2 + 8 bits wide), once behind.
TEST(DatapathCounts, BitSerialAddsNarrowly) {
  const ActionCounts c = counts_of(small_unit(DatapathKind::BitSerial), work_of(5, 40, 6));
  EXPECT_EQ(get(c, Part::Matrix, Action::IntNegate, 2), 90U * 8 * 16);
  EXPECT_EQ(get(c, Part::Matrix, Action::IntAdd, 3), 90U * 8 * 8);
  EXPECT_EQ(get(c, Part::Matrix, Action::IntAdd, 6), 90U * 8);
  EXPECT_EQ(get(c, Part::Matrix, Action::IntAdd, 14), 90U * 8);
  EXPECT_EQ(get(c, Part::Matrix, Action::IntAdd, 32), 90U);
  MatmulWork four = work_of(5, 40, 6);
  four.activation_bits = 4;
  const ActionCounts half = counts_of(small_unit(DatapathKind::BitSerial), four);
  EXPECT_EQ(2 * get(half, Part::Matrix, Action::IntAdd, 3), get(c, Part::Matrix, Action::IntAdd, 3));
  EXPECT_EQ(2 * total(half, Part::ActivationSram, Action::SramRead), total(c, Part::ActivationSram, Action::SramRead));
  EXPECT_EQ(get(half, Part::Matrix, Action::IntAdd, 32), 90U);
}

// 3 beats x 6 tokens = 18 times 4 tables of 40 entries of 10 bits, 36 additions each; 90 beats of a row look up 4
// values of 11 bits and add them in a tree of 2 + 1 and an accumulator.
TEST(DatapathCounts, LutBuildsReadsAndAdds) {
  const ActionCounts c = counts_of(small_unit(DatapathKind::Lut), work_of(5, 40, 6));
  EXPECT_EQ(get(c, Part::Matrix, Action::IntAdd, 10), 18U * 4 * 36);
  EXPECT_EQ(get(c, Part::Matrix, Action::RegisterWrite, 10), 18U * 4 * 40 * 10);
  EXPECT_EQ(get(c, Part::Matrix, Action::IntMux, 10), 90U * 4 * 40);
  EXPECT_EQ(get(c, Part::Matrix, Action::IntNegate, 11), 90U * 4);
  EXPECT_EQ(get(c, Part::Matrix, Action::IntAdd, 12), 90U * 2);
  EXPECT_EQ(get(c, Part::Matrix, Action::IntAdd, 13), 90U);
  EXPECT_EQ(get(c, Part::Matrix, Action::IntAdd, 32), 90U);
  EXPECT_EQ(total(c, Part::WeightSram, Action::SramRead), 5U * 12 * 8 * 6);  // for every token
  EXPECT_EQ(total(c, Part::ActivationSram, Action::SramRead), 18U * 128);    // for all row tiles together
  EXPECT_EQ(total(c, Part::AccumulatorSram, Action::SramWrite), 3U * 5 * 6 * 32);
  // Groups of 3: five of 13 entries of 10 bits and one of 1 of 8; a tree over 6 values has 3 + 1 + 1 adders.
  MatrixUnitConfig threes = small_unit(DatapathKind::Lut);
  threes.lut_group = 3;
  const ActionCounts t = counts_of(threes, work_of(5, 40, 6));
  EXPECT_EQ(get(t, Part::Matrix, Action::RegisterWrite, 10), 18U * 5 * 13 * 10);
  EXPECT_EQ(get(t, Part::Matrix, Action::RegisterWrite, 8), 18U * 1 * 8);
  EXPECT_EQ(get(t, Part::Matrix, Action::IntAdd, 12), 90U * 3);
  EXPECT_EQ(get(t, Part::Matrix, Action::IntAdd, 13), 90U);
  EXPECT_EQ(get(t, Part::Matrix, Action::IntAdd, 14), 90U);
}

// Two rows of one window of 64 columns: 18 and 1 non-zero weights take 2 and 1 cycles, both rows wait for 2. Row 0
// fills 16 lanes, then 2: 8 + 1 leaf adders, 4, 2, 1 above, 2 accumulations. Row 1 adds nothing but its one weight.
TEST(DatapathCounts, ZeroSkipTakesNonZeroWeightsAlone) {
  MatrixUnitConfig config = small_unit(DatapathKind::ZeroSkip);
  kernels::PackedTernary weights(2, 64);
  for (std::int64_t k = 0; k < 18; ++k) weights.set_weight(0, 3 * k, k % 2 == 0 ? 1 : -1);
  weights.set_weight(1, 40, 1);
  MatmulWork work = work_of(2, 64, 5);
  work.weights = &weights;
  ActionCounts c = counts_of(config, work);
  EXPECT_EQ(get(c, Part::Matrix, Action::IntNegate, 9), 5U * 19);
  EXPECT_EQ(get(c, Part::Matrix, Action::IntMux, 8), 5U * 2 * 64 * 6);   // log2(64) stages
  EXPECT_EQ(total(c, Part::Matrix, Action::IntAdd), 5U * (2 + 2) * 16);  // without gating: every adder, every cycle
  EXPECT_EQ(total(c, Part::ActivationSram, Action::SramRead), 5U * 64 * 8);
  EXPECT_EQ(total(c, Part::WeightSram, Action::SramRead), 2U * 16 * 8 * 2);  // 16 bytes a row, read for 4 tokens and 1
  config.zero_gating = true;
  c = counts_of(config, work);
  EXPECT_EQ(get(c, Part::Matrix, Action::IntAdd, 10), 5U * (8 + 1));
  EXPECT_EQ(get(c, Part::Matrix, Action::IntAdd, 11), 5U * 4);
  EXPECT_EQ(get(c, Part::Matrix, Action::IntAdd, 13), 5U);
  EXPECT_EQ(get(c, Part::Matrix, Action::IntAdd, 32), 5U * (2 + 1));
  EXPECT_EQ(total(c, Part::Matrix, Action::IntAdd) + total(c, Part::Matrix, Action::IntAddGated), 5U * 4 * 16);
}

// INT8 products of 16 bits into adders of 17 ... 20; FP16 one of each per weight and token; W4A16 dequantises 5 x 40
// weights at each of 2 reads, 4 bits a weight and 20 a group of 128.
TEST(DatapathCounts, Baselines) {
  const ActionCounts i = counts_of(small_unit(DatapathKind::Int8Mac), work_of(5, 40, 6));
  EXPECT_EQ(get(i, Part::Matrix, Action::IntMul, 8), 90U * 16);
  EXPECT_EQ(get(i, Part::Matrix, Action::IntAdd, 17), 90U * 8);
  EXPECT_EQ(get(i, Part::Matrix, Action::IntAdd, 20), 90U);
  EXPECT_EQ(get(i, Part::Matrix, Action::IntAdd, 32), 90U);
  EXPECT_EQ(total(i, Part::WeightSram, Action::SramRead), 5U * 48 * 8 * 2);
  const ActionCounts f = counts_of(small_unit(DatapathKind::Fp16Mac), work_of(5, 40, 6));
  EXPECT_EQ(get(f, Part::Matrix, Action::Fp16Mul, 16), 5U * 40 * 6);
  EXPECT_EQ(get(f, Part::Matrix, Action::Fp16Add, 16), 5U * 40 * 6);
  EXPECT_EQ(total(f, Part::WeightSram, Action::SramRead), 5U * 48 * 16 * 2);
  EXPECT_EQ(total(f, Part::ActivationSram, Action::SramRead), 2U * 3 * 6 * 16 * 16);
  MatrixUnitConfig wide = small_unit(DatapathKind::Fp16Mac);
  wide.sum_bits = 32;
  const ActionCounts s = counts_of(wide, work_of(5, 40, 6));
  EXPECT_EQ(get(s, Part::Matrix, Action::Fp32Add, 32), 5U * 40 * 6);
  EXPECT_EQ(total(s, Part::Matrix, Action::Fp16Add), 0U);
  EXPECT_EQ(get(s, Part::Matrix, Action::Fp16Mul, 16), 5U * 40 * 6);
  const ActionCounts w = counts_of(small_unit(DatapathKind::W4A16Mac), work_of(5, 40, 6));
  EXPECT_EQ(get(w, Part::Matrix, Action::Fp16Mul, 16), 5U * 40 * 6 + 5 * 40 * 2);
  EXPECT_EQ(get(w, Part::Matrix, Action::Fp16Add, 16), 5U * 40 * 6);
  EXPECT_EQ(get(w, Part::Matrix, Action::IntAdd, 5), 5U * 40 * 2);
  EXPECT_EQ(total(w, Part::WeightSram, Action::SramRead), 5U * 27 * 8 * 2);  // (48 * 4 + 20 + 7) / 8 = 27 bytes
}

// 100 inputs of which 40 are not zero: 3 beats instead of 7; each brings its column along, and 48 weights a row are
// read.
TEST(DatapathCounts, GatheredInputsReadTheirWeightsAlone) {
  MatrixUnitConfig config = small_unit(DatapathKind::AdderTree);
  config.gather_inputs = true;
  MatmulWork work = work_of(4, 100, 1);
  work.nonzero_inputs = 40;
  const ActionCounts c = counts_of(config, work);
  EXPECT_EQ(total(c, Part::WeightSram, Action::SramRead), 4U * 12 * 8);
  EXPECT_EQ(total(c, Part::ActivationSram, Action::SramRead), 3U * 16 * (8 + 16));
  EXPECT_EQ(total(c, Part::Matrix, Action::IntAdd), 4U * 3 * 16);
}

TEST(DatapathInventory, HoldsTheOperatorsThatAreCounted) {
  energy::Inventory tree;
  make_datapath(small_unit(DatapathKind::AdderTree))->add_inventory(tree);
  const auto of = [](const energy::Inventory& inventory, Action action, int width) {
    const auto it = inventory.operators.find({Part::Matrix, action, width});
    return it == inventory.operators.end() ? 0 : it->second;
  };
  EXPECT_EQ(of(tree, Action::IntNegate, 9), 4U * 16);
  EXPECT_EQ(of(tree, Action::IntAdd, 10), 4U * 8);
  EXPECT_EQ(of(tree, Action::IntAdd, 32), 4U);
  energy::Inventory lut;
  make_datapath(small_unit(DatapathKind::Lut))->add_inventory(lut);
  EXPECT_EQ(of(lut, Action::RegisterWrite, 10), 2U * 4 * 40 * 10);  // two sets of 4 tables
  EXPECT_EQ(of(lut, Action::IntMux, 10), 4U * 4 * 40);              // 4 rows read each
  EXPECT_EQ(of(lut, Action::IntAdd, 10), 4U * 4);                   // 4 adders build each
  energy::Inventory w4;
  make_datapath(small_unit(DatapathKind::W4A16Mac))->add_inventory(w4);
  EXPECT_EQ(of(w4, Action::Fp16Mul, 16), 2U * 4 * 16);
  MatrixUnitConfig base3 = small_unit(DatapathKind::AdderTree);
  base3.packing = WeightPacking::Base3;
  base3.decoder_weights_per_cycle = 63;
  energy::Inventory decoders;
  make_datapath(base3)->add_inventory(decoders);
  EXPECT_EQ(of(decoders, Action::Base3Decode, 8), 13U);
}

// Whatever a datapath counts, under whatever options, each technology has a constant for; what it counts also stands on
// the die.
TEST(DatapathCounts, AllHaveAPriceAndAnOperator) {
  for (const char* node : {"7nm", "45nm"}) {
    const auto technology =
        energy::Technology::load(std::string(TERNSIM_SOURCE_DIR) + "/configs/technologies/published-" + node + ".yaml");
    for (const DatapathKind kind : kAll)
      for (const bool options : {false, true}) {
        MatrixUnitConfig config = small_unit(kind);
        config.zero_gating = options && config.ternary() && kind != DatapathKind::Lut;
        config.gather_inputs = options && kind != DatapathKind::ZeroSkip;
        if (options && config.ternary()) {
          config.packing = WeightPacking::Base3;
          config.decoder_weights_per_cycle = 32;
        }
        MatmulWork work = work_of(9, 333, 1);
        work.zero_weight_share = 0.42;
        work.zero_input_share = 0.3;
        work.col0 = 64;
        energy::Inventory inventory;
        inventory.sram_bytes = {
            {Part::WeightSram, 65536}, {Part::ActivationSram, 4096}, {Part::AccumulatorSram, 65536}};
        make_datapath(config)->add_inventory(inventory);
        const energy::EnergyModel model(technology, inventory, "none");
        const ActionCounts counts = counts_of(config, work);
        EXPECT_GT(model.evaluate(counts, energy::Corner::Mid).parts.at(Part::Matrix).joules, 0) << name_of(kind);
        EXPECT_GT(model.area().at(Part::Matrix).square_metres, 0) << name_of(kind);
        for (const auto& [key, n] : counts.counts) {
          EXPECT_GT(n, 0U);
          if (key.part != Part::Matrix) continue;
          const Action on_die = key.action == Action::IntAddGated ? Action::IntAdd : key.action;
          EXPECT_TRUE(inventory.operators.contains({key.part, on_die, key.width_bits}))
              << name_of(kind) << " counts " << name_of(key.action) << " at " << key.width_bits
              << ", which has no area";
        }
      }
  }
}

}  // namespace
}  // namespace ternsim::sim
