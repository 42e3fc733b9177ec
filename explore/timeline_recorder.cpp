#include "explore/timeline_recorder.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "explore/operator_table.h"

namespace ternsim::explore {

using sim::Cycle;

namespace {

void add(TimelineSpan& sum, const TimelineSpan& more) {
  sum.start = std::min(sum.start, more.start);
  sum.end = std::max(sum.end, more.end);
  sum.busy += more.busy;
  for (std::size_t i = 0; i < sim::kStalls; ++i) sum.stalls[i] += more.stalls[i];
}

/// Names of sections in order, and in which group of them each is.
struct Groups {
  std::vector<std::string> names;
  std::map<std::string, std::size_t> group_of;
};

/// `first_commands`: of each section. Neighbours are put together until there are at most `most`.
Groups grouped(const std::map<std::string, std::int32_t>& first_commands, std::size_t most) {
  std::vector<std::string> sections;
  for (const auto& [name, first] : first_commands) sections.push_back(name);
  std::ranges::sort(sections, {}, [&](const std::string& name) { return first_commands.at(name); });
  const std::size_t size = (sections.size() + most - 1) / most;
  Groups out;
  for (std::size_t i = 0; i < sections.size(); ++i) {
    out.group_of[sections[i]] = i / size;
    if (i % size == 0)
      out.names.push_back(sections[i]);
    else if (i % size == size - 1 || i + 1 == sections.size())
      out.names.back() += "_to_" + sections[i];
  }
  return out;
}

}  // namespace

TimelineRecorder::TimelineRecorder(const model::Graph& graph, std::vector<std::int64_t> passes)
    : graph_(graph), wanted_(std::move(passes)) {}

void TimelineRecorder::begin_pass(const model::Pass& pass, Cycle start) {
  ++index_;
  recording_ = std::ranges::find(wanted_, index_) != wanted_.end();
  pass_ = pass;
  start_ = start;
  last_block_ = 0;
  for (std::vector<Run>& runs : runs_) runs.clear();
}

void TimelineRecorder::on_command(const sim::CommandSpan& span) {
  if (!recording_) return;
  const sim::Command& command = *span.command;
  const model::Op& op = graph_.ops[static_cast<std::size_t>(command.op)];
  // What follows the layers works on the last token alone, and comes behind the last block.
  const bool in_block = op.layer >= 0 || op.kind == model::OpKind::Embedding;
  if (in_block) last_block_ = std::max(last_block_, command.token0);
  Run run;
  run.block = in_block ? command.token0 : last_block_;
  run.op = command.op;
  run.expert = command.expert;
  run.store = command.kind == sim::CommandKind::StoreKv;
  run.first_command = span.id;
  run.span = {"", span.reached - start_, span.end - start_, span.end - span.busy_from, span.own};
  if (span.start > span.reached) run.span.stalls[static_cast<std::size_t>(span.waiting)] += span.start - span.reached;
  std::vector<Run>& runs = runs_[static_cast<std::size_t>(command.unit)];
  const auto key = [](const Run& r) { return std::tuple(r.block, r.op, r.expert, r.store); };
  if (!runs.empty() && key(runs.back()) == key(run))
    add(runs.back().span, run.span);
  else
    runs.push_back(std::move(run));
}

template <typename SectionOf>
TimelineLevel TimelineRecorder::level(std::string name, std::string title, SectionOf section_of) const {
  TimelineLevel out{std::move(name), std::move(title), {}};
  std::map<std::string, std::int32_t> first_commands;
  for (const std::vector<Run>& runs : runs_)
    for (const Run& run : runs)
      if (const std::string section = section_of(run); !section.empty()) {
        const auto [at, fresh] = first_commands.emplace(section, run.first_command);
        if (!fresh) at->second = std::min(at->second, run.first_command);
      }
  const Groups groups = grouped(first_commands, kMostSections);
  for (std::size_t u = 0; u < sim::kUnits; ++u) {
    std::map<std::size_t, TimelineSpan> spans;  // by group, which is the order of the program and so of time
    for (const Run& run : runs_[u]) {
      const std::string section = section_of(run);
      if (section.empty()) continue;
      const std::size_t group = groups.group_of.at(section);
      const auto [at, fresh] = spans.emplace(group, run.span);
      if (!fresh) add(at->second, run.span);
      at->second.name = groups.names[group];
    }
    for (auto& [group, span] : spans) out.units[u].push_back(std::move(span));
  }
  return out;
}

std::string TimelineRecorder::layer_section(const Run& run) const {
  const model::Op& op = op_of(run);
  return op.layer < 0 ? role_of(op) : fmt::format("layer_{}", op.layer);
}

void TimelineRecorder::end_pass(Cycle end) {
  if (!recording_) return;
  PassTimeline out{index_, pass_, end - start_, {}};
  std::set<std::int64_t> starts;
  for (const std::vector<Run>& runs : runs_)
    for (const Run& run : runs) starts.insert(run.block);
  const std::vector<std::int64_t> blocks(starts.begin(), starts.end());
  const std::int64_t block = blocks.empty() ? 0 : blocks[blocks.size() / 2];
  const auto tokens_of = [&](std::int64_t first) {
    const auto next = starts.upper_bound(first);
    return std::pair(first, (next == starts.end() ? pass_.tokens : *next) - 1);
  };
  std::string which = "The whole pass";
  if (blocks.size() > 1) {
    out.levels.push_back(level("blocks", "The whole pass, by block of tokens", [&](const Run& run) {
      const model::Op& op = op_of(run);
      if (op.layer < 0 && op.kind != model::OpKind::Embedding) return role_of(op);
      const auto [first, last] = tokens_of(run.block);
      return fmt::format("tokens_{}_to_{}", first, last);
    }));
    const auto [first, last] = tokens_of(block);
    which = fmt::format("The block of tokens {} to {}", first, last);
  }
  out.levels.push_back(level("layers", which + ", by layer",
                             [&](const Run& run) { return run.block == block ? layer_section(run) : std::string(); }));
  std::set<int> layers;
  for (const std::vector<Run>& runs : runs_)
    for (const Run& run : runs)
      if (run.block == block && op_of(run).layer >= 0) layers.insert(op_of(run).layer);
  if (!layers.empty()) {
    const int layer = *std::next(layers.begin(), static_cast<std::ptrdiff_t>(layers.size() / 2));
    out.levels.push_back(level("operators", fmt::format("Layer {} of these, by operator", layer), [&](const Run& run) {
      if (run.block != block || op_of(run).layer != layer) return std::string();
      std::string name = role_of(op_of(run));
      if (run.store) name += "_store";
      if (run.expert >= 0) name += fmt::format("_expert_{}", run.expert);
      return name;
    }));
  }
  done_.push_back(std::move(out));
}

std::vector<std::int64_t> typical_passes(const sim::Workload& workload) {
  std::vector<std::int64_t> passes;
  const std::int64_t prefills = workload.prefill_tokens > 0 ? 1 : 0;
  if (prefills > 0) passes.push_back(0);
  if (workload.decode_tokens > 0) passes.push_back(prefills + workload.decode_tokens / 2);
  return passes;
}

}  // namespace ternsim::explore
