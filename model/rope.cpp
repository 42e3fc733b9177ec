#include "model/rope.h"

#include "model/numerics.h"

namespace ternsim::model {

Rope::Rope(std::int64_t head_dim, double theta) {
  for (std::int64_t i = 0; i < head_dim / 2; ++i) {
    frequencies_.push_back(pow_f64(theta, -static_cast<double>(2 * i) / static_cast<double>(head_dim)));
  }
}

void Rope::extend(std::int64_t positions) {
  for (; positions_ < positions; ++positions_) {
    for (const double frequency : frequencies_) {
      const SinCos turn = sin_cos_f64(static_cast<double>(positions_) * frequency);
      cos_.push_back(static_cast<float>(turn.cos));
      sin_.push_back(static_cast<float>(turn.sin));
    }
  }
}

void Rope::apply(std::int64_t position, std::span<float> x) const {
  const std::size_t half = frequencies_.size();
  const std::span<const float> c = cosines(position);
  const std::span<const float> s = sines(position);
  for (std::size_t head = 0; head < x.size(); head += 2 * half) {
    for (std::size_t i = 0; i < half; ++i) {
      const float a = x[head + i];
      const float b = x[head + half + i];
      x[head + i] = a * c[i] - b * s[i];
      x[head + half + i] = b * c[i] + a * s[i];
    }
  }
}

}  // namespace ternsim::model
