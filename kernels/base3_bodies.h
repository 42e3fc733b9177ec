#pragma once

#include <cstdint>

namespace ternsim::kernels {

/// What the bodies decode a byte with. `fields` holds the codes of the weights 0..3 of the byte at bits 7:6, 5:4, 3:2
/// and 1:0, `fifth` that of weight 4 at bits 7:6. The encoding is described in base3_packing.h.
struct Base3Tables {
  alignas(64) std::uint8_t fields[256];
  alignas(64) std::uint8_t fifth[256];
};
extern const Base3Tables kBase3Tables;

/// What a body works on: one token. Plain pointers, so that a body compiled for an instruction set needs no other
/// header.
struct Base3Arguments {
  const std::uint8_t* bytes;  ///< row 0; rows of blocks as in base3_packing.h
  std::int64_t row_bytes;     ///< a multiple of 32
  std::int64_t begin;         ///< this call takes the rows [begin, end)
  std::int64_t end;
  const std::int8_t* activations;  ///< (5 * row_bytes), padded with zeros, 64-byte aligned
  std::int32_t token_sum;          ///< sum of the activations
  std::int32_t* sums;              ///< sums[row], written
};
using Base3Body = void (*)(const Base3Arguments& arguments);

// Each body sums code * activation with code = weight + 1 and takes the activation sum off at the end.
void base3_scalar(const Base3Arguments& arguments);
void base3_avx2(const Base3Arguments& arguments);
void base3_avx512(const Base3Arguments& arguments);  ///< wants AVX-512 VBMI too
void base3_neon(const Base3Arguments& arguments);
void base3_neon_dot(const Base3Arguments& arguments);

/// Codes (0, 1, 2) of a row in order, 5 * row_bytes of them; `codes` is 64-byte aligned.
using Base3Decoder = void (*)(const std::uint8_t* row, std::int64_t row_bytes, std::uint8_t* codes);
void base3_decode_scalar(const std::uint8_t* row, std::int64_t row_bytes, std::uint8_t* codes);
void base3_decode_avx512(const std::uint8_t* row, std::int64_t row_bytes, std::uint8_t* codes);

}  // namespace ternsim::kernels
