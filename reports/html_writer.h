#pragma once

#include <string>

#include "base/statistic.h"

namespace ternsim::reports {

/// The tree as one HTML page that needs no network and no file beside it: style, scripts and Apache ECharts are inside,
/// and a Content-Security-Policy forbids every load and every script but these. The tree is embedded as JSON
/// (json_for_page); the page's scripts put all text in as text nodes, so text of a language model stays text. A
/// section whose node is absent is left out. Equal trees give equal bytes. Throws MismatchError when check_tree does.
std::string html_report(const StatisticNode& root);

}  // namespace ternsim::reports
