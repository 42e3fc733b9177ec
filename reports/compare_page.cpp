#include "reports/compare_page.h"

#include "reports/json_writer.h"
#include "reports/page_fill.h"
#include "reports/web_assets.h"

namespace ternsim::reports {

std::string compare_page(const StatisticNode& comparison) {
  return page_of({comparison.title, "what ternsim compare --json prints of the same results", json_for_page(comparison),
                  web::compare_scripts});
}

}  // namespace ternsim::reports
