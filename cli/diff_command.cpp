#include "cli/options.h"
#include "cli/output.h"
#include "reports/json_reader.h"
#include "reports/json_writer.h"
#include "reports/results_diff.h"

namespace ternsim::cli {

int run_diff(const DiffOptions& options) {
  const StatisticNode diff = reports::diff_results({options.a, reports::read_results(options.a)},
                                                   {options.b, reports::read_results(options.b)}, options.rows);
  print_all(options.json ? reports::json_report(diff) : reports::diff_text(diff));
  return options.exit_code && !reports::equal_results(diff) ? kDifferent : kOk;
}

}  // namespace ternsim::cli
