#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "explore/machine_study.h"

namespace ternsim::explore {

/// A workload of one phase for which machines are held side by side.
struct LadderCase {
  std::string name;   ///< of its node: "decode_512_batch_16"
  std::string title;  ///< for people
  sim::Workload workload;
};

/// Node "ladder_table": the ladders of many machines, a child per case with these tables.
///
/// | table       | rows                                        | columns                                              |
/// |-------------|---------------------------------------------|------------------------------------------------------|
/// | rungs       | machines                                    | J/token of each rung; low and high of the last; floor|
/// | sizes       | machines                                    | rate, area, that of each memory and of the units;
/// tier| | equal_speed | FP16, INT8 and W4A16 beside a ternary one   | what it is, J/token, and the `ratio` of each
/// rung    | | equal_area  | the same with as many rows as its die holds | the same |
///
/// Rungs are called bare (published_arithmetic), widths, sram, units, dram, all (leakage: the whole machine).
/// A machine that cannot run a case, and a baseline that could not be built, is a row of "refused" with the reason;
/// "notes" says which machines are priced as what they are not.
/// `graph` has no weights: zeros are what each workload assumes. `progress` hears which share of all is done; `used`
/// receives the names of the constants that went in. Throws RequestError on a case without tokens.
StatisticNode ladder_table_node(const model::Graph& graph, const energy::Technology& technology,
                                const std::vector<LadderCase>& cases,
                                const std::vector<sim::AcceleratorConfig>& machines, std::set<std::string>& used,
                                const std::function<void(double)>& progress = {});

}  // namespace ternsim::explore
