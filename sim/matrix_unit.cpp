#include "sim/matrix_unit.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ternsim::sim {

using kernels::PackedTernary;

namespace {

/// The activations of a command's tokens, from those of the whole pass.
std::span<const std::int8_t> activations_of(const Command& command, std::span<const std::int8_t> all,
                                            std::int64_t cols) {
  return all.subspan(static_cast<std::size_t>(command.token0 * cols), static_cast<std::size_t>(command.tokens * cols));
}

}  // namespace

MatrixUnit::MatrixUnit(const sc_core::sc_module_name& name, Scoreboard& scoreboard, const AcceleratorConfig& config)
    : ProcessingUnit(name, scoreboard, static_cast<std::size_t>(config.queue_depth)),
      config_(config),
      datapath_(make_datapath(config.matrix)) {}

void MatrixUnit::set_weights(WeightTable weights, double zero_share) {
  weights_ = std::move(weights);
  zero_share_ = zero_share;
  datapath_ = make_datapath(config_.matrix);  // forgets what it knew of other weights
}

void MatrixUnit::set_record(const PassRecord* record) {
  record_ = record;
  sums_op_ = -1;
}

void MatrixUnit::set_job(const model::Matmul* matmul, std::span<std::int32_t> sums) {
  job_ = matmul;
  job_sums_ = sums;
}

MatmulWork MatrixUnit::work_of(const Command& command) const {
  MatmulWork work;
  work.op = command.op;
  work.row0 = command.row0;
  work.rows = command.rows;
  work.col0 = command.col0;
  work.cols = command.cols;
  work.tokens = command.tokens;
  work.activation_bits = command.activation_bits;
  work.zero_weight_share = zero_share_;
  work.zero_input_share = command.zero_inputs;
  if (command.resident) {
    work.weight_store = energy::Part::ResidentWeights;
    if (config_.resident.storage == ResidentStorage::Rom) work.weight_read = energy::Action::RomRead;
  }
  std::span<const std::int8_t> activations;
  if (job_ != nullptr) {
    work.weights = &job_->weights;
    activations = job_->activations;
  } else if (const auto known = weights_.find(command.op); known != weights_.end() && command.expert < 0) {
    work.weights = known->second;
    if (record_ != nullptr) activations = record_->at(command.op).activations;
  }
  if (work.weights == nullptr) return work;
  if (config_.matrix.skip_zero_rows && !work.weights->zero_rows().empty()) work.stored_rows = work.weights->live_rows();
  if (config_.matrix.gather_inputs && command.tokens == 1 && !activations.empty()) {
    const auto part = activations_of(command, activations, work.weights->cols())
                          .subspan(static_cast<std::size_t>(command.col0), static_cast<std::size_t>(command.cols));
    work.nonzero_inputs = std::ranges::count_if(part, [](std::int8_t a) { return a != 0; });
  }
  return work;
}

ProcessingUnit::Occupancy MatrixUnit::occupancy(const Command& command) {
  return {.busy = datapath_->cycles(work_of(command)), .latency = datapath_->latency()};
}

void MatrixUnit::perform(const Command& command) {
  const MatmulWork work = work_of(command);
  datapath_->count(work, config_.vector.lanes * 32, counts());
  if (job_ != nullptr) return compute_job(command, work);
  if (record_ != nullptr && work.weights != nullptr) check_values(command, work);
}

void MatrixUnit::compute_job(const Command& command, const MatmulWork& work) {
  const std::int64_t rows = work.weights->rows();
  const std::span<std::int32_t> sums = job_sums_.subspan(static_cast<std::size_t>(command.token0 * rows),
                                                         static_cast<std::size_t>(command.tokens * rows));
  if (command.part == 0)
    for (std::int64_t t = 0; t < work.tokens; ++t)
      for (std::int64_t r = work.row0; r < work.row0 + work.rows; ++r)
        sums[static_cast<std::size_t>(t * rows + work.matrix_row(r))] = 0;
  lane_adds_ += datapath_->accumulate(work, activations_of(command, job_->activations, work.weights->cols()), sums);
  tiles_ += tiles_of(command.rows, command.tokens, config_.matrix.geometry).size();
}

void MatrixUnit::check_values(const Command& command, const MatmulWork& work) {
  const PackedTernary& weights = *work.weights;
  const MatmulRecord& record = record_->at(command.op);
  if (sums_op_ != command.op || sums_token0_ != command.token0) {
    sums_op_ = command.op;
    sums_token0_ = command.token0;
    sums_.assign(static_cast<std::size_t>(command.tokens * weights.rows()), 0);
  }
  datapath_->accumulate(work, activations_of(command, record.activations, weights.cols()), sums_);
  if (command.part + 1 < command.parts) return;
  for (std::int64_t r = work.row0; r < work.row0 + work.rows; ++r)
    check_row(command, record, work.matrix_row(r), weights.rows());
  const auto stored = static_cast<std::int64_t>(work.stored_rows.size());
  if (stored > 0 && work.row0 + work.rows == stored)
    for (const std::int32_t row : weights.zero_rows()) check_row(command, record, row, weights.rows());
}

void MatrixUnit::check_row(const Command& command, const MatmulRecord& record, std::int64_t row, std::int64_t rows) {
  for (std::int64_t t = 0; t < command.tokens; ++t) {
    const std::int32_t sum = sums_[static_cast<std::size_t>(t * rows + row)];
    const std::int32_t expected = record.sums[static_cast<std::size_t>((command.token0 + t) * rows + row)];
    if (sum != expected)
      return report_mismatch(fmt::format("matrix unit: operator {}, row {}, token {}: {} where the reference has {}",
                                         command.op, row, command.token0 + t, sum, expected));
    ++sums_checked_;
  }
}

}  // namespace ternsim::sim
