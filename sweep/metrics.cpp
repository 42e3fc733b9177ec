#include "sweep/metrics.h"

#include <algorithm>

namespace ternsim::sweep {

std::optional<std::size_t> find_metric(std::string_view name) {
  const auto found = std::ranges::find(kMetrics, name, &Metric::name);
  if (found == kMetrics.end()) return std::nullopt;
  return static_cast<std::size_t>(found - kMetrics.begin());
}

}  // namespace ternsim::sweep
