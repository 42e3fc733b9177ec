#include "sim/systemc_engine.h"

#include <fmt/format.h>

#include <systemc>

#include "base/error.h"
#include "sim/kernel.h"
#include "sim/matrix_unit.h"
#include "sim/scoreboard.h"

namespace ternsim::sim {

struct SystemCEngine::Machine {
  explicit Machine(const AcceleratorConfig& accelerator)
      : config(accelerator), scoreboard("engine_scoreboard"), unit("engine_matrix", scoreboard, config) {}
  AcceleratorConfig config;
  Scoreboard scoreboard;
  MatrixUnit unit;
  std::vector<Command> program{1};
};

SystemCEngine::SystemCEngine(const MatrixGeometry& geometry) {
  if (sc_core::sc_start_of_simulation_invoked())
    throw RequestError("SystemC elaborates once per process: start the second simulation in a process of its own");
  AcceleratorConfig config;
  config.name = "engine";
  config.matrix.geometry = geometry;
  config.vector.lanes = 1;
  machine_ = std::make_unique<Machine>(config);
}

SystemCEngine::~SystemCEngine() = default;

void SystemCEngine::multiply(const model::Matmul& matmul, std::span<std::int32_t> sums) {
  check(matmul, sums);
  Machine& m = *machine_;
  const MatrixGeometry& geometry = m.config.matrix.geometry;
  if (matmul.weights.cols() > geometry.max_cols())
    throw RequestError(fmt::format("{}: {} columns can overflow accumulators of {} bits", matmul.name,
                                   matmul.weights.cols(), geometry.accumulator_bits));
  Command& command = m.program.front();
  command.unit = Unit::Matrix;
  command.kind = CommandKind::MatmulChunk;
  command.rows = matmul.weights.rows();
  command.cols = matmul.weights.cols();
  command.tokens = matmul.tokens;

  start_kernel();
  const Cycle start = now_cycle();
  m.scoreboard.reset(1);
  m.unit.reset(m.program);
  m.unit.set_job(&matmul, sums);
  m.unit.push(0);
  run_until_idle();
  m.unit.set_job(nullptr, {});
  if (!m.scoreboard.all_done()) throw MismatchError("the SystemC matrix unit did not finish its command");
  m.unit.finish(now_cycle());

  ++counters_.matmuls;
  counters_.tiles = m.unit.tiles();
  counters_.lane_adds = m.unit.lane_adds();
  counters_.cycles += static_cast<std::uint64_t>(now_cycle() - start);
}

}  // namespace ternsim::sim
