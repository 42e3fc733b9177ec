#include "reports/html_writer.h"

#include "base/hash.h"
#include "reports/json_writer.h"
#include "reports/page_fill.h"
#include "reports/web_assets.h"

namespace ternsim::reports {

std::string html_report(const StatisticNode& root) {
  const std::string data = json_for_page(root);
  // The nonce lets exactly our script elements run. It follows from the data, so text inside the data cannot name it,
  // and equal trees still give equal pages.
  Hash hash;
  hash.update(data.data(), data.size());
  const std::string nonce = hash.hex();
  const std::string title = escaped_html(root.title.empty() ? root.name : root.title);
  const std::string licences = escaped_html(web::licences);
  return filled(web::page_template, {{"title", title},
                                     {"nonce", nonce},
                                     {"style", web::style},
                                     {"data", data},
                                     {"echarts", web::echarts},
                                     {"scripts", web::scripts},
                                     {"licences", licences}});
}

}  // namespace ternsim::reports
