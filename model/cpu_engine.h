#pragma once

#include "kernels/dispatch.h"
#include "model/matrix_engine.h"

namespace ternsim::model {

/// The reference body: the CPU kernels of one instruction set. No clock, so `cycles` stays 0; each multiply is one
/// tile.
class CpuEngine : public MatrixEngine {
 public:
  explicit CpuEngine(kernels::Isa isa = kernels::best_isa()) : isa_(isa) {}
  std::string_view name() const override { return "cpu"; }
  kernels::Isa isa() const { return isa_; }
  void multiply(const Matmul& matmul, std::span<std::int32_t> sums) override;

 private:
  kernels::Isa isa_;
};

}  // namespace ternsim::model
