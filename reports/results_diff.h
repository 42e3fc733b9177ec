#pragma once

#include <cstddef>
#include <string>

#include "base/statistic.h"

namespace ternsim::reports {

/// One of the two results that are compared.
struct NamedResults {
  std::string name;  ///< of its file
  StatisticNode root;
};

/// What changed from `a` to `b`, as a results tree:
///   equal, configuration_changes, figures_compared, figures_changed, only_in_a, only_in_b
///   configuration  each key whose value differs
///   headline       speed, energy, area, time and traffic of each machine and phase, largest relative change first
///   reasons        per machine and phase, in a sentence: which parts made the change of energy, cycles or area, with a
///                  row below for each part's, state's or block's share of it, largest first
///   figures        the other figures, largest relative change first
///   measured       wall times and what follows from them, which another run of the same command has differently
///   texts, missing what else differs
///
/// At most `rows` rows each, of a reason 10, and 500 keys. The nodes `run` and `timeline` are left out, ladders, which
/// repeat machines, are compared among the other figures, and what is measured makes no two results differ. A relative
/// change is (b - a) / |a|, and absent where a is 0; a share is absent where the parts cancel each other out to a
/// tenth.
StatisticNode diff_results(const NamedResults& a, const NamedResults& b, std::size_t rows = 20);

/// Whether nothing differs but what is measured.
bool equal_results(const StatisticNode& diff);

/// The tree of diff_results for terminals, at most 100 columns wide.
std::string diff_text(const StatisticNode& diff);

}  // namespace ternsim::reports
