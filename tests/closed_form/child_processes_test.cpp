// Work in child processes: results, crashes, time limits, and that no child outlives the call.
#include "base/child_processes.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/library_lock.h"

namespace ternsim {
namespace {

std::function<std::optional<std::size_t>()> first(std::size_t count) {
  return [i = std::size_t{0}, count]() mutable -> std::optional<std::size_t> {
    return i < count ? std::optional(i++) : std::nullopt;
  };
}

TEST(ChildProcesses, EachItemComesBackOnceWithItsOutput) {
  std::map<std::size_t, std::string> results;
  const std::string big(1 << 20, 'x');  // more than a pipe holds
  run_in_children(
      3, 0, first(20), [&](std::size_t i) { return std::to_string(i) + big; },
      [&](std::size_t i, const ChildResult& r) {
        EXPECT_EQ(r.failure, "");
        EXPECT_TRUE(results.emplace(i, r.output).second);
      });
  ASSERT_EQ(results.size(), 20U);
  for (const auto& [i, output] : results) EXPECT_EQ(output, std::to_string(i) + big);
}

TEST(ChildProcesses, RunsSideBySideButNoMore) {
  int running = 0;
  int most = 0;
  run_in_children(
      3, 0,
      [next = first(9), &running, &most]() mutable {
        const auto item = next();
        if (item) most = std::max(most, ++running);
        return item;
      },
      [](std::size_t) { return std::string("done"); }, [&](std::size_t, const ChildResult&) { --running; });
  EXPECT_EQ(most, 3);
  EXPECT_EQ(running, 0);
}

TEST(ChildProcesses, ACrashOrALongRunIsOneItemsAlone) {
  std::map<std::size_t, std::string> failures;
  const auto start = std::chrono::steady_clock::now();
  run_in_children(
      2, 0.3, first(4),
      [](std::size_t i) {
        if (i == 0) raise(SIGKILL);
        if (i == 1) sleep(60);
        if (i == 2) _exit(0);
        return std::string("done");
      },
      [&](std::size_t i, const ChildResult& r) { failures[i] = r.failure; });
  EXPECT_EQ(
      failures,
      (std::map<std::size_t, std::string>{
          {0, "ended by signal 9 (Killed)"}, {1, "took longer than 0.3 s"}, {2, "ended without a result"}, {3, ""}}));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
}

TEST(ChildProcesses, AnErrorHereLeavesNoChildBehind) {
  EXPECT_THROW(run_in_children(
                   2, 0, first(2),
                   [](std::size_t i) {
                     if (i == 1) sleep(60);
                     return std::string("done");
                   },
                   [](std::size_t, const ChildResult&) { throw std::runtime_error("disk full"); }),
               std::runtime_error);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

// The child ends only when another thread has had the lock, which it gets only if this one lets go of it while waiting.
TEST(ChildProcesses, OtherThreadsMayEnterWhileOneWaits) {
  int gate[2];
  ASSERT_EQ(pipe(gate), 0);
  std::thread other;
  std::string failure = "not ended";
  {
    const LibraryLock inside;
    const LibraryLock twice;
    std::atomic<bool> waiting = false;
    other = std::thread([&] {
      while (!waiting) std::this_thread::yield();
      const LibraryLock mine;
      EXPECT_EQ(write(gate[1], "x", 1), 1);
    });
    run_in_children(
        1, 60,
        [&]() -> std::optional<std::size_t> {
          return waiting.exchange(true) ? std::nullopt : std::optional<std::size_t>(0);
        },
        [&](std::size_t) {
          char byte = 0;
          return read(gate[0], &byte, 1) == 1 ? std::string(1, byte) : std::string();
        },
        [&](std::size_t, const ChildResult& r) { failure = r.failure; });
    EXPECT_EQ(failure, "");
  }
  other.join();
  close(gate[0]);
  close(gate[1]);
}

TEST(ChildProcesses, OneThreadAtATimeIsInside) {
  int inside = 0, most = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int k = 0; k < 1000; ++k) {
        const LibraryLock lock;
        most = std::max(most, ++inside);
        std::this_thread::yield();
        --inside;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(most, 1);
}

}  // namespace
}  // namespace ternsim
