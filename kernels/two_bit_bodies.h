#pragma once

#include <cstdint>

namespace ternsim::kernels {

/// What a body works on; plain pointers, so that a body compiled for an instruction set needs no other header.
struct TwoBitArguments {
  const std::uint8_t* codes;     ///< row 0; rows of blocks as in PackedTernary
  std::int64_t row_bytes;        ///< a multiple of 32
  const std::int32_t* row_list;  ///< the rows to take, ascending; null: all
  std::int64_t begin;            ///< this call takes entries [begin, end) of the list, or rows where there is none
  std::int64_t end;
  std::int64_t count;              ///< entries of the list, or rows, of the whole matrix: reading ahead may go so far
  const std::int8_t* activations;  ///< as the body's `prepare` left them
  const std::int32_t* token_sums;  ///< (tokens): sum of each token's activations
  std::int64_t tokens;
  std::int32_t* sums;        ///< sums[t * sums_stride + row], written
  std::int64_t sums_stride;  ///< at least the number of rows
  std::uint8_t* scratch;     ///< scratch_bytes, 64-byte aligned, this thread's own
};

/// The two-bit kernels of one instruction set. They sum code * activation with code = weight + 1 and take the token's
/// activation sum off at the end.
struct TwoBitBody {
  /// Bytes that `prepare` fills; its memory is 64-byte aligned.
  std::int64_t (*prepared_bytes)(std::int64_t row_bytes, std::int64_t tokens);
  /// Part `part` of `parts` of laying out activations (tokens, cols) as `multiply` wants them, and their token sums.
  /// 4 * row_bytes >= cols; what lies between counts as zero.
  void (*prepare)(const std::int8_t* activations, std::int64_t cols, std::int64_t row_bytes, std::int64_t tokens,
                  std::int64_t part, std::int64_t parts, std::int8_t* prepared, std::int32_t* token_sums);
  std::int64_t (*scratch_bytes)(std::int64_t row_bytes, std::int64_t tokens);
  void (*multiply)(const TwoBitArguments& arguments);
  std::int64_t panel_rows;  ///< that a product of several tokens takes at a time: shares are best multiples of it
};

// The layout (tokens, 4 * row_bytes) in order, padded with zeros: enough for bodies that want no other.
std::int64_t plain_prepared_bytes(std::int64_t row_bytes, std::int64_t tokens);
void plain_prepare(const std::int8_t* activations, std::int64_t cols, std::int64_t row_bytes, std::int64_t tokens,
                   std::int64_t part, std::int64_t parts, std::int8_t* prepared, std::int32_t* token_sums);
std::int64_t no_scratch_bytes(std::int64_t row_bytes, std::int64_t tokens);

extern const TwoBitBody kTwoBitScalar;
extern const TwoBitBody kTwoBitAvx2;
extern const TwoBitBody kTwoBitAvx512;
extern const TwoBitBody kTwoBitAmx;  ///< on top of kTwoBitAvx512
extern const TwoBitBody kTwoBitNeon;
extern const TwoBitBody kTwoBitNeonDot;

/// What a body of the column packing works on: one token.
struct ColumnsArguments {
  const std::uint8_t* bytes;  ///< (cols, groups, 64), see two_bit_columns.h
  std::int64_t groups;        ///< of 256 rows
  std::int64_t group_begin;   ///< this call takes the groups [group_begin, group_end)
  std::int64_t group_end;
  const std::int32_t* inputs;  ///< (count): the inputs that are not zero, ascending
  const std::int8_t* values;   ///< (count): their activations
  std::int64_t count;          ///< a multiple of 16: padded with some input and the value 0; may be 0
  std::int32_t value_sum;      ///< sum of `values`
  std::int64_t rows;           ///< of the matrix
  std::int32_t* sums;          ///< (rows), those of the groups taken are written
  std::int32_t* scratch;       ///< 512 * (group_end - group_begin), 64-byte aligned
};
using ColumnsBody = void (*)(const ColumnsArguments& arguments);

/// What the product of more than eight tokens on the column packing works on, where a set has one of its own.
struct ColumnsPanelArguments {
  const std::uint8_t* bytes;  ///< (cols, groups, 64), see two_bit_columns.h
  std::int64_t groups;        ///< of 256 rows
  std::int64_t group_begin;   ///< this call takes the groups [group_begin, group_end)
  std::int64_t group_end;
  std::int64_t cols;
  std::int64_t row_bytes;          ///< of the matrix as PackedTernary
  const std::int8_t* activations;  ///< as the `prepare` of the set's TwoBitBody left them
  const std::int32_t* token_sums;  ///< (tokens)
  std::int64_t tokens;             ///< more than eight
  std::int64_t rows;
  std::int32_t* sums;     ///< (tokens, rows), those of the groups taken are written
  std::uint8_t* scratch;  ///< columns_panels_scratch_avx512, 64-byte aligned
};
std::int64_t columns_panels_scratch_avx512(std::int64_t row_bytes, std::int64_t tokens);
void columns_panels_avx512(const ColumnsPanelArguments& arguments);

void columns_scalar(const ColumnsArguments& arguments);
void columns_avx2(const ColumnsArguments& arguments);
void columns_avx512(const ColumnsArguments& arguments);
void columns_neon(const ColumnsArguments& arguments);
void columns_neon_dot(const ColumnsArguments& arguments);

}  // namespace ternsim::kernels
