#include "model/ternary_from_dense.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <vector>

#include "base/error.h"
#include "model/quantised_blocks.h"
#include "model/ternary_codecs.h"

namespace ternsim::model {

namespace {

/// Calls body(row, floats) front to back, until it returns false.
template <typename Body>
void for_each_row(const TensorSource& source, ElementType type, std::int64_t rows, std::int64_t cols, Body body) {
  std::vector<float> row(static_cast<std::size_t>(cols));
  const std::int64_t bytes = row_bytes(type, cols);
  bool going = true;
  for_each_piece(source, rows, bytes, [&](std::int64_t first, std::span<const std::uint8_t> piece) {
    const std::int64_t count = static_cast<std::int64_t>(piece.size()) / bytes;
    for (std::int64_t r = 0; going && r < count; ++r) {
      const auto from = piece.subspan(static_cast<std::size_t>(r * bytes), static_cast<std::size_t>(bytes));
      if (const std::int64_t bad = first_not_finite(type, from); bad >= 0)
        throw InputError(fmt::format("{} holds a NaN or infinity at row {}, column {}; the model is damaged",
                                     source.where, first + r, bad));
      decode_row(type, from, row);
      going = body(first + r, row);
    }
  });
}

/// What makes the values of a matrix no ternary ones.
struct Misfit {
  std::int64_t row;
  float value;
};

// The magnitude that all values but zeros share; its own value if there is a misfit.
std::optional<Misfit> find_magnitude(const TensorSource& source, ElementType type, std::int64_t rows, std::int64_t cols,
                                     float& magnitude) {
  std::optional<Misfit> misfit;
  magnitude = 0;
  for_each_row(source, type, rows, cols, [&](std::int64_t r, std::span<const float> row) {
    for (std::size_t k = 0; magnitude == 0 && k < row.size(); ++k) magnitude = std::fabs(row[k]);
    bool fits = true;
    for (const float x : row) fits &= (x == 0.0F) | (std::fabs(x) == magnitude);
    if (fits) return true;
    for (const float x : row)
      if (x != 0 && std::fabs(x) != magnitude) misfit = {r, x};
    return false;
  });
  return misfit;
}

/// Sums of a matrix, in sixteen interleaved partial sums a row, rows added in order.
struct Means {
  double plain = 0;
  double absolute = 0;
};
Means means_of(const TensorSource& source, ElementType type, std::int64_t rows, std::int64_t cols) {
  Means sums;
  for_each_row(source, type, rows, cols, [&](std::int64_t, std::span<const float> row) {
    std::array<double, 16> plain{};
    std::array<double, 16> absolute{};
    const std::size_t whole = row.size() / 16 * 16;
    for (std::size_t k = 0; k < whole; k += 16)
      for (std::size_t j = 0; j < 16; ++j) {
        plain[j] += static_cast<double>(row[k + j]);
        absolute[j] += std::fabs(static_cast<double>(row[k + j]));
      }
    for (std::size_t k = whole; k < row.size(); ++k) {
      plain[k - whole] += static_cast<double>(row[k]);
      absolute[k - whole] += std::fabs(static_cast<double>(row[k]));
    }
    for (std::size_t j = 0; j < 16; ++j) {
      sums.plain += plain[j];
      sums.absolute += absolute[j];
    }
    return true;
  });
  const auto count = static_cast<double>(rows) * static_cast<double>(cols);
  return {sums.plain / count, sums.absolute / count};
}

void check_size(const TensorSource& source, ElementType type, std::int64_t rows, std::int64_t cols) {
  if (cols % block_elements(type) != 0 || source.bytes != static_cast<std::uint64_t>(rows * row_bytes(type, cols)))
    throw InputError(fmt::format("{}: {} bytes for {} x {} weights in {}; the file is damaged", source.where,
                                 source.bytes, rows, cols, name_of(type)));
}

}  // namespace

bool holds_ternary_values(const TensorSource& source, ElementType type, std::int64_t rows, std::int64_t cols) {
  check_size(source, type, rows, cols);
  float magnitude = 0;
  return !find_magnitude(source, type, rows, cols, magnitude);
}

BitLinearWeights read_dense_ternary(const TensorSource& source, ElementType type, std::int64_t rows, std::int64_t cols,
                                    std::optional<WeightScheme> scheme, kernels::WeightArena* arena) {
  check_size(source, type, rows, cols);
  float magnitude = 0;
  const std::optional<Misfit> misfit = find_magnitude(source, type, rows, cols, magnitude);
  if (misfit && !scheme)
    throw InputError(fmt::format(
        "{} is {} with values other than -s, 0 and +s ({} in row {}, s = {}){}: these are master weights; have them "
        "ternarised by absmean (--ternarise), or take a file of ternary weights",
        source.where, name_of(type), misfit->value, misfit->row, magnitude,
        type == ElementType::Q4_0 ? ", as a ternary tensor becomes in Q4_0, which cannot hold +s where it holds -s"
                                  : ""));

  BitLinearWeights out{kernels::PackedTernary::unfilled(rows, cols, arena), {}, magnitude};
  std::vector<std::uint8_t> codes(static_cast<std::size_t>(cols));
  const auto pack = [&](auto code_of) {
    for_each_row(source, type, rows, cols, [&](std::int64_t r, std::span<const float> row) {
      for (std::size_t k = 0; k < row.size(); ++k) codes[k] = code_of(row[k]);
      pack_codes(codes, out.codes.mutable_row(r));
      return true;
    });
  };
  if (!misfit) {
    pack([](float x) { return static_cast<std::uint8_t>(1 + (x > 0) - (x < 0)); });
    return out;
  }
  const Means means = means_of(source, type, rows, cols);
  out.scale = static_cast<float>(means.absolute);
  if (!std::isfinite(out.scale))
    throw InputError(
        fmt::format("{}: the mean magnitude of its weights is no float32; the model is damaged", source.where));
  if (*scheme == WeightScheme::Binary) {
    const auto mean = static_cast<float>(means.plain);
    pack([mean](float x) { return static_cast<std::uint8_t>(x > mean ? 2 : 0); });
  } else {
    // Rounding halves to even, anything above one half is one and one half itself zero.
    const float divisor = out.scale + 1e-5F;
    pack([divisor](float x) {
      const float y = x / divisor;
      return static_cast<std::uint8_t>(1 + (y > 0.5F) - (y < -0.5F));
    });
  }
  return out;
}

}  // namespace ternsim::model
