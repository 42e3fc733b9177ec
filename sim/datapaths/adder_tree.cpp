#include "sim/datapaths/adder_tree.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "sim/datapaths/target_clones.h"

namespace ternsim::sim {

namespace {

using Bytes = std::int8_t __attribute__((vector_size(32)));
using Nodes = std::int16_t __attribute__((vector_size(32)));

/// Lanes whose sums int16 holds: 128 * 128 = 2^14.
constexpr std::int64_t kNarrowLanes = 128;
/// Columns that the fast body of the first two levels takes at a time, and the nodes that it leaves.
constexpr std::int64_t kStepColumns = 64;
constexpr std::int64_t kStepNodes = 16;

/// The lanes and the first two levels of the tree, for beats of 64 lanes or more: node i of a step is the sum of lanes
/// 2 i, 2 i + 1, 2 i + 32 and 2 i + 33. Which lanes are neighbours in the tree is a matter of naming them.
///
/// A lane inverts its input for weight -1 and hands the one that completes the negation on as a carry, so that a byte
/// is enough for it, -128 included.
TERNSIM_VECTOR_CLONES
void add_two_levels(const std::int8_t* __restrict weights, const std::int8_t* __restrict activations,
                    std::int16_t* __restrict nodes, std::int64_t steps) {
  constexpr std::int64_t kHalf = kStepColumns / 2;
  for (std::int64_t s = 0; s < steps; ++s) {
    Bytes lane[2];
    Bytes carries{};  // 0 ... -2
    for (int i = 0; i < 2; ++i) {
      Bytes w, x;
      std::memcpy(&w, weights + s * kStepColumns + kHalf * i, sizeof w);
      std::memcpy(&x, activations + s * kStepColumns + kHalf * i, sizeof x);
      const Bytes invert = w < 0;
      lane[i] = (x ^ invert) & (w != 0);
      carries += invert;
    }
    // Even bytes, then odd ones, widened where they are.
    const Nodes left = (((Nodes)lane[0] << 8) >> 8) + (((Nodes)lane[1] << 8) >> 8) - (((Nodes)carries << 8) >> 8);
    const Nodes right = ((Nodes)lane[0] >> 8) + ((Nodes)lane[1] >> 8) - ((Nodes)carries >> 8);
    const Nodes sums = left + right;
    std::memcpy(nodes + s * kStepNodes, &sums, sizeof sums);
  }
}

/// The lanes alone, for narrow trees.
TERNSIM_VECTOR_CLONES
void select_lanes(const std::int8_t* __restrict weights, const std::int8_t* __restrict activations,
                  std::int16_t* __restrict nodes, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    const int negative = weights[i] >> 7;
    const int keep = -(weights[i] & 1);
    nodes[i] = static_cast<std::int16_t>(((activations[i] ^ negative) - negative) & keep);
  }
}

/// One level: `n` adders, each of two neighbours.
TERNSIM_VECTOR_CLONES
void add_level(const std::int16_t* __restrict in, std::int16_t* __restrict out, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) out[i] = static_cast<std::int16_t>(in[2 * i] + in[2 * i + 1]);
}

TERNSIM_VECTOR_CLONES
std::int32_t accumulate_beats(const std::int16_t* sums, std::int64_t beats) {
  std::int32_t accumulator = 0;
  for (std::int64_t b = 0; b < beats; ++b) accumulator += sums[b];
  return accumulator;
}

}  // namespace

