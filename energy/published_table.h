#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/statistic.h"
#include "energy/technology.h"
#include "model/shape.h"

namespace ternsim::energy {

/// One row of a published energy table.
struct PublishedEntry {
  enum class Arithmetic { Fp16, BitNet };
  std::string name;
  Arithmetic arithmetic = Arithmetic::Fp16;
  double joules = 0;        ///< as printed, per pass over all tokens
  model::ModelShape shape;  ///< dimensions only
};

/// A published table of operation-level energies, `configs/published/energy_2b4t.yaml`.
struct PublishedTable {
  std::string source;       ///< paper, table, column
  std::int64_t tokens = 0;  ///< of one pass
  int decimals = 0;         ///< digits printed after the point
  std::vector<PublishedEntry> entries;
};

/// Throws InputError on anything missing, unknown or out of range.
PublishedTable load_published_table(const std::filesystem::path& path);

/// The entry by the formulas of `energy/analytic.h`, in joules per pass, unrounded.
double analytic_joules(const PublishedEntry& entry, const PublishedTable& table, const Technology& technology);
/// Whether two energies print alike with that many decimals.
bool prints_alike(double a, double b, int decimals);

/// Node "published_energy": per entry the printed joules, ours, and whether they print alike; for BitNet entries also
/// attention's share. Every description says that the figures are per pass and arithmetic only.
StatisticNode published_table_node(const PublishedTable& table, const Technology& technology);

}  // namespace ternsim::energy
