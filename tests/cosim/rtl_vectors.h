#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "cosim/product.h"
#include "rtl/rtl_engine.h"

namespace ternsim::rtl_test {

using Vector = cosim::Product;
using cosim::naive_sums;
using cosim::packed;

/// Uniform weights and activations over all of int8, from the seed alone.
inline Vector random_vector(const std::string& config, std::int64_t rows, std::int64_t cols, std::int64_t tokens,
                            std::uint64_t seed) {
  return cosim::random_product(config, rows, cols, tokens, seed);
}
/// The engine's answer.
std::vector<std::int32_t> rtl_sums(const Vector& vector, rtl::RtlEngine& engine);

/// Success if `sums` are the naive ones. Otherwise the vector is saved in the working directory, and the message names
/// the first difference and the command that replays it.
testing::AssertionResult matches(const Vector& vector, const std::vector<std::int32_t>& sums);
/// Runs the vector on a new engine of its configuration and disturbance, and compares.
testing::AssertionResult matches(const Vector& vector);

}  // namespace ternsim::rtl_test
