#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace ternsim::model {

/// Work that is spread over threads, job by job in the order in which it was added, whichever thread is free. Jobs
/// touch nothing in common.
class LoadJobs {
 public:
  /// `bytes` is how much it moves about: few bytes in all are not worth a thread.
  void add(std::uint64_t bytes, std::function<void()> job) {
    bytes_ += bytes;
    jobs_.push_back(std::move(job));
  }
  /// Runs all of them and forgets them. After a job that throws no later one starts; the error of the first such job in
  /// order is thrown on. `threads` 0 stands for the number of processors.
  void run(int threads);

 private:
  std::uint64_t bytes_ = 0;
  std::vector<std::function<void()>> jobs_;
};

}  // namespace ternsim::model
