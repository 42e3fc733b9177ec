#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>

#include "base/error.h"
#include "base/one_line.h"
#include "base/random.h"
#include "reports/json_reader.h"
#include "reports/json_writer.h"
#include "reports/results_diff.h"
#include "reports/tree_check.h"
#include "reports_sample_tree.h"
#include "tests/fuzz/json_mutator.h"
#include "tests/soak.h"

namespace ternsim::reports {
namespace {

/// What is read can be compared, in both directions, and shown; any error but InputError escapes.
bool reads(const std::string& text, const StatisticNode& good) {
  StatisticNode damaged;
  try {
    damaged = parse_results(text, "damaged");
  } catch (const InputError& e) {
    EXPECT_EQ(std::string(e.what()).find("damaged: "), 0U) << e.what();
    return false;
  }
  for (const bool swapped : {false, true}) {
    const NamedResults a{"a", swapped ? damaged : good};
    const NamedResults b{"b", swapped ? good : damaged};
    const StatisticNode diff = diff_results(a, b);
    check_tree(diff);
    std::istringstream shown(diff_text(diff));
    for (std::string line; std::getline(shown, line);)
      EXPECT_LE(std::ranges::count_if(line, [](char c) { return (c & 0xC0) != 0x80; }), 100) << line;
  }
  EXPECT_TRUE(equal_results(diff_results({"a", damaged}, {"b", damaged})));
  return true;
}

// Names of a damaged file stand in messages; a terminal must not take them for commands.
TEST(ResultsDamage, ControlBytesStayOutOfMessages) {
  const std::string file = json_report(StatisticNode{"root", "Root", {}, {}});
  for (const char* escaped : {"\\n", "\\u001b", "\\u007f", "\\u0085"}) {
    std::string damaged = file;
    damaged.replace(damaged.find("root"), 4, std::string("a") + escaped + "/b");
    try {
      parse_results(damaged, "damaged");
      FAIL() << escaped;
    } catch (const InputError& e) {
      EXPECT_EQ(one_line(e.what()), e.what()) << escaped;
    }
  }
}

TEST(ResultsDamage, TruncationAnywhere) {
  const StatisticNode good = sample_tree();
  std::string file = json_report(good);
  ASSERT_TRUE(reads(file, good));
  file.resize(file.find_last_of('}'));
  const std::size_t step = std::max<std::size_t>(1, file.size() / 500);
  for (std::size_t n = 0; n < file.size(); n += step) ASSERT_FALSE(reads(file.substr(0, n), good)) << n << " bytes";
}

TEST(ResultsDamage, RandomBytesAnywhere) {
  const StatisticNode good = sample_tree();
  const std::string file = json_report(good);
  Random random(3);
  int read = 0;
  const int rounds = test::rounds(150);
  for (int round = 0; round < rounds; ++round) {
    std::string damaged = file;
    for (std::uint64_t n = 1 + random.below(3); n > 0; --n)
      damaged[random.below(damaged.size())] = static_cast<char>(random.below(256));
    read += reads(damaged, good);
  }
  // A byte of a text may be any other; most damage is no JSON.
  EXPECT_GT(read, 0);
  EXPECT_LT(read, rounds);
}

TEST(ResultsDamage, JsonOfAnotherShape) {
  const StatisticNode good = sample_tree();
  const std::string file = json_report(good);
  int read = 0;
  const int rounds = test::rounds(150);
  for (int round = 0; round < rounds; ++round)
    read += reads(fuzz::mutate_json(file, static_cast<std::uint64_t>(round)), good);
  EXPECT_GT(read, 0);
  EXPECT_LT(read, rounds);
}

}  // namespace
}  // namespace ternsim::reports
