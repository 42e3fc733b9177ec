#pragma once

#include <cstdint>
#include <span>

namespace ternsim::model {

/// The size of the Hadamard blocks of a vector of n: the largest power of two that divides n, so n itself where n is
/// one.
std::int64_t hadamard_block(std::int64_t n);

/// The orthonormal Walsh-Hadamard transform of x in place (BitNet v2, arXiv 2504.18415, section 3), block by block of
/// hadamard_block(n) = B elements; for a width that is no power of two the matrix is block diagonal.
///
/// For h = 1, 2, 4, ... below B, each pair (a, b) of elements h apart becomes (a + b, a - b) in float32; then every
/// element is multiplied by c = 1.0f / sqrt((float)B). B = 1 changes nothing.
void hadamard(std::span<float> x);

}  // namespace ternsim::model
