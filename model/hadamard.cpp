#include "model/hadamard.h"

#include <cmath>

namespace ternsim::model {

std::int64_t hadamard_block(std::int64_t n) { return n & -n; }

void hadamard(std::span<float> x) {
  const auto block = static_cast<std::size_t>(hadamard_block(static_cast<std::int64_t>(x.size())));
  for (std::size_t h = 1; h < block; h *= 2) {
    for (std::size_t from = 0; from < x.size(); from += 2 * h) {
      for (std::size_t i = from; i < from + h; ++i) {
        const float a = x[i];
        const float b = x[i + h];
        x[i] = a + b;
        x[i + h] = a - b;
      }
    }
  }
  const float shrink = 1.0F / std::sqrt(static_cast<float>(block));
  for (float& v : x) v *= shrink;
}

}  // namespace ternsim::model
