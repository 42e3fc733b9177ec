#include <filesystem>

#include "cli/data_paths.h"
#include "cli/model_options.h"
#include "cli/options.h"
#include "cli/output.h"
#include "model/inspection.h"
#include "reports/json_writer.h"
#include "reports/text_writer.h"

namespace ternsim::cli {

int run_inspect(const InspectOptions& options) {
  const std::filesystem::path path = find_weights(options.model);
  const model::ModelFacts facts = model::inspect_model(path, load_options(options.read, path));
  const StatisticNode node = model::statistics_of(facts, options.json);
  if (options.json) {
    print_all(reports::json_report(node));
    return kOk;
  }
  constexpr reports::TextLimits kWhole{.lines = 10, .columns = 1000};  // an oddity is read to its end
  print_all(reports::text_report(node, kWhole) + "\n" + model::tensor_table(facts));
  return kOk;
}

}  // namespace ternsim::cli
