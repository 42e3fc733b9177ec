#include "sim/matrix_unit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace ternsim::sim {

using energy::Action;
using energy::Part;
using kernels::PackedTernary;

MatrixUnit::MatrixUnit(const sc_core::sc_module_name& name, Scoreboard& scoreboard, const AcceleratorConfig& config)
    : ProcessingUnit(name, scoreboard, static_cast<std::size_t>(config.queue_depth)), config_(config) {}

void MatrixUnit::set_weights(WeightTable weights, double zero_share) {
  weights_ = std::move(weights);
  zero_share_ = zero_share;
  gating_.clear();
}

void MatrixUnit::set_job(const model::Matmul* matmul, std::span<std::int32_t> sums) {
  job_ = matmul;
  job_sums_ = sums;
}

ProcessingUnit::Occupancy MatrixUnit::occupancy(const Command& command) {
  const MatrixGeometry& g = config_.matrix.geometry;
  const std::int64_t row_tiles = (command.rows + g.rows - 1) / g.rows;
  const std::int64_t k_beats = (command.cols + g.lanes - 1) / g.lanes;
  return {.busy = row_tiles * k_beats * command.tokens, .latency = g.latency()};
}

void MatrixUnit::perform(const Command& command) {
  if (config_.matrix.datapath == Datapath::AdderTree)
    count_ternary(command);
  else
    count_fp16(command);
  count_memories(command);
  if (job_ != nullptr) compute_job(command);
  if (record_ != nullptr) check_values(command);
}

void MatrixUnit::count_ternary(const Command& command) {
  const MatrixGeometry& g = config_.matrix.geometry;
  const std::int64_t k_beats = (command.cols + g.lanes - 1) / g.lanes;
  const auto levels = static_cast<std::size_t>(g.tree_levels());
  const auto tokens = static_cast<std::uint64_t>(command.tokens);

  std::vector<std::uint64_t> gated(levels + 1, 0);
  if (config_.matrix.zero_gating && weights_.contains(command.op)) {
    const auto& rows = gating_of(command.op);
    for (std::int64_t r = command.row0; r < command.row0 + command.rows; ++r)
      for (std::size_t j = 0; j <= levels; ++j) gated[j] += rows[static_cast<std::size_t>(r)][j] * tokens;
  } else if (config_.matrix.zero_gating) {
    const std::vector<double> expected =
        expected_gated_adds(zero_share_, g.lanes, k_beats * command.rows * command.tokens);
    for (std::size_t j = 0; j <= levels; ++j) gated[j] = static_cast<std::uint64_t>(std::llround(expected[j]));
  }
  count(Part::Matrix, Action::IntNegate, MatrixGeometry::kLaneBits,
        static_cast<std::uint64_t>(command.rows * k_beats * g.lanes) * tokens);
  for (std::size_t j = 0; j <= levels; ++j) {
    const bool accumulator = j == levels;
    const int width = accumulator ? g.accumulator_bits : MatrixGeometry::adder_bits(static_cast<int>(j));
    const std::uint64_t per_beat = accumulator ? 1 : static_cast<std::uint64_t>(g.lanes) >> (j + 1);
    const std::uint64_t all = per_beat * static_cast<std::uint64_t>(command.rows * k_beats) * tokens;
    count(Part::Matrix, Action::IntAdd, width, all - gated[j]);
    count(Part::Matrix, Action::IntAddGated, width, gated[j]);
  }
}

void MatrixUnit::count_fp16(const Command& command) {
  const auto macs = static_cast<std::uint64_t>(command.rows * command.cols * command.tokens);
  count(Part::Matrix, Action::Fp16Mul, 16, macs);
  count(Part::Matrix, Action::Fp16Add, 16, macs);
}

void MatrixUnit::count_memories(const Command& command) {
  const MatrixGeometry& g = config_.matrix.geometry;
  const std::int64_t row_tiles = (command.rows + g.rows - 1) / g.rows;
  const std::int64_t k_beats = (command.cols + g.lanes - 1) / g.lanes;
  const std::int64_t token_groups = (command.tokens + g.slots - 1) / g.slots;
  const int weight_port = g.rows * g.lanes * config_.matrix.weight_bits;
  const int activation_port = g.lanes * config_.matrix.activation_bits;
  count(Part::WeightSram, Action::SramRead, weight_port,
        static_cast<std::uint64_t>(command.rows * k_beats * g.lanes * token_groups) *
            static_cast<std::uint64_t>(config_.matrix.weight_bits));
  count(Part::ActivationSram, Action::SramRead, activation_port,
        static_cast<std::uint64_t>(row_tiles * k_beats * command.tokens) * static_cast<std::uint64_t>(activation_port));
  count(Part::AccumulatorSram, Action::SramWrite, config_.vector.lanes * 32,
        static_cast<std::uint64_t>(command.rows * command.tokens) * 32);
  beats_ += static_cast<std::uint64_t>(row_tiles * k_beats * command.tokens);
}

