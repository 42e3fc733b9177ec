#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace ternsim {

/// A progress line with ETA on standard error: drawn only when that is a terminal, only after two seconds, at most ten
/// times a second, and wiped when the object goes.
class Progress {
 public:
  Progress(std::string label, std::uint64_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void advance(std::uint64_t steps = 1);

  /// From here on no line is drawn in this process or its children: standard error is not a library's.
  static void silence();

 private:
  using Clock = std::chrono::steady_clock;
  std::string label_;
  std::uint64_t total_;
  std::uint64_t done_ = 0;
  bool terminal_;
  bool drawn_ = false;
  Clock::time_point start_;
  Clock::time_point last_;
};

}  // namespace ternsim
