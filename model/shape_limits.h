#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>

#include "model/shape.h"

namespace ternsim::model {

/// What a model's numbers may be, for every reader of shapes.
///
/// A BitLinear's inputs end at 131072: there the largest |sum|, 128 x inputs, is 2^24, the last integer up to which
/// float32 is exact. They begin at 16, so that padding a row to a packed block of 128 makes a matrix at most eight
/// times as large as the file that it comes from.
inline constexpr std::int64_t kMinWidth = 16;
inline constexpr std::int64_t kMaxWidth = 131072;
inline constexpr std::int64_t kMaxVocab = std::int64_t{1} << 20;
/// Positions up to which RoPE angles are reduced exactly.
inline constexpr std::int64_t kMaxContext = std::int64_t{1} << 20;
inline constexpr std::int64_t kMaxBlocks = 1024;
inline constexpr std::int64_t kMaxHeads = 1024;
inline constexpr std::int64_t kMaxHeadDim = 1024;
/// Positive, and still so as float32: 1e-30 narrows to a float above it.
inline constexpr double kMinNormEpsilon = 1e-30;
inline constexpr double kMaxNormEpsilon = 1.0;
inline constexpr double kMinRopeTheta = 1.0;
inline constexpr double kMaxRopeTheta = 1e12;

/// What is wrong with the numbers taken together, "" if nothing.
inline std::string shape_problem(const ModelShape& shape) {
  if (shape.head_count_kv < 1 || shape.head_count % shape.head_count_kv != 0)
    return fmt::format("{} query heads cannot share {} key/value heads evenly", shape.head_count, shape.head_count_kv);
  if (shape.head_dim < 2 || shape.head_dim > kMaxHeadDim || shape.head_dim % 2 != 0)
    return fmt::format("the head dimension is {}; an even number of 2 ... {} expected", shape.head_dim, kMaxHeadDim);
  if (shape.q_length() < kMinWidth || shape.q_length() > kMaxWidth)
    return fmt::format("{} heads of {} dimensions make {}; {} ... {} accepted", shape.head_count, shape.head_dim,
                       shape.q_length(), kMinWidth, kMaxWidth);
  return "";
}

}  // namespace ternsim::model
