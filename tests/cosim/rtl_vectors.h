#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "kernels/packed_ternary.h"
#include "rtl/rtl_engine.h"

namespace ternsim::rtl_test {

/// One product for the RTL engine, in a form that can be saved, read by a person and replayed.
struct Vector {
  std::string config;
  std::int64_t rows = 0, cols = 0, tokens = 0;
  rtl::Disturbance disturbance = {};
  std::vector<std::int8_t> weights = {};      ///< (rows, cols), -1, 0, +1
  std::vector<std::int8_t> activations = {};  ///< (tokens, cols)
};

/// Uniform weights and activations over all of int8, from the seed alone.
Vector random_vector(const std::string& config, std::int64_t rows, std::int64_t cols, std::int64_t tokens,
                     std::uint64_t seed);
kernels::PackedTernary packed(const Vector& vector);
/// sum_k weights * activations by three plain loops, (tokens, rows).
std::vector<std::int32_t> naive_sums(const Vector& vector);
/// The engine's answer.
std::vector<std::int32_t> rtl_sums(const Vector& vector, rtl::RtlEngine& engine);

void save(const Vector& vector, const std::filesystem::path& path);
/// Throws InputError on a file that save() did not write.
Vector load(const std::filesystem::path& path);

/// Success if `sums` are the naive ones. Otherwise the vector is saved in the working directory, and the message names
/// the first difference and the command that replays it.
testing::AssertionResult matches(const Vector& vector, const std::vector<std::int32_t>& sums);
/// Runs the vector on a new engine of its configuration and disturbance, and compares.
testing::AssertionResult matches(const Vector& vector);

}  // namespace ternsim::rtl_test
