// What a store of sweeps keeps, and what it refuses.
#include "sweep/store.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>

#include "base/error.h"
#include "base/random.h"

namespace ternsim::sweep {
namespace {

namespace fs = std::filesystem;

Settings settings_of(int rows) {
  return {{"accelerator", "a"},
          {"model", "m"},
          {"technology", "t"},
          {"workload", "w"},
          {"matrix_unit.rows", std::to_string(rows)}};
}

Point point_of(int rows, double speed = 1) {
  Point point{canonical_text(settings_of(rows)), "", {}, 0.125};
  for (std::size_t i = 0; i + 1 < kMetricCount; ++i) point.metrics[i] = speed / (1.0 + static_cast<double>(i));
  return point;
}

Point failure_of(int rows) { return {canonical_text(settings_of(rows)), "does not fit", {}, 0.5}; }

bool same(const Point& a, const Point& b) {
  return a.settings == b.settings && a.error == b.error && a.metrics == b.metrics && a.wall_seconds == b.wall_seconds;
}

std::string bytes_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void write(const fs::path& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

class SweepStore : public ::testing::Test {
 protected:
  SweepStore() : dir_(fs::temp_directory_path() / ("ternsim_store_" + std::to_string(getpid()))) {
    fs::create_directories(dir_);
  }
  ~SweepStore() override { fs::remove_all(dir_); }

  void expect_refused(const fs::path& path, const std::string& what) {
    const std::string before = bytes_of(path);
    for (const auto& open : {std::function<void()>([&] { Store::open(path, "1"); }), {[&] { Store::read(path); }}}) {
      const std::string message = message_of(open);
      EXPECT_TRUE(message.starts_with(path.string() + ": ")) << message;
      EXPECT_NE(message.find(what), std::string::npos) << message;
    }
    EXPECT_EQ(bytes_of(path), before) << "a refused file was written to";
  }

  fs::path dir_;
};

TEST_F(SweepStore, KeepsPointsBitForBit) {
  Point odd = point_of(1, 0.1 + 0.2);
  odd.metrics[0] = 0x1.fffffffffffffp-1022;
  odd.metrics[1] = std::nullopt;
  {
    Store store = Store::open(dir_ / "s.db", "1");
    store.add(odd);
    store.add(failure_of(2));
    store.add_sweep("x.yaml", "name: x");
  }
  const Store store = Store::read(dir_ / "s.db");
  ASSERT_EQ(store.size(), 2U);
  EXPECT_TRUE(same(*store.find(odd.settings), odd));
  EXPECT_TRUE(same(*store.find(failure_of(2).settings), failure_of(2)));
  EXPECT_EQ(store.last_sweep()->yaml, "name: x");
  EXPECT_EQ(store.find("{}"), nullptr);
}

TEST_F(SweepStore, APointStaysUnlessItFailed) {
  Store store = Store::open(dir_ / "s.db", "1");
  store.add(failure_of(1));
  store.add(point_of(1, 3));
  store.add(point_of(1, 4));
  store.add(failure_of(1));
  EXPECT_EQ(store.size(), 1U);
  EXPECT_TRUE(same(*store.find(point_of(1).settings), point_of(1, 3)));
}

TEST_F(SweepStore, RefusesWhatIsNoStoreAndLeavesItAlone) {
  write(dir_ / "text.db", "these are my notes, not a database, and I would miss them");
  expect_refused(dir_ / "text.db", "no SQLite file, or a damaged one");
  {
    Database other(dir_ / "other.db", Database::Mode::ReadWrite);
    other.execute("CREATE TABLE mine (x)");
  }
  expect_refused(dir_ / "other.db", "no store of sweeps");
  { Store::open(dir_ / "new.db", "1"); }
  {
    Database later(dir_ / "new.db", Database::Mode::ReadWrite);
    later.execute("PRAGMA user_version = 3");
  }
  expect_refused(dir_ / "new.db", "tables are of version 3");
  { Store::open(dir_ / "less.db", "1"); }
  {
    Database less(dir_ / "less.db", Database::Mode::ReadWrite);
    less.execute("ALTER TABLE points RENAME COLUMN cycles TO hours");
  }
  expect_refused(dir_ / "less.db", "no table 'points'");
  EXPECT_NE(message_of([&] { Store::read(dir_ / "none.db"); }).find("no such file"), std::string::npos);
  EXPECT_FALSE(fs::exists(dir_ / "none.db"));
  EXPECT_NE(message_of([&] { Store::open(dir_, "1"); }).find("not a file"), std::string::npos);
}

TEST_F(SweepStore, AnEmptyFileIsANewStore) {
  write(dir_ / "s.db", "");  // what a kill between creation and tables leaves
  Store::open(dir_ / "s.db", "1").add(point_of(1));
  EXPECT_EQ(Store::read(dir_ / "s.db").size(), 1U);
}

TEST_F(SweepStore, AnotherVersionIsRefused) {
  { Store::open(dir_ / "s.db", "1"); }
  EXPECT_NE(message_of([&] { Store::open(dir_ / "s.db", "2"); }).find("of ternsim 1, this is 2"), std::string::npos);
}

// Damage is either refused, or has hit nothing that is read: free space, or a page's unused end.
TEST_F(SweepStore, DamageIsRefusedOrHarmless) {
  constexpr int kPoints = 40;
  {
    Store store = Store::open(dir_ / "good.db", "1");
    for (int i = 0; i < kPoints; ++i) store.add(i % 7 == 0 ? failure_of(i) : point_of(i, i));
  }
  const std::string good = bytes_of(dir_ / "good.db");
  Random random(7);
  int refused = 0;
  constexpr int kTries = 200;
  for (int t = 0; t < kTries; ++t) {
    std::string bad = good;
    if (t % 4 == 0) {
      bad.resize(1 + random.below(good.size() - 1));
    } else {
      const std::size_t at = random.below(bad.size());
      for (std::size_t i = at; i < std::min(bad.size(), at + 1 + random.below(16)); ++i)
        bad[i] = static_cast<char>(bad[i] ^ static_cast<char>(1 + random.below(255)));
    }
    const fs::path path = dir_ / "bad.db";
    fs::remove(dir_ / "bad.db-wal");
    fs::remove(dir_ / "bad.db-shm");
    write(path, bad);
    try {
      const Store store = Store::read(path);
      ASSERT_EQ(store.size(), static_cast<std::size_t>(kPoints)) << "try " << t;
      for (int i = 0; i < kPoints; ++i) {
        const Point expected = i % 7 == 0 ? failure_of(i) : point_of(i, i);
        const Point* found = store.find(expected.settings);
        ASSERT_TRUE(found != nullptr && same(*found, expected)) << "try " << t;
      }
    } catch (const InputError&) {
      ++refused;
    }
    ASSERT_EQ(bytes_of(path), bad) << "try " << t;
  }
  EXPECT_GT(refused, kTries / 4);  // at least what was cut short
}

TEST_F(SweepStore, MergeTakesNewPointsAndRefusesContradictions) {
  Store a = Store::open(dir_ / "a.db", "1");
  a.claim_inputs({{"model m", "1"}});
  a.add(point_of(1));
  a.add(failure_of(2));
  Store b = Store::open(dir_ / "b.db", "1");
  b.claim_inputs({{"model m", "1"}, {"model n", "2"}});
  b.add(point_of(1));
  b.add(point_of(2));
  b.add(point_of(3));
  b.add_sweep("b.yaml", "name: b");
  EXPECT_EQ(a.merge(b), 1U);
  EXPECT_EQ(a.size(), 3U);
  EXPECT_TRUE(a.find(point_of(2).settings)->ok());  // figures take the place of a failure
  EXPECT_EQ(a.inputs(), b.inputs());
  EXPECT_EQ(a.last_sweep()->origin, "b.yaml");

  Store other_figures = Store::open(dir_ / "c.db", "1");
  other_figures.add(point_of(4));
  other_figures.add(point_of(1, 2));
  EXPECT_NE(message_of([&] { a.merge(other_figures); }).find("different figures"), std::string::npos);
  EXPECT_EQ(a.size(), 3U);
  Store other_input = Store::open(dir_ / "d.db", "1");
  other_input.claim_inputs({{"model n", "3"}});
  EXPECT_NE(message_of([&] { a.merge(other_input); }).find("another model n"), std::string::npos);
  EXPECT_NE(message_of([&] { a.claim_inputs({{"model n", "3"}}); }).find("another model n"), std::string::npos);
}

}  // namespace
}  // namespace ternsim::sweep
