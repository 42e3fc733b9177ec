#pragma once

#include <memory>

#include "model/matrix_engine.h"
#include "sim/program/accelerator_config.h"

namespace ternsim::sim {

/// The SystemC body of MatrixEngine: every product goes through one MatrixUnit as a command, tile by tile, on the
/// simulated clock. Cycles are those from the first beat to the last sum, beats + latency.
///
/// SystemC elaborates once per process: a second engine, or one beside a running simulation, throws RequestError.
class SystemCEngine : public model::MatrixEngine {
 public:
  explicit SystemCEngine(const MatrixGeometry& geometry);
  ~SystemCEngine() override;
  std::string_view name() const override { return "systemc"; }
  void multiply(const model::Matmul& matmul, std::span<std::int32_t> sums) override;

 private:
  struct Machine;
  std::unique_ptr<Machine> machine_;
};

}  // namespace ternsim::sim
