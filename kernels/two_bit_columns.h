#pragma once

#include <cstdint>
#include <span>

#include "kernels/packing_body.h"

namespace ternsim::kernels {

/// The packing TwoBitColumns: (cols, groups, 64) bytes, the codes (weight + 1) of one input after those of the one
/// before. A group is 256 rows: byte p (0..63) of group g holds rows 256 g + p, + 64, + 128, + 192 at bits 7:6, 5:4,
/// 3:2, 1:0; rows beyond the matrix have weight 0. A product of one token reads only the inputs that are not zero:
/// after squared ReLU most are.
inline constexpr std::int64_t kColumnsGroupRows = 256;
inline constexpr std::int64_t kColumnsGroupBytes = 64;

inline std::int64_t columns_groups(std::int64_t rows) { return (rows + kColumnsGroupRows - 1) / kColumnsGroupRows; }

/// The column kernels of an available instruction set.
ColumnsBody columns_body(Isa isa);

/// The product of one token: sums (rows) by the inputs that are not zero.
void multiply_columns(const RepackedTernary& weights, std::span<const std::int8_t> activations,
                      std::span<std::int32_t> sums, Isa isa, ThreadPool* pool);

}  // namespace ternsim::kernels
