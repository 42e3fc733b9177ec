#pragma once

#include <cstdint>
#include <span>

#include "kernels/dispatch.h"
#include "kernels/repacked_ternary.h"
#include "kernels/two_bit_bodies.h"

namespace ternsim::kernels {

class ThreadPool;

/// What a packing brings; `repacked_ternary.cpp` holds the table of them. Sizes are checked before these are called,
/// and rows, cols and tokens are at least 1.
struct PackingBody {
  RepackedTernary (*repack)(const PackedTernary& weights, WeightArena* arena);
  /// Rows [begin, end) as rows of PackedTernary, one after the other, padding of weight 0.
  void (*two_bit_rows)(const RepackedTernary& weights, std::int64_t begin, std::int64_t end, std::uint8_t* out);
  /// As `ternary_gemm`. `pool` may be null. Bodies without an own product of several tokens call `multiply_as_two_bit`.
  void (*multiply)(const RepackedTernary& weights, std::span<const std::int8_t> activations, std::int64_t tokens,
                   std::span<std::int32_t> sums, Isa isa, ThreadPool* pool);
  /// Bytes of `weights` that `multiply` reads for one token.
  std::uint64_t (*bytes_read)(const RepackedTernary& weights, std::span<const std::int8_t> activations);
};

/// The product by panels of rows: each is turned into two-bit rows in a thread's scratch (`two_bit_rows`), then
/// multiplied by the two-bit kernels. For any number of tokens.
void multiply_as_two_bit(const PackingBody& body, const RepackedTernary& weights,
                         std::span<const std::int8_t> activations, std::int64_t tokens, std::span<std::int32_t> sums,
                         Isa isa, ThreadPool* pool);

extern const PackingBody kTwoBitColumns;

}  // namespace ternsim::kernels
