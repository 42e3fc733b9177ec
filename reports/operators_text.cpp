#include "reports/operators_text.h"

#include <fmt/format.h>

#include <set>

#include "base/quantity.h"
#include "reports/clean_text.h"
#include "reports/table_text.h"
#include "reports/wrapped_text.h"

namespace ternsim::reports {

std::string operators_text(const StatisticNode& costs) {
  std::string out;
  for (const Statistic& s : costs.statistics)
    out += wrapped_text(fmt::format("{}: {}", s.name, printable_text(for_people(s))), kTerminalColumns - 2, 2) + "\n";
  std::set<std::string> said;
  for (const StatisticNode& table : costs.children) {
    out += fmt::format("\n{}\n{}", printable_text(table.title), table_text(table));
    for (const Statistic& row : table.statistics)
      if (said.insert(row.name).second)
        out += "    " +
               wrapped_text(fmt::format("{}: {}", row.name, printable_text(for_people(row))), kTerminalColumns - 6, 6) +
               "\n";
  }
  return out;
}

}  // namespace ternsim::reports
