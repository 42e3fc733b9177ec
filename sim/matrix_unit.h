#pragma once

#include <map>
#include <vector>

#include "model/matrix_engine.h"
#include "sim/adder_tree.h"
#include "sim/functional_operands.h"
#include "sim/processing_unit.h"
#include "sim/program/accelerator_config.h"

namespace ternsim::sim {

/// The ternary matrix unit (rows x lanes adder trees with `slots` accumulators a row; see MatrixGeometry), or the FP16
/// MAC array of the baseline with the same shape. Cycles follow from the geometry alone: one per beat, and latency()
/// until the last result.
///
/// With weights, zero gating is counted on them; with a record as well, the unit computes its own sums, beat by beat,
/// and throws MismatchError where one differs.
class MatrixUnit : public ProcessingUnit {
 public:
  MatrixUnit(const sc_core::sc_module_name& name, Scoreboard& scoreboard, const AcceleratorConfig& config);

  /// `weights` empty: timing only, gating by expectation at `zero_share`.
  void set_weights(WeightTable weights, double zero_share);
  /// The record of the next program's pass, or nullptr. Must outlive the run.
  void set_record(const PassRecord* record) { record_ = record; }
  /// Makes the unit compute `matmul` into `sums` ((tokens, rows)) when its command comes; nullptr ends that.
  void set_job(const model::Matmul* matmul, std::span<std::int32_t> sums);
  std::uint64_t sums_checked() const { return sums_checked_; }
  /// Tiles and weight-activation pairs that jobs made the unit compute.
  std::uint64_t tiles() const { return tiles_; }
  std::uint64_t lane_adds() const { return lane_adds_; }
  std::uint64_t beats() const { return beats_; }

  /// The unit's arithmetic for one tile, accumulator slot by accumulator slot: sums of `tile` of weights x activations
  /// ((tokens, cols)), into `sums` ((tokens, rows of the matrix)). Returns weight-activation pairs summed.
  static std::uint64_t compute_tile(const kernels::PackedTernary& weights, std::span<const std::int8_t> activations,
                                    const TileSpan& tile, const MatrixGeometry& geometry, std::span<std::int32_t> sums);

 protected:
  Occupancy occupancy(const Command& command) override;
  void perform(const Command& command) override;

 private:
  void count_ternary(const Command& command);
  void count_fp16(const Command& command);
  void count_memories(const Command& command);
  void compute_job(const Command& command);
  void check_values(const Command& command);
  const std::vector<std::vector<std::uint32_t>>& gating_of(std::int32_t op);

  const AcceleratorConfig& config_;
  WeightTable weights_;
  double zero_share_ = 0;
  const PassRecord* record_ = nullptr;
  std::map<std::int32_t, std::vector<std::vector<std::uint32_t>>> gating_;  // by op, row, level
  const model::Matmul* job_ = nullptr;
  std::span<std::int32_t> job_sums_;
  std::uint64_t tiles_ = 0;
  std::uint64_t lane_adds_ = 0;
  std::uint64_t sums_checked_ = 0;
  std::uint64_t beats_ = 0;
};

}  // namespace ternsim::sim
