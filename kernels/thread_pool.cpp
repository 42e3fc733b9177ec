#include "kernels/thread_pool.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace ternsim::kernels {

namespace {

/// Longest time that a waiting thread keeps its processor, in pauses: 50 to 100 us. A sleeping thread takes tens of
/// microseconds to wake, so it must outlast what a decode step does between two products.
constexpr int kSpins = 2000;

inline void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Until `value` is no longer `old`.
std::uint32_t await_change(const std::atomic<std::uint32_t>& value, std::uint32_t old, int spins) {
  for (int i = 0; i < spins; ++i) {
    const std::uint32_t now = value.load(std::memory_order_acquire);
    if (now != old) return now;
    pause();
  }
  value.wait(old, std::memory_order_acquire);
  return value.load(std::memory_order_acquire);
}

}  // namespace

ThreadPool::ThreadPool(int threads) {
  if (threads < 1 || threads > 1024) throw std::invalid_argument("ThreadPool: 1 to 1024 threads");
  if (static_cast<unsigned>(threads) <= std::thread::hardware_concurrency()) spins_ = kSpins;
  workers_.reserve(static_cast<std::size_t>(threads - 1));
  try {
    for (int i = 1; i < threads; ++i) workers_.emplace_back([this] { work(); });
  } catch (...) {
    stop();
    throw;
  }
}

ThreadPool::~ThreadPool() { stop(); }

void ThreadPool::stop() {
  stop_ = true;
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::work() {
  for (std::uint32_t seen = 0; !stop_;) {
    seen = await_change(round_, seen, spins_);
    take_parts();
  }
}

/// Takes parts of whatever round is on until none is left. A ticket says all that is needed to take one; `body_` is
/// looked at only after, when the round cannot end without this part.
void ThreadPool::take_parts() {
  std::uint64_t ticket = ticket_.load(std::memory_order_acquire);
  while (true) {
    const auto part = static_cast<std::uint32_t>(ticket & 0xffff);
    if (part >= ((ticket >> 16) & 0xffff)) return;
    if (!ticket_.compare_exchange_weak(ticket, ticket + 1, std::memory_order_acq_rel, std::memory_order_acquire)) {
      continue;
    }
    try {
      (*body_)(static_cast<int>(part));
    } catch (...) {
      const std::lock_guard lock(error_mutex_);
      if (!error_ || static_cast<int>(part) < error_part_) {
        error_ = std::current_exception();
        error_part_ = static_cast<int>(part);
      }
    }
    if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) left_.notify_one();
    ticket = ticket_.load(std::memory_order_acquire);
  }
}

void ThreadPool::run_parts(std::uint32_t parts, const std::function<void(int)>& body) {
  body_ = &body;
  left_.store(parts, std::memory_order_relaxed);
  const std::uint32_t round = round_.load(std::memory_order_relaxed) + 1;
  ticket_.store(std::uint64_t{round} << 32 | std::uint64_t{parts} << 16, std::memory_order_release);
  round_.store(round, std::memory_order_release);
  round_.notify_all();
  take_parts();
  for (std::uint32_t left = left_.load(std::memory_order_acquire); left != 0;) {
    left = await_change(left_, left, spins_);
  }
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

void ThreadPool::run(const std::function<void(int)>& body) {
  if (workers_.empty()) return body(0);
  run_parts(static_cast<std::uint32_t>(threads()), body);
}

void ThreadPool::on_every_thread(const std::function<void()>& body) {
  const auto all = static_cast<std::uint32_t>(threads());
  std::atomic<std::uint32_t> arrived{0};
  // A thread keeps its part until every part is taken, so that none takes two.
  const auto meet = [&] {
    if (arrived.fetch_add(1, std::memory_order_acq_rel) + 1 == all) arrived.notify_all();
    for (std::uint32_t now = arrived.load(std::memory_order_acquire); now != all;) {
      now = await_change(arrived, now, spins_);
    }
  };
  run([&](int) {
    try {
      body();
    } catch (...) {
      meet();
      throw;
    }
    meet();
  });
}

void ThreadPool::parallel_for(std::int64_t count, std::int64_t grain,
                              const std::function<void(std::int64_t, std::int64_t)>& body, int pieces) {
  if (count <= 0) return;
  const std::int64_t grains = (count + grain - 1) / grain;
  const std::int64_t parts = std::min<std::int64_t>(std::int64_t{threads()} * pieces, grains);
  if (workers_.empty() || parts == 1) return body(0, count);
  // One captured reference: std::function holds it without an allocation.
  const auto piece = [&](int part) {
    body(grains * part / parts * grain, std::min(count, grains * (part + 1) / parts * grain));
  };
  run_parts(static_cast<std::uint32_t>(parts), [&piece](int part) { piece(part); });
}

}  // namespace ternsim::kernels
