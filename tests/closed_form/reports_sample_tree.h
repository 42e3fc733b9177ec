#pragma once

#include "base/statistic.h"

namespace ternsim::reports {

/// A synthetic tree with the layout of a real one (three machines, both phases, constants). Its numbers are made up to
/// fill the page and mean nothing.
StatisticNode sample_tree();

/// A tree with few of the nodes that the page knows, and one that it does not.
StatisticNode small_tree();

/// Text that would run a script, fetch an image or end its element if any writer put it in as markup.
inline constexpr const char* hostile_text =
    "</script><script>document.title='pwned'</script><img src=x onerror=\"document.title='pwned'\"> {{echarts}} ]]> "
    "<!-- \xE2\x80\xA8 & \" ' \x1b[31m \xFF";

}  // namespace ternsim::reports
