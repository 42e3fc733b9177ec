#include "sweep/front.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ternsim::sweep {

namespace {

/// Objectives with the better ones smaller.
struct Candidate {
  std::vector<double> costs;
  const Point* point;
};

bool no_worse(const std::vector<double>& a, const std::vector<double>& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i] > b[i]) return false;
  return true;
}

}  // namespace

double violation(const Point& point, const std::vector<Constraint>& constraints) {
  double sum = 0;
  for (const Constraint& c : constraints) {
    const std::optional<double>& value = point.metrics[c.metric];
    if (!value) return std::numeric_limits<double>::infinity();
    const auto share = [](double beyond, double bound) {
      return beyond > 0 ? beyond / std::max(std::abs(bound), std::numeric_limits<double>::min()) : 0;
    };
    sum += share(c.min - *value, c.min) + share(*value - c.max, c.max);
  }
  return sum;
}

Front front_of(std::span<const Point* const> points, const FrontRules& rules) {
  Front front;
  std::vector<Candidate> candidates;
  for (const Point* point : points) {
    if (!point->ok()) {
      ++front.failed;
      continue;
    }
    Candidate candidate{{}, point};
    for (const std::size_t metric : rules.objectives)
      if (const std::optional<double>& value = point->metrics[metric])
        candidate.costs.push_back(kMetrics[metric].more_is_better ? -*value : *value);
    const double beyond = violation(*point, rules.constraints);
    if (candidate.costs.size() != rules.objectives.size() || std::isinf(beyond))
      ++front.without;
    else if (beyond > 0)
      ++front.outside;
    else
      candidates.push_back(std::move(candidate));
  }
  front.candidates = candidates.size();
  // In this order nobody is worse than one who stands behind.
  std::ranges::stable_sort(candidates, {}, &Candidate::costs);
  std::vector<const std::vector<double>*> costs;
  for (const Candidate& candidate : candidates) {
    if (!costs.empty() && *costs.back() == candidate.costs) {
      ++front.members.back().equal_designs;
      continue;
    }
    if (std::ranges::any_of(costs, [&](const auto* other) { return no_worse(*other, candidate.costs); })) continue;
    costs.push_back(&candidate.costs);
    front.members.push_back({candidate.point, 0});
  }
  return front;
}

}  // namespace ternsim::sweep
