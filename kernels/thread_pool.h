#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace ternsim::kernels {

/// A fixed set of threads that share the work of one call at a time; the caller is one of them. Threads split work into
/// whole rows, never a reduction, so results do not depend on their number.
///
/// A thread takes the next part when it is free: where another program holds a processor, the call does not wait for a
/// thread that has taken nothing yet. A thread that waits spins for a short while before it sleeps: calls that follow
/// each other within some ten microseconds, as those of a decode step do, cost well under two. With more threads than
/// processors none spins.
///
/// Calls come from one thread at a time and do not nest.
class ThreadPool {
 public:
  /// `threads` in all, the caller included; 1 starts none. Throws std::invalid_argument unless 1 to 1024.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  /// Runs body(part) for part = 0 ... threads() - 1, each once, on any of the threads, and returns when all have ended.
  /// An exception of the lowest part that threw is thrown on.
  void run(const std::function<void(int)>& body);

  /// Runs body() once on each of the threads, the caller included: for what belongs to a thread. `run` may give all
  /// parts to one. Returns when all have ended; of exceptions one is thrown on.
  void on_every_thread(const std::function<void()>& body);

  /// body(begin, end) over contiguous pieces of [0, count), cut at multiples of `grain`: at most `pieces` (1 to 32) for
  /// each thread.
  void parallel_for(std::int64_t count, std::int64_t grain, const std::function<void(std::int64_t, std::int64_t)>& body,
                    int pieces = 1);

 private:
  void work();
  void stop();
  void run_parts(std::uint32_t parts, const std::function<void(int)>& body);
  void take_parts();

  // Own cache lines: each is written by one side while the other spins on it.
  alignas(64) std::atomic<std::uint64_t> ticket_{0};  ///< round (32 bits), parts (16), next part (16)
  alignas(64) std::atomic<std::uint32_t> round_{0};   ///< what sleeping threads wait for
  alignas(64) std::atomic<std::uint32_t> left_{0};    ///< parts that have not ended
  alignas(64) const std::function<void(int)>* body_ = nullptr;
  std::atomic<bool> stop_{false};
  int spins_ = 0;
  std::mutex error_mutex_;
  std::exception_ptr error_;  ///< of `error_part_`
  int error_part_ = 0;
  std::vector<std::thread> workers_;
};

}  // namespace ternsim::kernels
