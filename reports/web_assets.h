#pragma once

#include <string_view>

/// The files of the HTML report, compiled in by reports/embed_web.cmake so that the binary needs nothing beside it.
namespace ternsim::reports::web {

extern const std::string_view page_template;    ///< web/page.html with {{placeholders}}, of every page
extern const std::string_view style;            ///< the style sheets
extern const std::string_view scripts;          ///< the report's scripts, in the order in which they are loaded
extern const std::string_view sweep_scripts;    ///< those of the page of a sweep
extern const std::string_view compare_scripts;  ///< those of the page that compares results
extern const std::string_view echarts;          ///< Apache ECharts, common build, minified, with its licence header
extern const std::string_view licences;         ///< notices and licences of ECharts and of what it contains

}  // namespace ternsim::reports::web
