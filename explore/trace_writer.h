#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "sim/program/accelerator_config.h"
#include "sim/timeline.h"

namespace ternsim::explore {

/// Which part of a simulation a trace holds: first <= x < last, x counting either cycles of simulated time or passes.
/// A command is in when any of its cycles is.
struct TraceWindow {
  bool passes = false;
  std::int64_t first = 0;
  std::int64_t last = std::numeric_limits<std::int64_t>::max();

  /// "1000:2000": cycles; "p0:p2": passes. Throws RequestError on anything else, and where nothing is between.
  static TraceWindow parse(const std::string& text);
};

struct TraceOptions {
  std::filesystem::path path;
  TraceWindow window;
  std::int64_t max_events = 250'000;  ///< about 200 bytes each; what comes after is left out
};

/// What a trace came out as.
struct TraceSummary {
  std::int64_t events = 0;
  std::int64_t last_cycle = 0;  ///< end of the last slice written
  bool complete = true;         ///< false: the window has more than max_events
};

/// Writes a simulation's timeline as a Chrome trace (the JSON object format of the Trace Event Format, which Perfetto
/// and chrome://tracing open), event by event: one track per unit with a slice per command and per stall, a track of
/// passes, and a counter of DRAM bytes per second. Timestamps are microseconds of simulated time since the first pass
/// began; "cycle" and "cycles" of a slice's args are exact.
///
/// A regular file appears under its name when it is complete.
class TraceWriter : public sim::Timeline {
 public:
  /// Throws RequestError when the file cannot be made.
  TraceWriter(TraceOptions options, const sim::AcceleratorConfig& config, const model::Graph& graph);
  ~TraceWriter() override;
  TraceWriter(const TraceWriter&) = delete;
  TraceWriter& operator=(const TraceWriter&) = delete;

  void begin_pass(const model::Pass& pass, sim::Cycle start) override;
  void end_pass(sim::Cycle end) override;
  void on_command(const sim::CommandSpan& span) override;
  void on_issue(const sim::IssueSpan& span) override;

  /// Ends the file. Throws RequestError when any of it could not be written; nothing is left behind then.
  TraceSummary finish();

 private:
  static constexpr int kPasses = 1;  // track numbers; units follow the sequencer
  static constexpr int kSequencer = 2;
  static constexpr int kFirstUnit = 3;

  bool in_window(sim::Cycle from, sim::Cycle to) const;
  bool room_for_event();
  void put(const std::string& text);
  void header();
  void slice(int track, const std::string& name, const char* category, sim::Cycle from, sim::Cycle to,
             const std::string& details);
  void command_slice(int track, const sim::Command& command, std::int32_t id, sim::Cycle from, sim::Cycle to);
  void stall_slice(int track, sim::Stall cause, const sim::Command& command, std::int32_t id, sim::Cycle from,
                   sim::Cycle to);
  void count_dram(sim::Cycle from, sim::Cycle to, std::int64_t bytes, bool write);
  void dram_rate(sim::Cycle at, double read, double write);
  std::int64_t picoseconds(sim::Cycle cycle) const;
  [[noreturn]] void cannot_write(int error);

  TraceOptions options_;
  std::filesystem::path written_;  // the file that is written to until it is complete
  std::FILE* file_ = nullptr;
  int error_ = 0;
  double clock_hz_;
  std::string accelerator_;
  std::string model_;
  std::vector<std::string> operator_names_;  // as JSON strings, by index into Graph::ops
  sim::Cycle origin_ = -1;
  sim::Cycle pass_start_ = 0;
  std::int64_t pass_ = -1;
  std::string pass_name_;
  sim::Cycle dram_until_ = -1;  // the counter shows a rate up to here
  TraceSummary summary_;
};

}  // namespace ternsim::explore
