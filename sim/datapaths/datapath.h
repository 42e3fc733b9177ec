#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "energy/action_counts.h"
#include "kernels/packed_ternary.h"
#include "sim/program/matrix_config.h"

namespace ternsim::sim {

/// One MatmulChunk as a datapath sees it: a part of a weight matrix by some tokens, with what is known of the values.
struct MatmulWork {
  std::int32_t op = 0;              ///< index into Graph::ops: the same matrix whenever it is equal
  std::int64_t row0 = 0, rows = 0;  ///< of the stored rows
  std::int64_t col0 = 0, cols = 0;  ///< inputs of this part; col0 is a multiple of `lanes`
  std::int64_t tokens = 1;
  int activation_bits = 8;  ///< significant bits of the inputs: 4 where the model has int4 there
  const kernels::PackedTernary* weights = nullptr;  ///< the whole matrix; nullptr: timing only
  std::span<const std::int32_t> stored_rows;        ///< matrix row of each stored row; empty: every row is stored
  double zero_weight_share = 0;                     ///< assumed where there are no weights
  double zero_input_share = 0;                      ///< of this operator's activations, assumed
  std::int64_t nonzero_inputs = -1;                 ///< of this part, where they are known; matters to a single token
  energy::Part weight_store = energy::Part::WeightSram;   ///< where the unit reads its weights from
  energy::Action weight_read = energy::Action::SramRead;  ///< RomRead where that is a ROM

  std::int64_t matrix_row(std::int64_t stored) const {
    return stored_rows.empty() ? stored : stored_rows[static_cast<std::size_t>(stored)];
  }
};

/// The arithmetic of a matrix unit: how long a chunk takes, what it does, what comes out. One body per DatapathKind,
/// each in a file of its own; none shares code with `kernels/`.
///
/// Cycles and counts depend on the configuration and on the work alone, never on what ran before; what weights say
/// about a chunk is kept, so that asking again is cheap.
class Datapath {
 public:
  explicit Datapath(const MatrixUnitConfig& config) : config_(config) {}
  virtual ~Datapath() = default;

  /// Cycles for which the chunk occupies the unit, at least one.
  virtual std::int64_t cycles(const MatmulWork& work) = 0;
  /// Cycles from the last beat to the last sum.
  virtual int latency() const { return config_.geometry.latency(); }
  /// Adds arithmetic of Part::Matrix and the unit's accesses to weight, activation and accumulator SRAM.
  /// `accumulator_port_bits`: width of one access of the accumulator SRAM.
  virtual void count(const MatmulWork& work, int accumulator_port_bits, energy::ActionCounts& counts) = 0;
  /// Adds to sums (tokens, matrix rows) what this part of the product contributes; activations are (tokens, matrix
  /// columns), of which `work.tokens` are read. Returns the weight-activation pairs summed. Only where
  /// config().exact(); throws std::logic_error elsewhere, and on activations that do not fit `activation_bits`.
  virtual std::uint64_t accumulate(const MatmulWork& work, std::span<const std::int8_t> activations,
                                   std::span<std::int32_t> sums) = 0;
  /// The operators that stand on the die.
  virtual void add_inventory(energy::Inventory& inventory) const = 0;

  const MatrixUnitConfig& config() const { return config_; }

 protected:
  MatrixUnitConfig config_;
};

/// The datapath that the configuration names.
std::unique_ptr<Datapath> make_datapath(const MatrixUnitConfig& config);

}  // namespace ternsim::sim
