#include <gtest/gtest.h>

#include <array>
#include <set>

#include "base/hash.h"
#include "base/quantity.h"
#include "base/random.h"
#include "base/statistic.h"

namespace ternsim {
namespace {

TEST(ForPeople, PicksThePrefix) {
  EXPECT_EQ(for_people(7.8125e-3, Quantity::JoulesPerToken), "7.812 mJ/token");
  EXPECT_EQ(for_people(65536, Quantity::Bytes), "64 KiB");
  EXPECT_EQ(for_people(1234567, Quantity::Cycles), "1,234,567 cycles");
  EXPECT_EQ(for_people(999, Quantity::Count), "999");
  EXPECT_EQ(for_people(1e9, Quantity::Hertz), "1 GHz");
  EXPECT_EQ(for_people(2.5e-6, Quantity::SquareMetres), "2.5 mm2");
  EXPECT_EQ(for_people(42031.2, Quantity::TokensPerSecond), "42,031 token/s");
  EXPECT_EQ(for_people(130.04, Quantity::TokensPerSecond), "130 token/s");
  EXPECT_EQ(for_people(0.0, Quantity::Joules), "0 J");
  EXPECT_EQ(for_people(-2e-3, Quantity::Seconds), "-2 ms");
}

// XXH3-64 of the empty input, from the specification of the hash.
TEST(Hash, EqualsThePublishedValueAndDoesNotDependOnCuts) {
  EXPECT_EQ(Hash().hex(), "2d06800538d394c2");
  const std::array<int, 4> data{1, 2, 3, 4};
  Hash whole;
  whole.update(std::span<const int>(data));
  Hash parts;
  parts.update(data.data(), 5);
  parts.update(reinterpret_cast<const char*>(data.data()) + 5, 11);
  EXPECT_EQ(whole.digest(), parts.digest());
}

TEST(Random, SameSeedSameNumbersAndBelowStaysBelow) {
  Random a(7);
  Random b(7);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(a.next(), b.next());
    seen.insert(Random(static_cast<std::uint64_t>(i)).next());
    const double u = a.uniform();
    EXPECT_EQ(u, b.uniform());
    EXPECT_TRUE(u >= 0 && u < 1);
    EXPECT_LT(a.below(3), 3U);
    b.below(3);
  }
  EXPECT_EQ(seen.size(), 1000U);
}

TEST(StatisticNode, FindsItsOwn) {
  StatisticNode root{"r", "R", {}, {}};
  root.add("a", "A.", Quantity::Count, std::uint64_t{3});
  root.add_child("c", "C").add("b", "B.", Quantity::Joules, 2.0, Tier::Assumed);
  EXPECT_EQ(std::get<std::uint64_t>(root.find("a")->value), 3U);
  EXPECT_EQ(root.find_child("c")->find("b")->tier, Tier::Assumed);
  EXPECT_EQ(root.find("b"), nullptr);
  EXPECT_EQ(root.find_child("a"), nullptr);
  EXPECT_EQ(weaker(Tier::Published, Tier::Derived), Tier::Derived);
}

}  // namespace
}  // namespace ternsim
