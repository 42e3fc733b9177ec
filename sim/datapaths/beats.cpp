#include "sim/datapaths/beats.h"

#include <algorithm>
#include <cmath>

namespace ternsim::sim {

using energy::Action;
using energy::Part;

bool gathers(const MatmulWork& work, const MatrixUnitConfig& config) {
  return config.gather_inputs && work.tokens == 1;
}

std::int64_t active_cols(const MatmulWork& work, const MatrixUnitConfig& config) {
  if (!gathers(work, config)) return work.cols;
  const std::int64_t nonzero = work.nonzero_inputs >= 0
                                   ? work.nonzero_inputs
                                   : std::llround(static_cast<double>(work.cols) * (1 - work.zero_input_share));
  return std::clamp<std::int64_t>(nonzero, 1, work.cols);
}

std::int64_t k_beats_of(const MatmulWork& work, const MatrixUnitConfig& config) {
  return ceil_div(active_cols(work, config), config.geometry.lanes);
}

std::int64_t decode_cycles(std::int64_t weights, const MatrixUnitConfig& config) {
  if (config.packing != WeightPacking::Base3 || config.decoder_weights_per_cycle == 0) return 0;
  return ceil_div(weights, config.decoder_weights_per_cycle);
}

RowTiles row_tiles_of(std::int64_t rows, const MatrixGeometry& geometry) {
  return {rows / geometry.rows, rows % geometry.rows};
}

std::int64_t tile_cycles(std::int64_t rows, std::int64_t beats, std::int64_t tokens, std::int64_t per_token,
                         std::int64_t lanes_wide, int latency, const MatrixUnitConfig& config) {
  if (rows == 0 || beats == 0) return 0;
  const std::int64_t decode = decode_cycles(rows * lanes_wide, config);
  if (config.dataflow == Dataflow::WeightStationary) {
    const std::int64_t use = std::max(per_token * tokens, decode);
    return (beats - 1) * std::max<std::int64_t>(use, latency) + use;
  }
  const std::int64_t slots = config.geometry.slots;
  std::int64_t cycles = tokens / slots * std::max(per_token * slots, decode);
  if (const std::int64_t rest = tokens % slots; rest > 0) cycles += std::max(per_token * rest, decode);
  return beats * cycles;
}

std::int64_t weight_reads(const MatmulWork& work, const MatrixUnitConfig& config) {
  return config.dataflow == Dataflow::WeightStationary ? 1 : ceil_div(work.tokens, config.geometry.slots);
}

void count_weights(const MatmulWork& work, std::int64_t beats, std::int64_t beat_weights, std::int64_t times,
                   const MatrixUnitConfig& config, energy::ActionCounts& counts) {
  const auto bytes = static_cast<std::uint64_t>(work.rows * config.packed_bytes(beats * beat_weights) * times);
  counts.add(work.weight_store, work.weight_read, config.weight_port_bits(), 8 * bytes);
  if (config.packing == WeightPacking::Base3) counts.add(Part::Matrix, Action::Base3Decode, 8, bytes);
}

void count_sums(const MatmulWork& work, std::int64_t beats, int port_bits, energy::ActionCounts& counts) {
  const auto bits = static_cast<std::uint64_t>(work.rows * work.tokens) * 32;
  const std::int64_t reads = beats - 1 + (work.col0 > 0 ? 1 : 0);
  counts.add(Part::AccumulatorSram, Action::SramWrite, port_bits, bits * static_cast<std::uint64_t>(beats));
  if (reads > 0)
    counts.add(Part::AccumulatorSram, Action::SramRead, port_bits, bits * static_cast<std::uint64_t>(reads));
}

}  // namespace ternsim::sim
