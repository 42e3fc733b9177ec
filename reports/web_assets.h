#pragma once

#include <string_view>

/// The files of the HTML report, compiled in by reports/embed_web.cmake so that the binary needs nothing beside it.
namespace ternsim::reports::web {

extern const std::string_view page_template;        ///< web/page.html with {{placeholders}}
extern const std::string_view sweep_page_template;  ///< web/sweep.html, likewise
extern const std::string_view sweep_scripts;        ///< the scripts of that page
extern const std::string_view style;                ///< the style sheets
extern const std::string_view scripts;              ///< our scripts, in the order in which they are loaded
extern const std::string_view echarts;              ///< Apache ECharts, common build, minified, with its licence header
extern const std::string_view licences;             ///< notices and licences of ECharts and of what it contains

}  // namespace ternsim::reports::web
