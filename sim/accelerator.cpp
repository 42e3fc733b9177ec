#include "sim/accelerator.h"

#include <fmt/format.h>

#include "base/error.h"

namespace ternsim::sim {

using energy::Action;
using energy::Part;

PassResult& PassResult::operator+=(const PassResult& other) {
  cycles += other.cycles;
  for (std::size_t i = 0; i < kUnits; ++i) units[i] += other.units[i];
  sequencer += other.sequencer;
  counts += other.counts;
  linear_counts += other.linear_counts;
  dram_bytes += other.dram_bytes;
  matrix_beats += other.matrix_beats;
  sums_checked += other.sums_checked;
  commands += other.commands;
  if (mismatch.empty()) mismatch = other.mismatch;
  return *this;
}

Accelerator::Accelerator(const sc_core::sc_module_name& name, const AcceleratorConfig& config,
                         const model::Graph& graph)
    : sc_module(name),
      config_(config),
      graph_(graph),
      scoreboard_("scoreboard"),
      dma_("dma", scoreboard_, config_),
      matrix_("matrix", scoreboard_, config_),
      vector_("vector", scoreboard_, config_, graph_),
      attention_("attention", scoreboard_, config_, graph_),
      lm_head_("lm_head", scoreboard_, config_, graph_),
      units_{&dma_, &matrix_, &vector_, &attention_, &lm_head_},
      sequencer_("sequencer", units_, config_.issue_cycles) {}

PassResult Accelerator::run(const Program& program, const PassRecord* record) {
  const Cycle start = now_cycle();
  const std::int64_t asked_before = dma_.bytes_asked();
  const std::int64_t moved_before = dma_.bytes_moved();
  const std::uint64_t checked_before = matrix_.sums_checked();
  const std::uint64_t beats_before = matrix_.beats();
  scoreboard_.reset(program.commands.size());
  for (ProcessingUnit* unit : units_) unit->reset(program.commands);
  matrix_.set_record(record);
  if (!sc_core::sc_start_of_simulation_invoked()) sc_core::sc_start(sc_core::SC_ZERO_TIME);
  sequencer_.start(program.commands);
  sc_core::sc_start();  // until no event is left: the program has drained
  if (!scoreboard_.all_done())
    throw MismatchError("the accelerator stands still with commands left: a command waits for a later one");

  PassResult result;
  const Cycle end = now_cycle();
  result.cycles = end - start;
  for (std::size_t i = 0; i < kUnits; ++i) {
    units_[i]->finish(end);
    result.units[i] = units_[i]->accounting();
    if (result.mismatch.empty()) result.mismatch = units_[i]->mismatch();
    result.linear_counts += units_[i]->linear_counts();
    result.counts += units_[i]->linear_counts();
    result.counts += units_[i]->other_counts();
  }
  sequencer_.finish(end);
  result.sequencer = sequencer_.accounting();
  result.counts.seconds = static_cast<double>(result.cycles) / config_.clock_hz;
  result.dram_bytes = dma_.bytes_moved() - moved_before;
  result.matrix_beats = matrix_.beats() - beats_before;
  result.sums_checked = matrix_.sums_checked() - checked_before;
  result.commands = program.commands.size();

  const std::int64_t asked = dma_.bytes_asked() - asked_before;
  const std::int64_t rounding = static_cast<std::int64_t>(program.commands.size()) * config_.dram.burst_bytes;
  if (asked != program.load_bytes() + program.store_bytes() || result.dram_bytes < asked ||
      result.dram_bytes > asked + rounding)
    throw MismatchError(fmt::format("DRAM: the program asks for {} bytes, the DMA saw {} and moved {}",
                                    program.load_bytes() + program.store_bytes(), asked, result.dram_bytes));
  return result;
}

energy::Inventory inventory_of(const AcceleratorConfig& config) {
  energy::Inventory inventory;
  inventory.sram_bytes[Part::WeightSram] = static_cast<std::uint64_t>(config.buffers.weight_bytes);
  inventory.sram_bytes[Part::ActivationSram] = static_cast<std::uint64_t>(config.buffers.activation_bytes);
  inventory.sram_bytes[Part::AccumulatorSram] = static_cast<std::uint64_t>(config.buffers.accumulator_bytes);

  const MatrixGeometry& g = config.matrix.geometry;
  const auto rows = static_cast<std::uint64_t>(g.rows);
  const auto lanes = static_cast<std::uint64_t>(g.lanes);
  const auto add = [&](Part part, Action action, int width, std::uint64_t n) {
    inventory.operators[{part, action, width}] += n;
  };
  if (config.matrix.datapath == Datapath::AdderTree) {
    add(Part::Matrix, Action::IntNegate, MatrixGeometry::kLaneBits, rows * lanes);
    for (int level = 0; level < g.tree_levels(); ++level)
      add(Part::Matrix, Action::IntAdd, MatrixGeometry::adder_bits(level), rows * (lanes >> (level + 1)));
    add(Part::Matrix, Action::IntAdd, g.accumulator_bits, rows);
  } else {
    add(Part::Matrix, Action::Fp16Mul, 16, rows * lanes);
    add(Part::Matrix, Action::Fp16Add, 16, rows * lanes);
  }
  const auto vector_lanes = static_cast<std::uint64_t>(config.vector.lanes);
  add(Part::Vector, Action::Fp32Add, 32, vector_lanes);
  add(Part::Vector, Action::Fp32Mul, 32, vector_lanes);
  add(Part::Vector, Action::Fp32Special, 32, vector_lanes);
  const auto attention_lanes = static_cast<std::uint64_t>(config.attention.lanes);
  add(Part::Attention, Action::Fp16Mul, 16, attention_lanes);
  add(Part::Attention, Action::Fp32Add, 32, attention_lanes);
  add(Part::Attention, Action::Fp32Special, 32,
      static_cast<std::uint64_t>(AttentionUnit::special_lanes(config.attention.lanes)));
  const auto head_lanes = static_cast<std::uint64_t>(config.lm_head.lanes);
  add(Part::LmHead, Action::Fp16Mul, 16, head_lanes);
  add(Part::LmHead, Action::Fp32Add, 32, head_lanes);
  return inventory;
}

}  // namespace ternsim::sim
