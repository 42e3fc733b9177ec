#pragma once

#include <cstdint>

namespace ternsim::kernels {

/// What a kernel body works on; plain pointers, so that a body compiled for an instruction set needs no other header.
struct GemmArguments {
  const std::uint8_t* codes;  ///< (rows, row_bytes), blocks as in PackedTernary
  std::int64_t rows;
  std::int64_t row_bytes;          ///< a multiple of 32
  const std::int8_t* activations;  ///< (tokens, 4 * row_bytes), padded with zeros
  const std::int32_t* token_sums;  ///< (tokens): sum of each token's activations
  std::int64_t tokens;
  std::int32_t* sums;  ///< (tokens, rows), written
};

// Each body sums code * activation with code = weight + 1 and takes the token's activation sum off at the end.
void gemm_scalar(const GemmArguments& arguments);
void gemm_avx2(const GemmArguments& arguments);

}  // namespace ternsim::kernels
