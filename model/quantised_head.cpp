#include "model/quantised_head.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>

#include "kernels/scratch.h"
#include "model/dense.h"
#include "model/float_ops.h"
#include "model/float_ops_dispatch.h"
#include "model/quantised_blocks.h"

namespace ternsim::model {

namespace {

constexpr std::int64_t kLanes = 16;
constexpr std::int64_t kActivationBlock = 256;

struct GroupFormat {
  std::int64_t elements;  ///< of a group
  std::int32_t offset;    ///< of the stored integers
  void (*rows)(const HeadArguments& arguments);
};

GroupFormat format_of(ElementType type) {
  const FloatBodies& bodies = float_bodies();
  if (type == ElementType::Q8_0) return {32, 128, bodies.head_q8_0};
  if (type == ElementType::Q4_0) return {32, 8, bodies.head_q4_0};
  return {16, 32, bodies.head_q6_k};
}

/// A token's activations as the bodies take them, in its piece of the inputs' memory. Each array begins at a cache
/// line: the bodies read whole ones.
struct HeadInput {
  std::int8_t* activations;   ///< (lanes, elements of a group)
  std::int32_t* corrections;  ///< (lanes)
  float* inverse_scales;      ///< (lanes)
  std::int64_t* finite;       ///< 1 if all are, else the arrays are not filled
};

/// Where the inputs of every token lie: lanes are a row's groups, filled up to whole tiles.
class HeadInputs {
 public:
  HeadInputs(const GroupFormat& format, std::int64_t cols, std::int64_t tokens)
      : lanes_((cols / format.elements + kLanes - 1) / kLanes * kLanes),
        activations_(lanes_ * format.elements),
        bytes_(activations_ + 8 * lanes_ + 64),
        memory_(kernels::thread_scratch(kernels::Scratch::Head, static_cast<std::size_t>(tokens * bytes_))) {}
  HeadInput of(std::int64_t token) const {
    std::uint8_t* const p = memory_ + token * bytes_;
    return {reinterpret_cast<std::int8_t*>(p), reinterpret_cast<std::int32_t*>(p + activations_),
            reinterpret_cast<float*>(p + activations_ + 4 * lanes_),
            reinterpret_cast<std::int64_t*>(p + activations_ + 8 * lanes_)};
  }
  /// Zero but for the mark of finite activations.
  HeadInput start(std::int64_t token) const {
    std::memset(memory_ + token * bytes_, 0, static_cast<std::size_t>(bytes_));
    return of(token);
  }

