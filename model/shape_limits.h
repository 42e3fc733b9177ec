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
inline constexpr std::int64_t kMaxExperts = 256;
inline constexpr std::int64_t kMaxHeadDim = 1024;
/// Positive, and still so as float32: 1e-30 narrows to a float above it.
inline constexpr double kMinNormEpsilon = 1e-30;
inline constexpr double kMaxNormEpsilon = 1.0;
inline constexpr double kMinRopeTheta = 1.0;
inline constexpr double kMaxRopeTheta = 1e12;
/// Linear RoPE scaling: positions are divided by it.
inline constexpr double kMinRopeScale = 1.0;
inline constexpr double kMaxRopeScale = 1e6;

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

/// What is wrong with the scaling of RoPE, "" if nothing. Angles stay within the 2^20 up to which sines are exact: a
/// factor below 1 makes them grow faster than positions.
inline std::string rope_problem(const ModelShape& shape) {
  if (!(shape.rope_scale >= kMinRopeScale && shape.rope_scale <= kMaxRopeScale))
    return fmt::format("rope_scale is {}, must be 1 (none) to 1e6", shape.rope_scale);
  if (!shape.rope_factors.empty() && static_cast<std::int64_t>(shape.rope_factors.size()) != shape.head_dim / 2)
    return fmt::format("{} RoPE factors for {} angles (half of head_dim {})", shape.rope_factors.size(),
                       shape.head_dim / 2, shape.head_dim);
  for (const float factor : shape.rope_factors)
    if (!(factor >= 1e-3F && factor <= 1e6F &&
          static_cast<double>(shape.context_length) / static_cast<double>(factor) <= static_cast<double>(kMaxContext)))
      return fmt::format("RoPE factor {} is out of range; 0.001 ... 1e6 accepted, and context_length / factor up to {}",
                         factor, kMaxContext);
  return "";
}

}  // namespace ternsim::model
