#pragma once

#include <memory>
#include <vector>

#include "model/matrix_engine.h"
#include "sim/datapaths/datapath.h"
#include "sim/functional_operands.h"
#include "sim/processing_unit.h"
#include "sim/program/accelerator_config.h"

namespace ternsim::sim {

/// The matrix unit: takes MatmulChunk commands and asks its datapath how long they take, what they do and what comes
/// out.
///
/// With weights, what depends on them (zero gating, zero skipping) is counted on them; with a record as well, the unit
/// computes its own sums the way its datapath does and names the first that differs from the record's. Parts of K add
/// up to one sum, which is compared behind the last of them. Rows that were left out for being all zero have to be zero
/// in the record too.
class MatrixUnit : public ProcessingUnit {
 public:
  MatrixUnit(const sc_core::sc_module_name& name, Scoreboard& scoreboard, const AcceleratorConfig& config);

  /// `weights` empty: timing only, by expectation at `zero_share`.
  void set_weights(WeightTable weights, double zero_share);
  /// The record of the next program's pass, or nullptr. Must outlive the run.
  void set_record(const PassRecord* record);
  /// Makes the unit compute `matmul` into `sums` ((tokens, rows)) when its commands come; nullptr ends that.
  void set_job(const model::Matmul* matmul, std::span<std::int32_t> sums);
  std::uint64_t sums_checked() const { return sums_checked_; }
  /// Tiles and weight-activation pairs that jobs made the unit compute.
  std::uint64_t tiles() const { return tiles_; }
  std::uint64_t lane_adds() const { return lane_adds_; }

 protected:
  Occupancy occupancy(const Command& command) override;
  void perform(const Command& command) override;

 private:
  MatmulWork work_of(const Command& command) const;
  void compute_job(const Command& command, const MatmulWork& work);
  void check_values(const Command& command, const MatmulWork& work);
  void check_row(const Command& command, const MatmulRecord& record, std::int64_t row, std::int64_t rows);

  const AcceleratorConfig& config_;
  std::unique_ptr<Datapath> datapath_;
  WeightTable weights_;
  double zero_share_ = 0;
  const PassRecord* record_ = nullptr;
  const model::Matmul* job_ = nullptr;
  std::span<std::int32_t> job_sums_;
  // Sums of the operator and token block that the last command worked on, (tokens, matrix rows).
  std::int32_t sums_op_ = -1;
  std::int64_t sums_token0_ = 0;
  std::vector<std::int32_t> sums_;
  std::uint64_t tiles_ = 0;
  std::uint64_t lane_adds_ = 0;
  std::uint64_t sums_checked_ = 0;
};

}  // namespace ternsim::sim