 private:
  std::int64_t lanes_;
  std::int64_t activations_;  ///< bytes
  std::int64_t bytes_;        ///< of a token
  std::uint8_t* memory_;
};

/// Fills a piece of zeros; false if an activation is not finite.
bool quantise_input(ElementType type, const GroupFormat& format, std::span<const float> x, const HeadInput& input) {
  *input.finite = all_finite(x) ? 1 : 0;
  if (*input.finite == 0) return false;
  const auto cols = static_cast<std::int64_t>(x.size());
  const std::int64_t steps = format.elements / 4;
  std::int8_t q[kActivationBlock];
  for (std::int64_t begin = 0; begin < cols; begin += kActivationBlock) {
    const std::int64_t n = std::min(kActivationBlock, cols - begin);
    const float s = quantise_absmax(x.subspan(begin, n), std::span(q, static_cast<std::size_t>(n)));
    const float inverse = 1.0F / s;
    if (type == ElementType::Q6_K) input.inverse_scales[begin / kActivationBlock] = inverse;
    for (std::int64_t k = 0; k < n; k += format.elements) {
      const std::int64_t g = (begin + k) / format.elements;
      std::int8_t* lane = input.activations + (g / kLanes * steps * kLanes + g % kLanes) * 4;
      std::int32_t sum = 0;
      for (std::int64_t i = 0; i < format.elements; ++i) sum += q[k + i];
      for (std::int64_t l = 0; l < steps; ++l) std::memcpy(lane + 4 * kLanes * l, q + k + 4 * l, 4);
      input.corrections[g] = -format.offset * sum;
      if (type != ElementType::Q6_K) input.inverse_scales[g] = inverse;
    }
  }
  return true;
}

}  // namespace

bool is_quantised(ElementType type) { return block_elements(type) > 1; }

void widen_quantised_row(const DenseMatrix& matrix, std::int64_t r, std::span<float> out) {
  const std::int64_t bytes = row_bytes(matrix.type, matrix.cols);
  const std::uint8_t* row = matrix.bytes.data() + r * bytes;
  if (matrix.lane_order) {
    std::uint8_t* const file_order = kernels::thread_scratch(kernels::Scratch::Rows, static_cast<std::size_t>(bytes));
    from_lane_order(matrix.type, matrix.cols, row, file_order);
    row = file_order;
  }
  decode_row(matrix.type, {row, static_cast<std::size_t>(bytes)}, out);  // exact, whatever the order of its products
}

bool scales_are_finite(const DenseMatrix& matrix, std::int64_t r) {
  const std::int64_t bytes = row_bytes(matrix.type, matrix.cols);
  const std::int64_t blocks = matrix.cols / block_elements(matrix.type);
  const std::int64_t block_bytes = bytes / blocks;
  const std::uint8_t* row = matrix.bytes.data() + r * bytes;
  const std::uint8_t* scales = row + (matrix.type == ElementType::Q6_K ? 208 : 0);
  std::int64_t stride = block_bytes;
  if (matrix.lane_order) {
    scales = row + (block_bytes - 2) * blocks;
    stride = 2;
  }
  bool finite = true;
  for (std::int64_t b = 0; b < blocks; ++b) {
    std::uint16_t d;
    std::memcpy(&d, scales + b * stride, sizeof d);
    finite &= (d & 0x7c00U) != 0x7c00U;
  }
  return finite;
}

void quantised_product(const DenseMatrix& matrix, std::span<const float> x, std::int64_t tokens, std::span<float> y,
                       kernels::ThreadPool* pool) {
  // Rows that stay in the second-level cache while every token takes them.
  constexpr std::int64_t kPanel = 64;
  const GroupFormat format = format_of(matrix.type);
  const std::int64_t bytes = row_bytes(matrix.type, matrix.cols);
  const HeadInputs inputs(format, matrix.cols, tokens);
  for (std::int64_t t = 0; t < tokens; ++t) {
    if (!quantise_input(matrix.type, format, x.subspan(t * matrix.cols, matrix.cols), inputs.start(t))) {
      std::ranges::fill(y.subspan(t * matrix.rows, matrix.rows), std::numeric_limits<float>::quiet_NaN());
    }
  }
  const auto multiply = [&](const std::uint8_t* rows, std::int64_t first, std::int64_t count) {
    for (std::int64_t t = 0; t < tokens; ++t) {
      const HeadInput input = inputs.of(t);
      if (*input.finite == 0) continue;
      format.rows({rows, bytes, count, matrix.cols / format.elements, input.activations, input.corrections,
                   input.inverse_scales, y.data() + t * matrix.rows + first});
    }
  };
  const auto piece = [&](std::int64_t begin, std::int64_t end) {
    const std::uint8_t* rows = matrix.bytes.data() + begin * bytes;
    if (matrix.lane_order && tokens == 1) return multiply(rows, begin, end - begin);
    std::uint8_t* const panel =
        matrix.lane_order ? nullptr
                          : kernels::thread_scratch(kernels::Scratch::Panel, static_cast<std::size_t>(kPanel * bytes));
    for (std::int64_t r = begin; r < end; r += kPanel) {
      const std::int64_t count = std::min(kPanel, end - r);
      rows = matrix.bytes.data() + r * bytes;
      if (!matrix.lane_order) {
        for (std::int64_t i = 0; i < count; ++i) {
          to_lane_order(matrix.type, matrix.cols, rows + i * bytes, panel + i * bytes);
        }
        rows = panel;
      }
      multiply(rows, r, count);
    }
  };
  if (pool == nullptr) {
    piece(0, matrix.rows);
  } else {
    pool->parallel_for(matrix.rows, kPanel, std::cref(piece), kHeadPieces);  // as a copy it would take memory
  }
}

}  // namespace ternsim::model
