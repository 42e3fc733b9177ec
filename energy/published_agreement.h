#pragma once

#include <map>
#include <string_view>
#include <vector>

#include "base/statistic.h"
#include "energy/published_table.h"
#include "energy/technology.h"

namespace ternsim::energy {

/// Technology files by node in nanometres.
using TechnologyByNode = std::map<int, Technology>;

/// Our side of an entry, by the formulas of `energy/analytic.h`: joules per pass or a ratio, unrounded. Throws
/// RequestError where no technology of the entry's node is given.
double analytic_figure(const PublishedEntry& entry, const PublishedTable& table, const TechnologyByNode& technologies);
/// Whether two figures print alike with that many decimals.
bool prints_alike(double a, double b, int decimals);

enum class Agreement {
  Agrees,            ///< in all printed digits, or within the tolerance, as the table has it
  ExplainedDiffers,  ///< not so, but the entry's `printed_as` gives the published digits: still no agreement
  Differs
};
std::string_view name_of(Agreement agreement);

/// A published figure beside ours.
struct ReproducedEntry {
  const PublishedEntry* entry = nullptr;
  double ours = 0;
  Agreement agreement = Agreement::Differs;

  double difference() const { return ours / entry->value - 1; }
};

/// A row for each entry, in order; they refer to the table. Errors as analytic_figure's.
std::vector<ReproducedEntry> reproduce(const PublishedTable& table, const TechnologyByNode& technologies);

/// Rows that agree.
std::size_t agreeing(const std::vector<ReproducedEntry>& rows);
/// Whether as many rows agree as the table promises, and every other one is explained. A table without a promise keeps
/// it always.
bool promise_kept(const PublishedTable& table, const std::vector<ReproducedEntry>& rows);

/// Node of the table's name: source, what the figures contain and per what they are, the promise, and a tabular child
/// "entries" with published figure, ours, difference and verdict.
StatisticNode reproduced_node(const PublishedTable& table, const std::vector<ReproducedEntry>& rows);

}  // namespace ternsim::energy
