#include "base/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace ternsim {

namespace {

bool silent = false;

}  // namespace

Progress::Progress(std::string label, std::uint64_t total)
    : label_(std::move(label)),
      total_(std::max<std::uint64_t>(total, 1)),
      terminal_(!silent && isatty(STDERR_FILENO) != 0),
      start_(Clock::now()),
      last_(start_) {}

Progress::~Progress() {
  if (drawn_) fmt::print(stderr, "\r\033[K");
}

void Progress::silence() { silent = true; }

void Progress::advance(std::uint64_t steps) {
  done_ += steps;
  if (!terminal_) return;
  const auto now = Clock::now();
  const double elapsed_s = std::chrono::duration<double>(now - start_).count();
  if (elapsed_s < 2.0 || std::chrono::duration<double>(now - last_).count() < 0.1) return;
  last_ = now;
  drawn_ = true;
  const double share = std::min(1.0, static_cast<double>(done_) / static_cast<double>(total_));
  // A day is as much as the line can say; beyond, the cast could overflow.
  const auto left_s = static_cast<int>(share > 0 ? std::min(elapsed_s * (1 - share) / share, 86400.0) : 0);
  const auto filled = static_cast<std::size_t>(share * 30);
  fmt::print(stderr, "\r\033[K{} [{}{}] {:3.0f}% ETA {}:{:02}", label_, std::string(filled, '#'),
             std::string(30 - filled, '.'), share * 100, left_s / 60, left_s % 60);
  std::fflush(stderr);
}

}  // namespace ternsim
