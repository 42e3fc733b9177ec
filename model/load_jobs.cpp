#include "model/load_jobs.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>

#include "kernels/thread_pool.h"

namespace ternsim::model {

void LoadJobs::run(int threads) {
  constexpr std::uint64_t kWorthAThread = std::uint64_t{4} << 20;
  constexpr std::uint64_t kMost = 16;  // more wait for the memory anyway
  const auto wanted = static_cast<std::uint64_t>(
      threads > 0 ? threads : static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
  const auto used = static_cast<int>(std::min({wanted, kMost, bytes_ / kWorthAThread + 1}));
  const std::vector<std::function<void()>> jobs = std::exchange(jobs_, {});
  bytes_ = 0;

  // Jobs start in order, so whichever threw first in order has run when no more are started.
  std::vector<std::exception_ptr> errors(jobs.size());
  std::atomic<std::size_t> next{0};
  std::atomic<bool> failed{false};
  const auto body = [&](int) {
    for (std::size_t i = next++; i < jobs.size() && !failed; i = next++) {
      try {
        jobs[i]();
      } catch (...) {
        errors[i] = std::current_exception();
        failed = true;
      }
    }
  };
  if (used == 1)
    body(0);
  else
    kernels::ThreadPool(used).run(body);
  for (const std::exception_ptr& error : errors)
    if (error) std::rethrow_exception(error);
}

}  // namespace ternsim::model
