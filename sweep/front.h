#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sweep/store.h"
#include "sweep/sweep_file.h"

namespace ternsim::sweep {

/// Designs that no other is as good as in every objective and better than in one.
struct Front {
  struct Member {
    const Point* point = nullptr;     ///< of designs with equal objectives, the first by settings
    std::uint64_t equal_designs = 0;  ///< others whose objectives are the same
  };
  std::vector<Member> members;   ///< best in the first objective first
  std::uint64_t candidates = 0;  ///< points with figures within the constraints
  std::uint64_t outside = 0;     ///< points with figures outside of them
  std::uint64_t without = 0;     ///< points that lack a figure which the rules need
  std::uint64_t failed = 0;      ///< points with an error
};

/// `points` in the order of their settings.
Front front_of(std::span<const Point* const> points, const FrontRules& rules);

/// How far a point is outside of the constraints: the sum over them of the distance to the bound over its size; 0
/// inside. Infinite where a figure is missing.
double violation(const Point& point, const std::vector<Constraint>& constraints);

}  // namespace ternsim::sweep
