#pragma once

#include "base/statistic.h"
#include "explore/timeline_recorder.h"

namespace ternsim::explore {

/// Node "timeline" of a phase: `pass`, `tokens`, `context`, `batch` and `cycles` of the pass that it shows. One child
/// per level, in it one per unit that has anything to do, in that one row per span: `start`, `end`, `busy`, and
/// `stall_<cause>` for each cause that occurred. Over the first level busy and stalls add up to those of the unit in
/// that pass.
StatisticNode timeline_node(const PassTimeline& timeline);

}  // namespace ternsim::explore
