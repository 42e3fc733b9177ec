#include <algorithm>
#include <bit>
#include <stdexcept>
#include <vector>

#include "sim/datapaths/bodies.h"
#include "sim/datapaths/dense_datapath.h"
#include "sim/datapaths/gating.h"
#include "sim/datapaths/target_clones.h"
#include "sim/datapaths/tree_operands.h"

namespace ternsim::sim {

namespace {

using energy::Action;
using energy::Part;

/// The narrow tree over one beat's words of 64 lanes: a lane adds +1, 0 or -1 by its weight where its activation bit is
/// set.
TERNSIM_POPCOUNT_CLONES
std::int32_t add_bits(const std::uint64_t* plus, const std::uint64_t* minus, const std::uint64_t* bits,
                      std::int64_t words) {
  std::int32_t sum = 0;
  for (std::int64_t i = 0; i < words; ++i) sum += std::popcount(plus[i] & bits[i]) - std::popcount(minus[i] & bits[i]);
  return sum;
}

/// One bit of every activation a cycle, the sign bit first: a beat takes activation_bits cycles for each token, half as
/// many for 4-bit activations. A row's lanes are +1, 0 or -1 (2 bits) into a tree of 3, 4, ... bits; a shift register
/// doubles what it has and adds the tree's sum, the sign bit's subtracted first; behind the last bit the accumulator
/// takes it.
///
/// A cycle of a row counts `lanes` negations of 2 bits, lanes - 1 tree additions and one of the shift register
/// (log2(lanes) + 2 + activation_bits wide), a beat one of the accumulator. Zero bits of activations are not gated.
class BitSerialDatapath final : public DenseDatapath {
 public:
  using DenseDatapath::DenseDatapath;

  int latency() const override { return config_.geometry.latency() + 1; }  // the shift register

  std::uint64_t accumulate(const MatmulWork& work, std::span<const std::int8_t> activations,
                           std::span<std::int32_t> sums) override {
    // A machine's beats are cut at 64 lanes here or laid side by side: sums of words are the tree's lower levels.
    const std::int64_t lanes = config_.geometry.lanes;
    TreeOperands operands(work, activations, lanes, gathers(work, config_));
    const std::int64_t words = ceil_div(lanes, 64);
    const auto bits = static_cast<std::size_t>(work.activation_bits);
    std::vector<std::uint64_t> planes;  // (token, beat, bit, word)
    for (std::int64_t t = 0; t < work.tokens; ++t) append_planes(operands.inputs(t), operands.beats(), work, planes);
    std::vector<std::uint64_t> plus(static_cast<std::size_t>(words));
    std::vector<std::uint64_t> minus(plus.size());
    std::uint64_t pairs = 0;
    for (std::int64_t r = work.row0; r < work.row0 + work.rows; ++r) {
      const std::int8_t* weights = operands.row(r);
      for (std::int64_t b = 0; b < operands.beats(); ++b) {
        take_weights(weights + b * lanes, plus, minus);
        for (std::int64_t t = 0; t < work.tokens; ++t) {
          const std::uint64_t* plane =
              planes.data() + static_cast<std::size_t>(t * operands.beats() + b) * bits * plus.size();
          std::int32_t shifted = 0;
          for (std::size_t i = 0; i < bits; ++i, plane += words) {
            const std::int32_t sum = add_bits(plus.data(), minus.data(), plane, words);
            shifted = i == 0 ? -sum : 2 * shifted + sum;
          }
          sums[static_cast<std::size_t>(t * work.weights->rows() + work.matrix_row(r))] += shifted;
        }
      }
      pairs += static_cast<std::uint64_t>(work.cols * work.tokens);
    }
    return pairs;
  }

  void add_inventory(energy::Inventory& inventory) const override {
    const MatrixGeometry& g = config_.geometry;
    const auto rows = static_cast<std::uint64_t>(g.rows);
    inventory.operators[{Part::Matrix, Action::IntNegate, kLaneBits}] += rows * static_cast<std::uint64_t>(g.lanes);
    add_tree(kLaneBits, g, rows, inventory);
    inventory.operators[{Part::Matrix, Action::IntAdd, shift_bits(config_.activation_bits)}] += rows;
    add_decoders(config_, inventory);
  }

 private:
  static constexpr int kLaneBits = 2;

  int shift_bits(int activation_bits) const { return config_.geometry.tree_levels() + 2 + activation_bits; }
  int token_cycles(const MatmulWork& work) const override { return work.activation_bits; }
  int input_bits(const MatmulWork& work) const override { return work.activation_bits; }

  void count_arithmetic(const MatmulWork& work, std::int64_t k_beats, energy::ActionCounts& counts) override {
    const auto beats = static_cast<std::uint64_t>(work.rows * k_beats * work.tokens);
    const std::uint64_t cycles = beats * static_cast<std::uint64_t>(work.activation_bits);
    counts.add(Part::Matrix, Action::IntNegate, kLaneBits, cycles * static_cast<std::uint64_t>(config_.geometry.lanes));
    counts.add(Part::Matrix, Action::IntAdd, shift_bits(work.activation_bits), cycles);
    const auto uses = static_cast<std::uint64_t>(work.tokens);
    const auto bits = static_cast<std::uint64_t>(work.activation_bits);
    // The tree works in every bit's cycle, the accumulator behind it once a beat.
    energy::ActionCounts once;
    count_gated_tree(kLaneBits, work, k_beats, uses, gating_, config_, once);
    for (const auto& [key, n] : once.counts)
      counts.add(key.part, key.action, key.width_bits,
                 key.width_bits == config_.geometry.accumulator_bits ? n : n * bits);
  }

  void append_planes(const std::int8_t* inputs, std::int64_t beats, const MatmulWork& work,
                     std::vector<std::uint64_t>& planes) const {
    const int bits = work.activation_bits;
    const int limit = 1 << (bits - 1);
    for (std::int64_t b = 0; b < beats; ++b) {
      const std::int8_t* beat = inputs + b * config_.geometry.lanes;
      for (int i = bits - 1; i >= 0; --i) {
        std::uint64_t word = 0;
        for (int lane = 0; lane < config_.geometry.lanes; ++lane) {
          if (beat[lane] < -limit || beat[lane] >= limit)
            throw std::logic_error("an activation does not fit the bits that the work gives it");
          word |= static_cast<std::uint64_t>((beat[lane] >> i) & 1) << (lane % 64);
          if (lane % 64 == 63 || lane + 1 == config_.geometry.lanes) {
            planes.push_back(word);
            word = 0;
          }
        }
      }
    }
  }

  void take_weights(const std::int8_t* weights, std::vector<std::uint64_t>& plus,
                    std::vector<std::uint64_t>& minus) const {
    const int lanes = config_.geometry.lanes;
    for (std::size_t w = 0; w < plus.size(); ++w) {
      std::uint64_t positive = 0;
      std::uint64_t negative = 0;
      for (int i = 0; i < std::min(lanes, 64); ++i) {
        const int weight = weights[64 * w + static_cast<std::size_t>(i)];
        positive |= static_cast<std::uint64_t>(weight == 1) << i;
        negative |= static_cast<std::uint64_t>(weight < 0) << i;
      }
      plus[w] = positive;
      minus[w] = negative;
    }
  }

  Gating gating_;
};

}  // namespace

std::unique_ptr<Datapath> make_bit_serial(const MatrixUnitConfig& config) {
  return std::make_unique<BitSerialDatapath>(config);
}

}  // namespace ternsim::sim
