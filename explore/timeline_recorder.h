#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/program/workload.h"
#include "sim/timeline.h"

namespace ternsim::explore {

/// What one unit did for one section of a pass: a block of tokens, a layer or an operator. In cycles since the pass
/// began: from `start`, when the unit had nothing before the section's first command, to `end`, when it was free again.
/// Cycles that are neither busy nor stalled are those in which none of its commands had been issued.
struct TimelineSpan {
  std::string name;
  sim::Cycle start = 0;
  sim::Cycle end = 0;
  sim::Cycle busy = 0;
  sim::StallCycles stalls{};  ///< by cause
};

/// A stretch of a pass, cut into sections. Spans of a unit are in order of time and do not overlap.
struct TimelineLevel {
  std::string name;                                          ///< "blocks", "layers", "operators"
  std::string title;                                         ///< for people
  std::array<std::vector<TimelineSpan>, sim::kUnits> units;  ///< by Unit
};

/// One pass, at two or three grains.
struct PassTimeline {
  std::int64_t index = 0;  ///< of the workload's passes, from 0
  model::Pass pass;
  sim::Cycle cycles = 0;
  /// The first covers the whole pass: its blocks of tokens, where there are several, else its layers. Then the layers
  /// of the block in the middle, and last the operators of the layer in the middle of that.
  std::vector<TimelineLevel> levels;
};

/// Sums up some passes of a simulation. What it keeps grows with the operators of a pass, not with its commands.
class TimelineRecorder : public sim::Timeline {
 public:
  /// A level has no more sections than this: neighbours become one, such as "layer_0_to_layer_1".
  static constexpr std::size_t kMostSections = 64;

  /// `passes`: the indices of those that are recorded. `graph` must outlive the recorder.
  TimelineRecorder(const model::Graph& graph, std::vector<std::int64_t> passes);

  void begin_pass(const model::Pass& pass, sim::Cycle start) override;
  void end_pass(sim::Cycle end) override;
  void on_command(const sim::CommandSpan& span) override;
  void on_issue(const sim::IssueSpan&) override {}

  /// The recorded passes that have ended, in order.
  const std::vector<PassTimeline>& passes() const { return done_; }

 private:
  /// Commands of one unit, one behind the other, that work on the same.
  struct Run {
    std::int64_t block = 0;  ///< first token of the block
    std::int32_t op = 0;
    std::int32_t expert = -1;
    bool store = false;  ///< of keys and values, which comes later than the rest of its operator
    std::int32_t first_command = 0;
    TimelineSpan span;
  };
  using Runs = std::array<std::vector<Run>, sim::kUnits>;

  const model::Op& op_of(const Run& run) const { return graph_.ops[static_cast<std::size_t>(run.op)]; }
  /// `section_of` gives a run's section by name, empty for one that is not in the level.
  template <typename SectionOf>
  TimelineLevel level(std::string name, std::string title, SectionOf section_of) const;
  std::string layer_section(const Run& run) const;

  const model::Graph& graph_;
  std::vector<std::int64_t> wanted_;
  bool recording_ = false;
  std::int64_t index_ = -1;
  sim::Cycle start_ = 0;
  model::Pass pass_;
  std::int64_t last_block_ = 0;
  Runs runs_;
  std::vector<PassTimeline> done_;
};

/// The passes of a workload that stand for the others: its prefill, and the decode pass in the middle.
std::vector<std::int64_t> typical_passes(const sim::Workload& workload);

}  // namespace ternsim::explore
