#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "base/statistic.h"

namespace ternsim::reports {

/// How many results compare_results takes, and how many machines may be in them together.
inline constexpr std::size_t kMostRuns = 16;
inline constexpr std::size_t kMostMachines = 64;

/// Results that are compared.
struct ComparedRun {
  std::string name;  ///< for tables
  std::string file;  ///< for messages
  StatisticNode root;
};

/// Several results side by side, as a results tree:
///   runs, baseline, keys_equal, keys_different, and a `note_...` for what makes them hard to compare: different
///   models,
///     workloads, constants or versions of this program
///   machines         a row per machine: what it is, its size, and what it lacks that another one has
///   prefill, decode  tables with a row per machine:
///     figures        speed, energy, power, utilisation and traffic
///     ratios         the same over those of the baseline; of J/token, each end of the range over the same end
///     energy         J/token with its range, and its parts with every constant at mid
///     matrix_cycles, matrix_shares, dma_cycles, dma_shares  of those units by state, and over all cycles
///   configuration    a row per key whose value differs or that not all have, with a column per run; at most 500
/// A machine is called as its run, or "RUN:MACHINE" where a run has several. Rows lack what their results lack; a state
/// that a unit does not name is 0 where those named add up to the total. Nothing else is computed.
/// `baseline`: a run, whose first machine it is then, or a machine; empty: the first run.
/// Throws RequestError on fewer than 2 or more than kMostRuns runs, a name given twice or that no node can have, an
/// unknown baseline, or more than kMostMachines; InputError on results without a machine that ran a phase.
StatisticNode compare_results(std::span<const ComparedRun> runs, const std::string& baseline = "");

}  // namespace ternsim::reports
