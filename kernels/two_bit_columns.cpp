#include "kernels/two_bit_columns.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "kernels/isa_bodies.h"
#include "kernels/scratch.h"
#include "kernels/thread_pool.h"
#include "kernels/two_bit_product.h"

namespace ternsim::kernels {

namespace {

constexpr std::int64_t kBlock = PackedTernary::kBlockWeights;
constexpr std::int64_t kBlockBytes = PackedTernary::kBlockBytes;
constexpr std::int64_t kFieldRows = 64;
constexpr int kZeroByte = 0b01010101;

/// Eight rows of eight bytes: byte j of row i becomes byte i of row j.
void transpose(const std::uint8_t* const* in, std::uint8_t* const* out) {
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t x[8];
  for (int i = 0; i < 8; ++i) std::memcpy(&x[i], in[i], sizeof x[i]);
  const auto swap = [&x](int i, int j, int shift, std::uint64_t mask) {
    const std::uint64_t t = ((x[i] >> shift) ^ x[j]) & mask;
    x[j] ^= t;
    x[i] ^= t << shift;
  };
  for (const int i : {0, 1, 2, 3}) swap(i, i + 4, 32, 0x00000000ffffffffULL);
  for (const int i : {0, 1, 4, 5}) swap(i, i + 2, 16, 0x0000ffff0000ffffULL);
  for (const int i : {0, 2, 4, 6}) swap(i, i + 1, 8, 0x00ff00ff00ff00ffULL);
  for (int i = 0; i < 8; ++i) std::memcpy(out[i], &x[i], sizeof x[i]);
}

/// One group and block: 256 rows by 128 inputs. `rows` are the rows' bytes of the block.
void repack_tile(const std::uint8_t* const* rows, std::int64_t inputs, std::uint8_t* out, std::int64_t input_stride) {
  std::uint8_t turned[kBlockBytes][kColumnsGroupRows];  // byte of the block, row
  for (std::int64_t r = 0; r < kColumnsGroupRows; r += 8) {
    for (std::int64_t q = 0; q < kBlockBytes; q += 8) {
      const std::uint8_t* from[8];
      std::uint8_t* to[8];
      for (std::int64_t i = 0; i < 8; ++i) {
        from[i] = rows[r + i] + q;
        to[i] = &turned[q + i][r];
      }
      transpose(from, to);
    }
  }
  for (std::int64_t k = 0; k < inputs; ++k) {
    const std::uint8_t* codes = turned[k % kBlockBytes];
    const auto shift = static_cast<int>(6 - 2 * (k / kBlockBytes));
    std::uint8_t* to = out + k * input_stride;
    for (std::int64_t p = 0; p < kColumnsGroupBytes; ++p) {
      to[p] = static_cast<std::uint8_t>(((codes[p] >> shift) & 3) << 6 | ((codes[p + 64] >> shift) & 3) << 4 |
                                        ((codes[p + 128] >> shift) & 3) << 2 | ((codes[p + 192] >> shift) & 3));
    }
  }
}

RepackedTernary repack_columns(const PackedTernary& weights, WeightArena* arena) {
  const std::int64_t groups = columns_groups(weights.rows());
  const std::int64_t input_stride = groups * kColumnsGroupBytes;
  const auto size = static_cast<std::size_t>(weights.cols() * input_stride);
  std::uint8_t beyond[kBlockBytes];  // a block of rows that the matrix does not have
  std::memset(beyond, kZeroByte, sizeof beyond);
  std::shared_ptr<std::uint8_t[]> bytes = arena != nullptr ? arena->allocate(size) : allocate_aligned(size);
  for (std::int64_t k = 0; k < weights.cols(); k += kBlock) {
    for (std::int64_t g = 0; g < groups; ++g) {
      const std::uint8_t* rows[kColumnsGroupRows];
      for (std::int64_t i = 0; i < kColumnsGroupRows; ++i) {
        const std::int64_t r = g * kColumnsGroupRows + i;
        rows[i] = r < weights.rows() ? weights.row(r).data() + k / kBlock * kBlockBytes : beyond;
      }
      repack_tile(rows, std::min(kBlock, weights.cols() - k), bytes.get() + k * input_stride + g * kColumnsGroupBytes,
                  input_stride);
    }
  }
  return {Packing::TwoBitColumns, weights.rows(), weights.cols(), std::move(bytes), size};
}

/// Up to 64 rows of one field of a group, 128 inputs: `turned[q][p]` becomes byte q of the block of row p.
void two_bit_tile(const std::uint8_t* in, std::int64_t inputs, std::int64_t input_stride, int field,
                  std::uint8_t (&turned)[kBlockBytes][kFieldRows]) {
  const int shift = 6 - 2 * field;
  for (std::int64_t q = 0; q < kBlockBytes; ++q) {
    std::uint8_t* to = turned[q];
    std::memset(to, 0, kFieldRows);
    for (int f = 0; f < 4; ++f) {
      const std::int64_t k = q + 32 * f;
      const int up = 6 - 2 * f;
      if (k < inputs) {
        const std::uint8_t* codes = in + k * input_stride;
        for (std::int64_t p = 0; p < kFieldRows; ++p) {
          to[p] = static_cast<std::uint8_t>(to[p] | ((codes[p] >> shift) & 3) << up);
        }
      } else {
        for (std::int64_t p = 0; p < kFieldRows; ++p) to[p] = static_cast<std::uint8_t>(to[p] | 1 << up);
      }
    }
  }
}

void columns_two_bit_rows(const RepackedTernary& weights, std::int64_t begin, std::int64_t end, std::uint8_t* out) {
  const std::int64_t input_stride = columns_groups(weights.rows()) * kColumnsGroupBytes;
  const std::int64_t row_bytes = (weights.cols() + kBlock - 1) / kBlock * kBlockBytes;
  std::uint8_t turned[kBlockBytes][kFieldRows];
  for (std::int64_t r = begin; r < end;) {
    const std::int64_t first = r % kFieldRows;
    const std::int64_t count = std::min(kFieldRows - first, end - r);
    const auto field = static_cast<int>(r % kColumnsGroupRows / kFieldRows);
    const std::uint8_t* in = weights.bytes().data() + r / kColumnsGroupRows * kColumnsGroupBytes;
    for (std::int64_t k = 0; k < weights.cols(); k += kBlock) {
      two_bit_tile(in + k * input_stride, std::min(kBlock, weights.cols() - k), input_stride, field, turned);
      std::uint8_t* to = out + (r - begin) * row_bytes + k / kBlock * kBlockBytes;
      std::int64_t p = 0;
      for (; p + 8 <= count; p += 8) {
        for (std::int64_t q = 0; q < kBlockBytes; q += 8) {
          const std::uint8_t* from[8];
          std::uint8_t* rows[8];
          for (std::int64_t i = 0; i < 8; ++i) {
            from[i] = &turned[q + i][first + p];
            rows[i] = to + (p + i) * row_bytes + q;
          }
          transpose(from, rows);
        }
      }
      for (; p < count; ++p) {
        for (std::int64_t q = 0; q < kBlockBytes; ++q) to[p * row_bytes + q] = turned[q][first + p];
      }
    }
    r += count;
  }
}

#ifdef TERNSIM_HAS_AVX512
void multiply_panels_avx512(const RepackedTernary& weights, std::span<const std::int8_t> activations,
                            std::int64_t tokens, std::span<std::int32_t> sums, ThreadPool* pool) {
  const std::int64_t row_bytes = (weights.cols() + kBlock - 1) / kBlock * kBlockBytes;
  const PreparedActivations prepared =
      prepare_activations(kTwoBitAvx512, activations, weights.cols(), row_bytes, tokens, pool);
  const std::int64_t groups = columns_groups(weights.rows());
  const auto scratch_bytes = static_cast<std::size_t>(columns_panels_scratch_avx512(row_bytes, tokens));
  const auto share = [&](std::int64_t begin, std::int64_t end) {
    columns_panels_avx512({.bytes = weights.bytes().data(),
                           .groups = groups,
                           .group_begin = begin,
                           .group_end = end,
                           .cols = weights.cols(),
                           .row_bytes = row_bytes,
                           .activations = prepared.values,
                           .token_sums = prepared.token_sums,
                           .tokens = tokens,
                           .rows = weights.rows(),
                           .sums = sums.data(),
                           .scratch = thread_scratch(Scratch::Panel, scratch_bytes)});
  };
  if (pool == nullptr) {
    share(0, groups);
  } else {
    pool->parallel_for(groups, 1, [&share](std::int64_t begin, std::int64_t end) { share(begin, end); });
  }
}
#endif

void columns_multiply(const RepackedTernary& weights, std::span<const std::int8_t> activations, std::int64_t tokens,
                      std::span<std::int32_t> sums, Isa isa, ThreadPool* pool) {
  // Turning the matrix over costs about as much as so many tokens one by one.
  constexpr std::int64_t kOneByOne = 8;
  if (tokens <= kOneByOne) {
    const auto cols = static_cast<std::size_t>(weights.cols());
    const auto rows = static_cast<std::size_t>(weights.rows());
    for (std::size_t t = 0; t < static_cast<std::size_t>(tokens); ++t) {
      multiply_columns(weights, activations.subspan(t * cols, cols), sums.subspan(t * rows, rows), isa, pool);
    }
    return;
  }
#ifdef TERNSIM_HAS_AVX512
  if (columns_body(isa) == columns_avx512) return multiply_panels_avx512(weights, activations, tokens, sums, pool);
#endif
  multiply_as_two_bit(kTwoBitColumns, weights, activations, tokens, sums, isa, pool);
}

std::uint64_t columns_bytes_read(const RepackedTernary& weights, std::span<const std::int8_t> activations) {
  const auto inputs = static_cast<std::uint64_t>(std::ranges::count_if(activations, [](int a) { return a != 0; }));
  return inputs * static_cast<std::uint64_t>(columns_groups(weights.rows()) * kColumnsGroupBytes);
}

constexpr IsaBodies<ColumnsBody> kBodies = {
    .scalar = columns_scalar,
#ifdef TERNSIM_HAS_AVX512
    .avx2 = columns_avx2,
    .avx512 = columns_avx512,
#endif
#ifdef TERNSIM_HAS_NEON
    .neon = columns_neon,
    .neon_dot = columns_neon_dot,
#endif
};

}  // namespace

const PackingBody kTwoBitColumns = {repack_columns, columns_two_bit_rows, columns_multiply, columns_bytes_read};

ColumnsBody columns_body(Isa isa) { return kBodies.of(isa); }

void multiply_columns(const RepackedTernary& weights, std::span<const std::int8_t> activations,
                      std::span<std::int32_t> sums, Isa isa, ThreadPool* pool) {
  constexpr std::int64_t kStep = 16;  // bodies take this many inputs at a time
  const auto cols = static_cast<std::int64_t>(activations.size());
  const auto room = static_cast<std::size_t>(cols + kStep);
  std::uint8_t* const memory = thread_scratch(Scratch::Inputs, room * (sizeof(std::int32_t) + 1));
  auto* const inputs = reinterpret_cast<std::int32_t*>(memory);
  auto* const values = reinterpret_cast<std::int8_t*>(memory + room * sizeof(std::int32_t));
  std::int64_t count = 0;
  std::int32_t value_sum = 0;
  for (std::int64_t k = 0; k < cols; ++k) {
    inputs[count] = static_cast<std::int32_t>(k);
    values[count] = activations[k];
    value_sum += activations[k];
    count += activations[k] != 0 ? 1 : 0;
  }
  for (; count % kStep != 0; ++count) {
    inputs[count] = inputs[count - 1];
    values[count] = 0;
  }

  const std::int64_t groups = columns_groups(weights.rows());
  struct Job {
    ColumnsBody body;
    ColumnsArguments all;
    void operator()(std::int64_t begin, std::int64_t end) const {
      ColumnsArguments share = all;
      share.group_begin = begin;
      share.group_end = end;
      const auto bytes = static_cast<std::size_t>(2 * (end - begin) * kColumnsGroupRows) * sizeof(std::int32_t);
      share.scratch = reinterpret_cast<std::int32_t*>(thread_scratch(Scratch::Panel, bytes));
      body(share);
    }
  };
  const Job job{columns_body(isa),
                {.bytes = weights.bytes().data(),
                 .groups = groups,
                 .group_begin = 0,
                 .group_end = groups,
                 .inputs = inputs,
                 .values = values,
                 .count = count,
                 .value_sum = value_sum,
                 .rows = weights.rows(),
                 .sums = sums.data(),
                 .scratch = nullptr}};
  if (pool == nullptr) {
    job(0, groups);
  } else {
    pool->parallel_for(groups, 1, [&job](std::int64_t begin, std::int64_t end) { job(begin, end); });
  }
}

}  // namespace ternsim::kernels
