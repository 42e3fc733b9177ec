#include "model/rope.h"

#include "model/compatibility.h"
#include "model/numerics.h"

namespace ternsim::model {

Rope::Rope(const RopeOptions& options) : options_(options) {
  const auto d = static_cast<double>(options.head_dim);
  for (std::int64_t i = 0; i < options.head_dim / 2; ++i) {
    double frequency = pow_f64(options.theta, -static_cast<double>(2 * i) / d);
    if (!options.factors.empty()) frequency /= static_cast<double>(options.factors[i]);
    frequencies_.push_back(frequency / options.scale);
  }
  ratio_ = static_cast<float>(pow_f64(options.theta, -2.0 / d));
}

void Rope::extend(std::int64_t positions) {
  for (; positions_ < positions; ++positions_) {
    if (!options_.by_multiplication) {
      for (const double frequency : frequencies_) add_turn(static_cast<double>(positions_) * frequency);
      continue;
    }
    auto t = static_cast<float>(positions_);
    for (std::size_t i = 0; i < frequencies_.size(); ++i, t *= ratio_) {
      const float angle = options_.factors.empty() ? t : t / options_.factors[i];
      add_turn(static_cast<double>(angle / static_cast<float>(options_.scale)));
    }
  }
}

void Rope::add_turn(double angle) {
  const SinCos turn = sin_cos_f64(angle);
  cos_.push_back(static_cast<float>(turn.cos));
  sin_.push_back(static_cast<float>(turn.sin));
  if (!options_.bfloat16) return;
  cos_.back() = to_bfloat16(cos_.back());
  sin_.back() = to_bfloat16(sin_.back());
}

void Rope::apply(std::int64_t position, std::span<float> x) const {
  const std::size_t half = frequencies_.size();
  const std::span<const float> c = cosines(position);
  const std::span<const float> s = sines(position);
  const bool halves = options_.pairing == RopePairing::Halves;
  // Pair i is at i * step and `apart` further on.
  const std::size_t step = halves ? 1 : 2;
  const std::size_t apart = halves ? half : 1;
  for (std::size_t head = 0; head < x.size(); head += 2 * half) {
    for (std::size_t i = 0; i < half; ++i) {
      float& first = x[head + i * step];
      float& second = x[head + i * step + apart];
      const float a = first;
      const float b = second;
      if (options_.bfloat16) {
        first = to_bfloat16(to_bfloat16(a * c[i]) - to_bfloat16(b * s[i]));
        second = to_bfloat16(to_bfloat16(b * c[i]) + to_bfloat16(a * s[i]));
      } else {
        first = a * c[i] - b * s[i];
        second = b * c[i] + a * s[i];
      }
    }
  }
}

}  // namespace ternsim::model