std::int32_t AdderTree::sum(const std::int8_t* weights, const std::int8_t* activations, std::int64_t beats) {
  const std::int64_t lanes = beats * lanes_;
  std::int64_t nodes = lanes_ >= kStepColumns ? lanes / 4 : lanes;
  if (static_cast<std::int64_t>(nodes_.size()) < nodes) {
    nodes_.resize(static_cast<std::size_t>(nodes));
    next_.resize(static_cast<std::size_t>(nodes));
  }
  if (lanes_ >= kStepColumns)
    add_two_levels(weights, activations, nodes_.data(), lanes / kStepColumns);
  else
    select_lanes(weights, activations, nodes_.data(), lanes);
  const std::int64_t narrow = lanes / std::min(lanes_, kNarrowLanes);
  for (; nodes > narrow; nodes /= 2) {
    add_level(nodes_.data(), next_.data(), nodes / 2);
    nodes_.swap(next_);
  }
  if (nodes == beats) return accumulate_beats(nodes_.data(), beats);
  // The last levels of a wide tree leave int16.
  wide_.assign(nodes_.begin(), nodes_.begin() + nodes);
  for (; nodes > beats; nodes /= 2)
    for (std::int64_t i = 0; i < nodes / 2; ++i)
      wide_[static_cast<std::size_t>(i)] =
          wide_[static_cast<std::size_t>(2 * i)] + wide_[static_cast<std::size_t>(2 * i + 1)];
  std::int32_t accumulator = 0;
  for (std::int64_t b = 0; b < beats; ++b) accumulator += wide_[static_cast<std::size_t>(b)];
  return accumulator;
}

TERNSIM_POPCOUNT_CLONES
void count_gated_adds(std::span<const std::uint64_t> bits, int lanes, std::int64_t beats,
                      std::span<std::uint64_t> gated) {
  // Counted are the adders that do work: both inputs have a weight under them.
  constexpr int kWordLevels = 6;
  const int levels = static_cast<int>(std::bit_width(static_cast<unsigned>(lanes))) - 1;
  const int inner = std::min(levels, kWordLevels);
  std::uint64_t masks[kWordLevels];  // the nodes of each level's results, at the lowest bit of what is under them
  for (int j = 0; j < inner; ++j) {
    masks[j] = 0;
    for (int i = 0; i < 64; i += 2 << j) masks[j] |= std::uint64_t{1} << i;
  }
  std::uint64_t working[16] = {};
  const std::size_t words_a_beat = lanes > 64 ? static_cast<std::size_t>(lanes) / 64 : 1;
  for (std::size_t w0 = 0; w0 < bits.size(); w0 += words_a_beat) {
    std::uint64_t roots = 0;  // of a wide beat's words
    for (std::size_t w = 0; w < words_a_beat && w0 + w < bits.size(); ++w) {
      std::uint64_t live = bits[w0 + w];
      for (int j = 0; j < inner; ++j) {
        const std::uint64_t left = live & masks[j];
        const std::uint64_t right = (live >> (1 << j)) & masks[j];
        working[j] += static_cast<std::uint64_t>(std::popcount(left & right));
        live = left | right;
      }
      if (levels <= kWordLevels)
        working[levels] += static_cast<std::uint64_t>(std::popcount(live));
      else
        roots |= live << w;
    }
    if (levels > kWordLevels) {
      for (int j = kWordLevels; j < levels; ++j) {
        std::uint64_t next = 0;
        for (std::size_t i = 0; i < words_a_beat >> (j - kWordLevels + 1); ++i) {
          const std::uint64_t pair = (roots >> (2 * i)) & 3;
          working[j] += pair == 3 ? 1 : 0;
          next |= static_cast<std::uint64_t>(pair != 0) << i;
        }
        roots = next;
      }
      working[levels] += roots & 1;
    }
  }
  for (int j = 0; j <= levels; ++j) {
    const auto all =
        static_cast<std::uint64_t>(beats) * (j == levels ? 1 : static_cast<std::uint64_t>(lanes) >> (j + 1));
    gated[static_cast<std::size_t>(j)] += all - working[j];
  }
}

std::vector<double> expected_gated_adds(double zero_share, int lanes, std::int64_t beats) {
  std::vector<double> gated;
  double dead = zero_share;  // probability that all weights under one input are zero
  for (int width = lanes / 2; width > 0; width /= 2) {
    gated.push_back(static_cast<double>(beats) * width * (1 - (1 - dead) * (1 - dead)));
    dead *= dead;
  }
  gated.push_back(static_cast<double>(beats) * dead);
  return gated;
}

}  // namespace ternsim::sim
