#include "explore/trace_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <system_error>

#include "base/error.h"

namespace ternsim::explore {

using sim::Command;
using sim::Cycle;
using sim::Stall;
using sim::Unit;

namespace {

std::string json_text(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

/// One end of a window; a leading 'p' is taken off and said in `passes`.
bool parse_end(std::string_view text, bool& passes, std::int64_t& value) {
  passes = text.starts_with('p');
  if (passes) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value >= 0;
}

}  // namespace

TraceWindow TraceWindow::parse(const std::string& text) {
  TraceWindow w;
  const std::size_t colon = text.find(':');
  bool last_passes = false;
  if (colon == std::string::npos || !parse_end(std::string_view(text).substr(0, colon), w.passes, w.first) ||
      !parse_end(std::string_view(text).substr(colon + 1), last_passes, w.last) || last_passes != w.passes)
    throw RequestError(fmt::format(
        "the trace window '{}' is not FIRST:LAST: two cycles as in 0:100000, or two passes as in p0:p2", text));
  if (w.first >= w.last)
    throw RequestError(fmt::format("the trace window '{}' is empty: LAST itself is no longer in it", text));
  return w;
}

TraceWriter::TraceWriter(TraceOptions options, const sim::AcceleratorConfig& config, const model::Graph& graph)
    : options_(std::move(options)),
      written_(options_.path),
      clock_hz_(config.clock_hz),
      accelerator_(config.name),
      model_(graph.shape.name) {
  for (const model::Op& op : graph.ops) operator_names_.push_back(json_text(op.name));
  std::error_code ignored;
  // A device or a pipe is written to as it is; a file is renamed when it is whole.
  const auto status = std::filesystem::status(options_.path, ignored);
  if (std::filesystem::is_directory(status)) cannot_write(EISDIR);
  if (!std::filesystem::exists(status) || std::filesystem::is_regular_file(status)) written_ += ".partial";
  file_ = std::fopen(written_.c_str(), "wb");
  if (file_ == nullptr) cannot_write(errno);
  header();
}

TraceWriter::~TraceWriter() {
  if (file_ == nullptr) return;
  std::fclose(file_);
  std::error_code ignored;
  if (written_ != options_.path) std::filesystem::remove(written_, ignored);
}

void TraceWriter::cannot_write(int error) {
  throw RequestError(fmt::format("cannot write the trace to {}: {}; name a file that can be written",
                                 options_.path.string(), std::strerror(error)));
}

void TraceWriter::put(const std::string& text) {
  // Units run inside SystemC processes, which errors must not cross: finish() throws.
  if (error_ == 0 && std::fwrite(text.data(), 1, text.size(), file_) != text.size()) error_ = errno;
}

void TraceWriter::header() {
  put("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n");
  put(fmt::format("{{\"ph\":\"M\",\"pid\":1,\"name\":\"process_name\",\"args\":{{\"name\":{}}}}}",
                  json_text(fmt::format("{} on {}", model_, accelerator_))));
  const auto track = [&](int number, std::string_view name) {
    put(fmt::format(
        ",\n{{\"ph\":\"M\",\"pid\":1,\"tid\":{0},\"name\":\"thread_name\",\"args\":{{\"name\":\"{1}\"}}}},\n"
        "{{\"ph\":\"M\",\"pid\":1,\"tid\":{0},\"name\":\"thread_sort_index\",\"args\":{{\"sort_index\":{0}}}}}",
        number, name));
  };
  track(kPasses, "passes");
  track(kSequencer, "sequencer");
  for (std::size_t i = 0; i < sim::kUnits; ++i)
    track(kFirstUnit + static_cast<int>(i), sim::name_of(static_cast<Unit>(i)));
}

std::int64_t TraceWriter::picoseconds(Cycle cycle) const {
  return std::llround(static_cast<double>(cycle) * (1e12 / clock_hz_));
}

bool TraceWriter::in_window(Cycle from, Cycle to) const {
  if (options_.window.passes) return pass_ >= options_.window.first && pass_ < options_.window.last;
  return to > options_.window.first && from < options_.window.last;
}

bool TraceWriter::room_for_event() {
  if (summary_.events >= options_.max_events) {
    summary_.complete = false;
    return false;
  }
  ++summary_.events;
  return true;
}

void TraceWriter::slice(int track, const std::string& name, const char* category, Cycle from, Cycle to,
                        const std::string& details) {
  from -= origin_;
  to -= origin_;
  if (from == to || !in_window(from, to) || !room_for_event()) return;
  // Both ends are rounded to picoseconds by themselves, so that slices that touch do not overlap.
  const std::int64_t start = picoseconds(from);
  const std::int64_t length = picoseconds(to) - start;
  put(
      fmt::format(",\n{{\"ph\":\"X\",\"pid\":1,\"tid\":{},\"ts\":{}.{:06},\"dur\":{}.{:06},\"name\":{},\"cat\":\"{}\","
                  "\"args\":{{\"cycle\":{},\"cycles\":{}{}}}}}",
                  track, start / 1'000'000, start % 1'000'000, length / 1'000'000, length % 1'000'000, name, category,
                  from, to - from, details));
  summary_.last_cycle = std::max(summary_.last_cycle, to);
}

void TraceWriter::command_slice(int track, const Command& command, std::int32_t id, Cycle from, Cycle to) {
  const std::string& name = operator_names_[static_cast<std::size_t>(command.op)];
  std::string details = fmt::format(",\"kind\":\"{}\",\"command\":{}", sim::name_of(command.kind), id);
  if (command.bytes != 0) details += fmt::format(",\"bytes\":{}", command.bytes);
  if (command.rows != 0) details += fmt::format(",\"rows\":\"{}+{}\"", command.row0, command.rows);
  if (command.tokens != 0) details += fmt::format(",\"tokens\":\"{}+{}\"", command.token0, command.tokens);
  slice(track, name, "busy", from, to, details);
}

void TraceWriter::stall_slice(int track, Stall cause, const Command& command, std::int32_t id, Cycle from, Cycle to) {
  slice(track, fmt::format("\"stall: {}\"", sim::name_of(cause)), "stall", from, to,
        fmt::format(",\"cause\":\"{}\",\"operator\":{},\"kind\":\"{}\",\"command\":{}", sim::name_of(cause),
                    operator_names_[static_cast<std::size_t>(command.op)], sim::name_of(command.kind), id));
}

void TraceWriter::begin_pass(const model::Pass& pass, Cycle start) {
  if (origin_ < 0) origin_ = start;
  pass_start_ = start;
  ++pass_;
  pass_name_ = json_text(fmt::format("pass {}: {} token{} at context {}, batch {}", pass_, pass.tokens,
                                     pass.tokens == 1 ? "" : "s", pass.context, pass.batch));
}

void TraceWriter::end_pass(Cycle end) {
  dram_rate(dram_until_, 0, 0);
  dram_until_ = -1;
  slice(kPasses, pass_name_, "pass", pass_start_, end, fmt::format(",\"pass\":{}", pass_));
}

void TraceWriter::on_issue(const sim::IssueSpan& span) {
  stall_slice(kSequencer, Stall::QueueFull, *span.command, span.id, span.reached, span.start);
  command_slice(kSequencer, *span.command, span.id, span.start, span.end);
}

void TraceWriter::on_command(const sim::CommandSpan& span) {
  const int track = kFirstUnit + static_cast<int>(span.command->unit);
  stall_slice(track, span.waiting, *span.command, span.id, span.reached, span.start);
  Cycle at = span.start;
  for (std::size_t i = 0; i < sim::kStalls; ++i) {
    stall_slice(track, static_cast<Stall>(i), *span.command, span.id, at, at + span.own[i]);
    at += span.own[i];
  }
  command_slice(track, *span.command, span.id, span.busy_from, span.end);
  if (span.command->unit == Unit::Dma)
    count_dram(span.busy_from, span.end, span.command->bytes, span.command->kind == sim::CommandKind::StoreKv);
}

void TraceWriter::count_dram(Cycle from, Cycle to, std::int64_t bytes, bool write) {
  if (from == to || !in_window(from - origin_, to - origin_)) return;
  if (dram_until_ >= 0 && dram_until_ < from) dram_rate(dram_until_, 0, 0);
  const double rate = static_cast<double>(bytes) / static_cast<double>(to - from) * clock_hz_;
  dram_rate(from, write ? 0 : rate, write ? rate : 0);
  dram_until_ = to;
}

void TraceWriter::dram_rate(Cycle at, double read, double write) {
  if (at < 0 || !room_for_event()) return;
  const std::int64_t time = picoseconds(at - origin_);
  put(
      fmt::format(",\n{{\"ph\":\"C\",\"pid\":1,\"ts\":{}.{:06},\"name\":\"DRAM bytes/s\",\"args\":{{\"read\":{:.0f},"
                  "\"write\":{:.0f}}}}}",
                  time / 1'000'000, time % 1'000'000, read, write));
}

TraceSummary TraceWriter::finish() {
  put(fmt::format(
      "\n],\n\"otherData\":{{\"accelerator\":{},\"model\":{},\"clock_hz\":{},\"complete\":{},\"events\":{},"
      "\"last_cycle\":{}}}}}\n",
      json_text(accelerator_), json_text(model_), clock_hz_, summary_.complete, summary_.events, summary_.last_cycle));
  if (error_ == 0 && std::fflush(file_) != 0) error_ = errno;
  const bool closed = std::fclose(file_) == 0;
  if (error_ == 0 && !closed) error_ = errno;
  file_ = nullptr;
  std::error_code failed;
  if (error_ == 0 && written_ != options_.path) {
    std::filesystem::rename(written_, options_.path, failed);
    error_ = failed.value();
  }
  if (error_ != 0) {
    std::error_code ignored;
    if (written_ != options_.path) std::filesystem::remove(written_, ignored);
    cannot_write(error_);
  }
  return summary_;
}

}  // namespace ternsim::explore
