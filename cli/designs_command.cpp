#include <chrono>

#include "cli/data_paths.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/run_block.h"
#include "explore/published_designs.h"
#include "reports/json_writer.h"
#include "reports/text_writer.h"

namespace ternsim::cli {

int run_designs(const DesignsOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const auto file = options.file.empty() ? data_dir() / "configs" / "published" / "designs.yaml"
                                         : std::filesystem::path(options.file);
  const std::vector<explore::PublishedDesign> designs =
      explore::load_published_designs(file, data_dir() / "configs" / "models");
  const energy::Technology technology = energy::Technology::load(find_config("technologies", options.technology));
  const std::vector<explore::DesignRow> rows = explore::run_published_designs(designs, technology, rtl_configs_path());
  StatisticNode root{"results", "ternsim designs", {}, {}};
  root.children.push_back(run_block(start));
  root.children.push_back(explore::published_designs_node(rows));
  print_all(options.json ? reports::json_report(root) : reports::text_report(root));
  return explore::reproduced(rows) ? kOk : kMismatch;
}

}  // namespace ternsim::cli
