#pragma once

#include <cstdint>

#include "sim/datapaths/datapath.h"

namespace ternsim::sim {

constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// Inputs that take a lane: all columns of the part; with `gather_inputs` and a single token those that are not zero,
/// known or expected (rounded to the nearest), at least one, which carries the sum out of the array.
std::int64_t active_cols(const MatmulWork& work, const MatrixUnitConfig& config);
/// Beats of a row: the inputs that take a lane, in groups of `lanes`.
std::int64_t k_beats_of(const MatmulWork& work, const MatrixUnitConfig& config);
/// Bits of the column number that stands beside each gathered input in the activation SRAM.
inline constexpr int kColumnBits = 16;
/// True where zero activations are left out of this work.
bool gathers(const MatmulWork& work, const MatrixUnitConfig& config);

/// Cycles in which the decoder of 1.6-bit weights makes `weights` ready; 0 on a machine without.
std::int64_t decode_cycles(std::int64_t weights, const MatrixUnitConfig& config);

/// The row tiles of a chunk by size: `full` tiles of `geometry.rows`, and one of `tail_rows` unless that is 0.
struct RowTiles {
  std::int64_t full = 0;
  std::int64_t tail_rows = 0;
  std::int64_t count() const { return full + (tail_rows > 0 ? 1 : 0); }
};
RowTiles row_tiles_of(std::int64_t rows, const MatrixGeometry& geometry);

/// Cycles of `beats` weight beats of a tile of `rows` rows in which each token takes `per_token` cycles, `lanes_wide`
/// weights a row and beat:
///
///     output_stationary   beats * sum over groups of up to `slots` tokens of max(per_token * tokens, decode)
///     weight_stationary   (beats - 1) * max(per_token * tokens, latency, decode) + max(per_token * tokens, decode):
///                         a beat adds to partial sums of the one before, the last beat's are not waited for
///
/// with decode = ceil(rows * lanes_wide / decoder_weights_per_cycle), overlapped with the use of the beat before.
std::int64_t tile_cycles(std::int64_t rows, std::int64_t beats, std::int64_t tokens, std::int64_t per_token,
                         std::int64_t lanes_wide, int latency, const MatrixUnitConfig& config);

/// Times that each weight of the work is read: once per `slots` tokens, or once where weights are stationary.
std::int64_t weight_reads(const MatmulWork& work, const MatrixUnitConfig& config);

/// Counts the read of every weight of `beats` beats of `beat_weights`, `times` over, and its decoding.
void count_weights(const MatmulWork& work, std::int64_t beats, std::int64_t beat_weights, std::int64_t times,
                   const MatrixUnitConfig& config, energy::ActionCounts& counts);
/// Counts the sums of the work that go to the accumulator SRAM `beats` times over, and come back for every beat but the
/// first, or for that too where an earlier part of K has left its sums there.
void count_sums(const MatmulWork& work, std::int64_t beats, int port_bits, energy::ActionCounts& counts);

}  // namespace ternsim::sim
