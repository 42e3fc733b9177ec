#include "benches/matrices.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <tuple>

#include "base/random.h"
#include "kernels/ternary_gemm.h"
#include "kernels/weight_arena.h"

namespace ternsim::benches {

using kernels::PackedTernary;
using kernels::Packing;
using kernels::RepackedTernary;

namespace {

/// 42 % zeros, as the released model has.
PackedTernary random_matrix(Shape shape, kernels::WeightArena& arena) {
  Random random(7);
  PackedTernary matrix(shape.rows, shape.cols, arena);
  for (std::int64_t r = 0; r < shape.rows; ++r) {
    for (std::int64_t k = 0; k < shape.cols; ++k) {
      const std::uint64_t draw = random.below(100);
      if (draw >= 42) matrix.set_weight(r, k, draw % 2 == 0 ? 1 : -1);
    }
  }
  return matrix;
}

std::int64_t copies_of(std::size_t bytes, bool cold) {
  return cold ? Matrices::kColdBytes / static_cast<std::int64_t>(bytes) + 1 : 1;
}

}  // namespace

Matrices::Matrices(Packing packing, Shape shape, bool cold) {
  kernels::WeightArena arena;
  PackedTernary first = random_matrix(shape, arena);
  if (packing != Packing::TwoBit) {
    repacked_.push_back(kernels::repack(first, packing, &arena));
    const std::span<const std::uint8_t> bytes = repacked_[0].bytes();
    for (std::int64_t i = copies_of(bytes.size(), cold); i > 1; --i) {
      auto copy = arena.allocate(bytes.size());
      std::memcpy(copy.get(), bytes.data(), bytes.size());
      repacked_.emplace_back(packing, shape.rows, shape.cols, std::move(copy), bytes.size());
    }
    return;
  }
  const std::int64_t bytes = first.rows() * first.row_bytes();
  two_bit_.push_back(std::move(first));
  for (std::int64_t i = copies_of(static_cast<std::size_t>(bytes), cold); i > 1; --i) {
    PackedTernary copy(shape.rows, shape.cols, arena);
    std::memcpy(copy.mutable_row(0).data(), two_bit_[0].row(0).data(), static_cast<std::size_t>(bytes));
    two_bit_.push_back(std::move(copy));
  }
}

void Matrices::multiply(std::span<const std::int8_t> activations, std::int64_t tokens, std::span<std::int32_t> sums,
                        kernels::Isa isa, kernels::ThreadPool& pool) {
  if (two_bit_.empty()) {
    kernels::ternary_gemm(repacked_[next_], activations, tokens, sums, isa, &pool);
  } else {
    kernels::ternary_gemm(two_bit_[next_], activations, tokens, sums, isa, &pool);
  }
  next_ = (next_ + 1) % (two_bit_.size() + repacked_.size());
}

std::uint64_t Matrices::bytes_read(std::span<const std::int8_t> activations) const {
  return two_bit_.empty() ? kernels::bytes_read(repacked_[0], activations)
                          : kernels::bytes_read(two_bit_[0], activations);
}

Matrices& matrices_of(Packing packing, Shape shape, bool cold) {
  static std::optional<std::tuple<Packing, std::int64_t, std::int64_t, bool>> held;
  static std::unique_ptr<Matrices> matrices;
  const auto asked = std::tuple(packing, shape.rows, shape.cols, cold);
  if (held != asked) {
    matrices.reset();  // before the next ones are made: they may be large
    matrices = std::make_unique<Matrices>(packing, shape, cold);
    held = asked;
  }
  return *matrices;
}

std::vector<std::int8_t> random_activations(std::int64_t count, std::uint64_t zeros) {
  Random random(8);
  std::vector<std::int8_t> values(static_cast<std::size_t>(count));
  for (std::int8_t& value : values) {
    const auto magnitude = static_cast<int>(1 + random.below(127));
    if (random.below(100) >= zeros) value = static_cast<std::int8_t>(random.below(2) == 0 ? magnitude : -magnitude);
  }
  return values;
}

}  // namespace ternsim::benches
