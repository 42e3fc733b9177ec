#include "sim/accelerator.h"

#include <fmt/format.h>

#include "base/error.h"
#include "sim/kernel.h"

namespace ternsim::sim {

PassResult& PassResult::operator+=(const PassResult& other) {
  cycles += other.cycles;
  for (std::size_t i = 0; i < kUnits; ++i) units[i] += other.units[i];
  sequencer += other.sequencer;
  counts += other.counts;
  linear_counts += other.linear_counts;
  dram_bytes += other.dram_bytes;
  row_activations += other.row_activations;
  row_hits += other.row_hits;
  sums_checked += other.sums_checked;
  commands += other.commands;
  if (operators.size() < other.operators.size()) operators.resize(other.operators.size());
  for (std::size_t i = 0; i < other.operators.size(); ++i) operators[i] += other.operators[i];
  if (mismatch.empty()) mismatch = other.mismatch;
  return *this;
}

Accelerator::Accelerator(const sc_core::sc_module_name& name, const AcceleratorConfig& config,
                         const model::Graph& graph, tlm::tlm_target_socket<>* memory)
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
      sequencer_("sequencer", units_, config_.issue_cycles) {
  if (memory == nullptr) dram_ = std::make_unique<DramTarget>("dram", config_.dram, config_.clock_hz);
  dma_.memory.bind(memory == nullptr ? dram_->socket : *memory);
}

void Accelerator::set_timeline(Timeline* timeline) {
  for (ProcessingUnit* unit : units_) unit->set_timeline(timeline);
  sequencer_.set_timeline(timeline);
}

PassResult Accelerator::run(const Program& program, const PassRecord* record) {
  const Cycle start = now_cycle();
  const DramCounters before = dma_.dram();
  const std::uint64_t checked_before = matrix_.sums_checked();
  scoreboard_.reset(program.commands.size());
  PassResult result;
  result.operators.resize(graph_.ops.size());
  for (const Command& command : program.commands) {
    OperatorWork& work = result.operators.at(static_cast<std::size_t>(command.op));
    work.macs += macs_of(command, graph_.shape);
    work.dram_bytes += command.bytes;
  }
  for (ProcessingUnit* unit : units_) unit->reset(program.commands, &result.operators);
  matrix_.set_record(record);
  start_kernel();
  sequencer_.start(program.commands);
  run_until_idle();  // the program has drained
  if (!scoreboard_.all_done())
    throw MismatchError("the accelerator stands still with commands left: a command waits for a later one");

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
  result.dram_bytes = dma_.dram().bytes_moved - before.bytes_moved;
  result.row_activations = dma_.dram().row_activations - before.row_activations;
  result.row_hits = dma_.dram().row_hits - before.row_hits;
  result.sums_checked = matrix_.sums_checked() - checked_before;
  result.commands = program.commands.size();

  const std::int64_t asked = dma_.dram().bytes_asked - before.bytes_asked;
  const std::int64_t rounding = 2 * static_cast<std::int64_t>(program.commands.size()) * config_.dram.burst_bytes;
  if (asked != program.load_bytes() + program.store_bytes() || result.dram_bytes < asked ||
      result.dram_bytes > asked + rounding)
    throw MismatchError(fmt::format("DRAM: the program asks for {} bytes, the DMA saw {} and moved {}",
                                    program.load_bytes() + program.store_bytes(), asked, result.dram_bytes));
  return result;
}

}  // namespace ternsim::sim
