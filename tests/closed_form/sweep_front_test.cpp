// The Pareto front against the definition, over all pairs; constraints; draws and shards.
#include "sweep/front.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "sweep/genetic_search.h"
#include "sweep/plan.h"

namespace ternsim::sweep {
namespace {

Point point_of(int number, double speed, double joules, double area) {
  Point point{canonical_text({{"accelerator", std::to_string(number)}}), "", {}, 1};
  point.metrics[*find_metric("tokens_per_second")] = speed;
  point.metrics[*find_metric("joules_per_token_mid")] = joules;
  point.metrics[*find_metric("area_m2")] = area;
  return point;
}

const FrontRules kRules{
    {*find_metric("tokens_per_second"), *find_metric("joules_per_token_mid"), *find_metric("area_m2")}, {}};

/// As defined: as good in all three, better in one.
bool dominates(const Point& a, const Point& b) {
  const auto at = [](const Point& p, const char* name) { return *p.metrics[*find_metric(name)]; };
  const std::array<double, 3> gain{at(a, "tokens_per_second") - at(b, "tokens_per_second"),
                                   at(b, "joules_per_token_mid") - at(a, "joules_per_token_mid"),
                                   at(b, "area_m2") - at(a, "area_m2")};
  return std::ranges::all_of(gain, [](double g) { return g >= 0; }) &&
         std::ranges::any_of(gain, [](double g) { return g > 0; });
}

TEST(SweepFront, EqualsTheDefinition) {
  Random random(11);
  for (int round = 0; round < 60; ++round) {
    // Few values: many ties. Many values: few.
    const std::uint64_t values = round % 2 == 0 ? 4 : 1000;
    std::vector<Point> points;
    for (int i = 0; i < 150; ++i)
      points.push_back(point_of(1000 + i, static_cast<double>(random.below(values)),
                                static_cast<double>(random.below(values)), static_cast<double>(random.below(values))));
    std::vector<const Point*> pointers;
    for (const Point& p : points) pointers.push_back(&p);

    std::map<Metrics, std::uint64_t> expected;  // figures on the front: how many designs have them
    for (const Point& p : points)
      if (std::ranges::none_of(points, [&](const Point& q) { return dominates(q, p); })) ++expected[p.metrics];

    const Front front = front_of(pointers, kRules);
    EXPECT_EQ(front.candidates, points.size());
    std::map<Metrics, std::uint64_t> found;
    for (const Front::Member& m : front.members) {
      EXPECT_TRUE(found.emplace(m.point->metrics, m.equal_designs + 1).second);
      const auto first = std::ranges::find(points, m.point->metrics, &Point::metrics);
      EXPECT_EQ(m.point, &*first) << "not the first of its equals";
    }
    EXPECT_EQ(found, expected);
    EXPECT_TRUE(std::ranges::is_sorted(front.members, std::greater{}, [](const Front::Member& m) {
      return *m.point->metrics[*find_metric("tokens_per_second")];
    }));
  }
}

TEST(SweepFront, ConstraintsAndFailuresStandAside) {
  const std::vector<Point> points{point_of(1, 10, 1, 1),
                                  point_of(2, 20, 1, 4),
                                  point_of(3, 5, 2, 2),
                                  {canonical_text({{"accelerator", "4"}}), "broken", {}, 0},
                                  {"{}", "", {}, 0}};
  std::vector<const Point*> pointers;
  for (const Point& p : points) pointers.push_back(&p);
  FrontRules rules = kRules;
  rules.constraints.push_back({*find_metric("area_m2"), 0, 3});
  const Front front = front_of(pointers, rules);
  ASSERT_EQ(front.members.size(), 1U);  // 3 is dominated by 1; 2 is too large
  EXPECT_EQ(front.members[0].point, &points[0]);
  EXPECT_EQ(front.candidates, 2U);
  EXPECT_EQ(front.outside, 1U);
  EXPECT_EQ(front.failed, 1U);
  EXPECT_EQ(front.without, 1U);
  EXPECT_DOUBLE_EQ(violation(points[1], rules.constraints), (4.0 - 3.0) / 3.0);
  EXPECT_EQ(violation(points[0], rules.constraints), 0);
  EXPECT_TRUE(std::isinf(violation(points[4], rules.constraints)));

  // What a search sees: inside before outside before nothing at all.
  const auto cost = [&](std::size_t i) { return costs_of(points[i], rules); };
  EXPECT_EQ(cost(0), (std::vector<double>{-10, 1, 1}));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_LT(cost(2)[i], cost(1)[i]);
    EXPECT_LT(cost(1)[i], cost(3)[i]);
    EXPECT_EQ(cost(4)[i], cost(3)[i]);
  }
}

TEST(SweepPlan, DrawsAreDistinctAndEquallyLikely) {
  EXPECT_EQ(sample(1000, 1000, 5).size(), 1000U);
  std::map<std::set<std::uint64_t>, int> sets;  // of 2 out of 5: ten
  constexpr int kDraws = 10000;
  for (std::uint64_t seed = 0; seed < kDraws; ++seed) {
    const std::vector<std::uint64_t> drawn = sample(5, 2, seed);
    const std::set<std::uint64_t> distinct(drawn.begin(), drawn.end());
    ASSERT_EQ(distinct.size(), 2U);
    ASSERT_LT(*distinct.rbegin(), 5U);
    ++sets[distinct];
  }
  ASSERT_EQ(sets.size(), 10U);
  // Binomial(10000, 0.1): sigma 30; five of them.
  for (const auto& [drawn, times] : sets) EXPECT_NEAR(times, kDraws / 10, 150);
  const auto whole = sample(1000, 1000, 5);
  EXPECT_EQ(std::set<std::uint64_t>(whole.begin(), whole.end()).size(), 1000U);
}

TEST(SweepPlan, EachDesignIsInOneShard) {
  std::array<int, 3> sizes{};
  for (int i = 0; i < 3000; ++i) {
    const std::string canonical = canonical_text({{"matrix_unit.rows", std::to_string(i)}});
    int holders = 0;
    for (std::uint64_t s = 1; s <= 3; ++s)
      if (Shard{s, 3}.holds(canonical)) {
        ++holders;
        ++sizes[s - 1];
      }
    ASSERT_EQ(holders, 1);
  }
  for (const int size : sizes) EXPECT_NEAR(size, 1000, 130);  // five sigma
  EXPECT_EQ(Shard::parse("2/8").index, 2U);
  for (const char* bad : {"", "1", "0/2", "3/2", "1/", "/2", "1/2x", "-1/2", "1/0"})
    EXPECT_THROW(Shard::parse(bad), RequestError) << bad;
}

}  // namespace
}  // namespace ternsim::sweep
