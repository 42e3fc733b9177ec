#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/statistic.h"
#include "energy/accelergy_table.h"
#include "energy/action_counts.h"
#include "energy/technology.h"

namespace ternsim::energy {

/// What one action costs.
struct Rate {
  double joules = 0;            ///< per unit of the count (operation or bit)
  Tier tier = Tier::Simulated;  ///< weakest of the constants and of how they are combined
  std::set<std::string> constants;
};

/// One line of the account: a count, its rate, their product.
struct Contribution {
  ActionKey key;
  std::uint64_t count = 0;
  Rate rate;
  double joules = 0;
};

struct PartEnergy {
  double joules = 0;
  Tier tier = Tier::Simulated;  ///< weakest over the part's contributions; counts themselves are simulated
};

/// Joules of one phase by part. Every Part is present, one that did nothing with 0 J.
struct EnergyBreakdown {
  std::string technology;  ///< name of the technology file
  std::string dram_type;
  Corner corner = Corner::Mid;
  std::map<Part, PartEnergy> parts;
  std::vector<Contribution> contributions;  ///< all but leakage, in the order of the counts
  std::set<std::string> constants;          ///< names of all constants that went in

  double joules() const;
  Tier tier() const;
};

/// Energies that take the place of a technology file's.
struct ReferencePrices {
  EnergyReferenceTable table;
  double clock_hz = 0;  ///< leakage is priced by the cycle
};

struct PartArea {
  double square_metres = 0;
  Tier tier = Tier::Exact;
};

/// Joules and square metres of a machine: sum(count x constant), nothing hidden.
///
/// Integer widths between and around the published 8 and 32 bits follow `linear_by_width` (adds) and `power_by_width`
/// (multiplications); SRAM follows `log_by_size` of the whole buffer of a part, per bit moved whatever the access
/// width; a ROM is priced as a multiple of an SRAM of its size. Leakage is area x density x simulated seconds; DRAM
/// dies, pads and wires have no area here.
///
/// With `prices` every energy is the table's, the same at each corner and of tier `assumed`, as a table does not say
/// where its figures come from; each component that it lets leak leaks in every cycle. Areas stay the technology's.
class EnergyModel {
 public:
  /// `dram_type`: one of `dram_types()`, or "none" for a machine without. Throws RequestError on another one, or on an
  /// inventory with an operator that has no area (memory accesses and gated adds are no operators of their own), and
  /// InputError on `prices` without the leakage of a part that has area.
  EnergyModel(Technology technology, Inventory inventory, std::string dram_type,
              std::optional<ReferencePrices> prices = {});

  /// "lpddr5x", "lpddr5", ...: the accepted DRAM types, "none" included.
  static std::vector<std::string> dram_types();

  /// Throws RequestError on a count that no constant covers (naming part, action and width), on negative or non-finite
  /// seconds, and on actions of Part::Leakage. Counts of zero cost nothing and need no constant.
  EnergyBreakdown evaluate(const ActionCounts& counts, Corner corner) const;
  /// The price of one action; the same errors.
  Rate rate(const ActionKey& key, Corner corner) const;
  /// Area by part, operators, SRAM and ROM; Part::Dram and Part::Leakage have none. A lower bound: no control, clock
  /// tree, registers outside of operators, wiring or pads.
  const std::map<Part, PartArea>& area() const { return area_; }
  double square_metres() const;
  /// Names of the constants that the area is made of.
  const std::set<std::string>& area_constants() const { return area_constants_; }

  const Technology& technology() const { return technology_; }
  const Inventory& inventory() const { return inventory_; }
  const std::string& dram_type() const { return dram_type_; }
  /// The table that prices this machine, or nullptr: the technology does.
  const EnergyReferenceTable* prices() const { return prices_ ? &prices_->table : nullptr; }

 private:
  Rate memory_read_rate(const ActionKey& key, Corner corner) const;
  Rate dram_rate(const ActionKey& key, Corner corner) const;
  PartEnergy leakage(double seconds, Corner corner, std::set<std::string>& constants) const;
  void add_operator_areas();
  void add_memory_areas();

  Technology technology_;
  Inventory inventory_;
  std::string dram_type_;
  std::optional<ReferencePrices> prices_;
  std::map<Part, PartArea> area_;
  std::set<std::string> area_constants_;
};

}  // namespace ternsim::energy
