#pragma once

#include "kernels/dispatch.h"
#include "kernels/thread_pool.h"
#include "model/matrix_engine.h"

namespace ternsim::model {

/// The reference body: the CPU kernels of one instruction set, on the threads of a pool where one is given (it must
/// outlive the engine). Takes a matmul's repacked weights where it has them. No clock, so `cycles` stays 0; each
/// multiply is one tile.
class CpuEngine : public MatrixEngine {
 public:
  explicit CpuEngine(kernels::Isa isa = kernels::best_isa(), kernels::ThreadPool* pool = nullptr)
      : isa_(isa), pool_(pool) {}
  std::string_view name() const override { return "cpu"; }
  kernels::Isa isa() const { return isa_; }
  void multiply(const Matmul& matmul, std::span<std::int32_t> sums) override;
  /// In the two-bit packing.
  bool multiply_blocks(const Matmul& matmul, const kernels::TakeSums& take) override;

 private:
  void count(const Matmul& matmul);

  kernels::Isa isa_;
  kernels::ThreadPool* pool_;
};

}  // namespace ternsim::model
