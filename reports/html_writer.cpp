#include "reports/html_writer.h"

#include "reports/json_writer.h"
#include "reports/page_fill.h"
#include "reports/web_assets.h"

namespace ternsim::reports {

std::string html_report(const StatisticNode& root) {
  return page_of({root.title.empty() ? root.name : root.title, "results.json and results.csv beside this page",
                  json_for_page(root), web::scripts});
}

}  // namespace ternsim::reports
