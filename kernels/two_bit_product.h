#pragma once

#include <cstdint>
#include <span>

#include "kernels/dispatch.h"
#include "kernels/ternary_gemm.h"
#include "kernels/two_bit_bodies.h"

namespace ternsim::kernels {

class ThreadPool;

/// The two-bit kernels of an available instruction set.
const TwoBitBody& two_bit_body(Isa isa);

/// Activations as a body wants them, in the calling thread's scratch: valid until the thread's next call.
struct PreparedActivations {
  const std::int8_t* values;
  const std::int32_t* token_sums;
};
PreparedActivations prepare_activations(const TwoBitBody& body, std::span<const std::int8_t> activations,
                                        std::int64_t cols, std::int64_t row_bytes, std::int64_t tokens,
                                        ThreadPool* pool);

/// `arguments.count` rows shared out to the pool's threads; begin, end and scratch are set here.
void multiply_rows(const TwoBitBody& body, const TwoBitArguments& arguments, ThreadPool* pool);

/// All rows in blocks that `take` gets; see ternary_gemm_blocks.
void multiply_blocks(const TwoBitBody& body, const PackedTernary& weights, const PreparedActivations& prepared,
                     std::int64_t tokens, const TakeSums& take, ThreadPool* pool);

}  // namespace ternsim::kernels