const std::vector<std::vector<std::uint32_t>>& MatrixUnit::gating_of(std::int32_t op) {
  auto& rows = gating_[op];
  if (rows.empty()) {
    const PackedTernary& weights = *weights_.at(op);
    for (std::int64_t r = 0; r < weights.rows(); ++r)
      rows.push_back(gated_adds(weights, r, config_.matrix.geometry.lanes));
  }
  return rows;
}

namespace {

/// The row's codes as -1, 0, +1; `out` holds at least cols values and keeps what is behind them.
void decode_row(const PackedTernary& weights, std::int64_t row, std::span<std::int8_t> out) {
  const std::span<const std::uint8_t> codes = weights.row(row);
  const auto cols = static_cast<std::size_t>(weights.cols());
  for (std::size_t k = 0; k < cols; ++k) {
    const std::size_t in_block = k % PackedTernary::kBlockWeights;
    const std::uint8_t byte = codes[k / PackedTernary::kBlockWeights * PackedTernary::kBlockBytes + in_block % 32];
    out[k] = static_cast<std::int8_t>(((byte >> (6 - 2 * (in_block / 32))) & 3) - 1);
  }
}

}  // namespace

std::uint64_t MatrixUnit::compute_tile(const PackedTernary& weights, std::span<const std::int8_t> activations,
                                       const TileSpan& tile, const MatrixGeometry& geometry,
                                       std::span<std::int32_t> sums) {
  const std::int64_t lanes = geometry.lanes;
  const std::int64_t k_beats = (weights.cols() + lanes - 1) / lanes;
  const auto padded = static_cast<std::size_t>(k_beats * lanes);
  AdderTree tree(geometry.lanes);
  std::vector<std::int8_t> row(padded);
  std::vector<std::int8_t> inputs(padded * static_cast<std::size_t>(tile.tokens));
  for (std::int64_t t = 0; t < tile.tokens; ++t)
    std::copy_n(activations.begin() + (tile.token0 + t) * weights.cols(), weights.cols(),
                inputs.begin() + t * static_cast<std::int64_t>(padded));
  std::uint64_t pairs = 0;
  for (std::int64_t r = tile.row0; r < tile.row0 + tile.rows; ++r) {
    decode_row(weights, r, row);
    for (std::int64_t t = 0; t < tile.tokens; ++t) {
      std::int32_t accumulator = 0;
      for (std::int64_t b = 0; b < k_beats; ++b) {
        accumulator +=
            tree.sum(row.data() + b * lanes, inputs.data() + t * static_cast<std::int64_t>(padded) + b * lanes);
        pairs += static_cast<std::uint64_t>(std::min(lanes, weights.cols() - b * lanes));
      }
      sums[static_cast<std::size_t>((tile.token0 + t) * weights.rows() + r)] = accumulator;
    }
  }
  return pairs;
}

void MatrixUnit::compute_job(const Command& command) {
  for (TileSpan tile : tiles_of(command.rows, command.tokens, config_.matrix.geometry)) {
    tile.row0 += command.row0;
    tile.token0 += command.token0;
    lane_adds_ += compute_tile(job_->weights, job_->activations, tile, config_.matrix.geometry, job_sums_);
    ++tiles_;
  }
}

void MatrixUnit::check_values(const Command& command) {
  const PackedTernary& weights = *weights_.at(command.op);
  const MatmulRecord& record = record_->at(command.op);
  std::vector<std::int32_t> sums(record.sums.size());
  for (TileSpan tile : tiles_of(command.rows, command.tokens, config_.matrix.geometry)) {
    tile.row0 += command.row0;
    tile.token0 += command.token0;
    compute_tile(weights, record.activations, tile, config_.matrix.geometry, sums);
    for (std::int64_t t = tile.token0; t < tile.token0 + tile.tokens; ++t)
      for (std::int64_t r = tile.row0; r < tile.row0 + tile.rows; ++r) {
        const auto i = static_cast<std::size_t>(t * weights.rows() + r);
        if (sums[i] != record.sums[i])
          return report_mismatch(
              fmt::format("matrix unit: operator {}, row {}, token {}: {} where the reference has {}", command.op, r, t,
                          sums[i], record.sums[i]));
        ++sums_checked_;
      }
  }
}

}  // namespace ternsim::sim
