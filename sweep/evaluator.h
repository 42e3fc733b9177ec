#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "sweep/design.h"
#include "sweep/store.h"

namespace ternsim::sweep {

/// Simulates designs in child processes and stores what comes of them; designs that are in the store already are left
/// out, and each design is simulated once.
class Evaluator {
 public:
  struct Options {
    int processes = 1;
    double timeout_seconds = 0;  ///< of one design
    bool retry_failed = false;   ///< simulate designs again whose point holds an error
  };
  Evaluator(Designs& designs, Store& store, const Options& options)
      : designs_(designs), store_(store), options_(options) {}

  /// Takes designs from `next` until it gives none; `progress` hears of each point that was computed.
  void run(const std::function<std::optional<Settings>()>& next, const std::function<void()>& progress);

  /// Whether run() would simulate it.
  bool wants(const std::string& canonical) const;
  std::uint64_t computed() const { return computed_; }
  std::uint64_t failed() const { return failed_; }

 private:
  void keep(Point point, const std::function<void()>& progress);

  Designs& designs_;
  Store& store_;
  Options options_;
  std::uint64_t computed_ = 0;
  std::uint64_t failed_ = 0;  // of those
};

}  // namespace ternsim::sweep
