#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/statistic.h"
#include "sweep/run_sweep.h"
#include "sweep/store.h"
#include "sweep/sweep_file.h"

namespace ternsim::cli {

/// What sweep and front print and write.
struct SweepOutput {
  std::string html;  ///< a file; empty: none
  std::size_t rows = 20;
  bool json = false;
};

/// Prints a sweep's front, and what its run did where there was one; writes the page. `run`: the block of wall times.
void print_sweep(const sweep::Sweep& sweep, const sweep::Store& store, const std::optional<sweep::RunSummary>& summary,
                 StatisticNode run, const SweepOutput& output);

}  // namespace ternsim::cli
