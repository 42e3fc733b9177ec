#include "explore/isolated_run.h"

#include <fmt/format.h>

#include <chrono>
#include <new>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <systemc>
#include <utility>

#include "base/child_processes.h"
#include "base/error.h"
#include "base/progress.h"
#include "sim/kernel.h"

namespace ternsim::explore {

using nlohmann::json;

namespace {

json to_json(const sim::UnitAccounting& a) { return {{"busy", a.busy}, {"idle", a.idle}, {"stalls", a.stalls}}; }

sim::UnitAccounting accounting_from(const json& j) {
  sim::UnitAccounting a;
  j.at("busy").get_to(a.busy);
  j.at("idle").get_to(a.idle);
  j.at("stalls").get_to(a.stalls);
  return a;
}

json to_json(const energy::ActionCounts& counts) {
  json out = json::array();
  for (const auto& [key, count] : counts.counts)
    out.push_back({static_cast<int>(key.part), static_cast<int>(key.action), key.width_bits, count});
  return out;
}

energy::ActionCounts counts_from(const json& j) {
  energy::ActionCounts counts;
  for (const json& c : j)
    counts.add(static_cast<energy::Part>(c.at(0).get<int>()), static_cast<energy::Action>(c.at(1).get<int>()),
               c.at(2).get<int>(), c.at(3).get<std::uint64_t>());
  return counts;
}

json to_json(const sim::OperatorTable& operators) {
  json out = json::array();
  for (const sim::OperatorWork& work : operators)
    out.push_back({work.macs, work.dram_bytes, work.dma_stalled, work.busy});
  return out;
}

sim::OperatorTable operators_from(const json& j) {
  sim::OperatorTable operators;
  for (const json& o : j) {
    sim::OperatorWork& work = operators.emplace_back();
    o.at(0).get_to(work.macs);
    o.at(1).get_to(work.dram_bytes);
    o.at(2).get_to(work.dma_stalled);
    o.at(3).get_to(work.busy);
  }
  return operators;
}

json to_json(const sim::PhaseResult& phase) {
  json units = json::array();
  for (const sim::UnitAccounting& unit : phase.total.units) units.push_back(to_json(unit));
  return {{"passes", phase.passes},
          {"tokens", phase.tokens},
          {"cycles", phase.total.cycles},
          {"units", units},
          {"sequencer", to_json(phase.total.sequencer)},
          {"counts", to_json(phase.total.counts)},
          {"linear_counts", to_json(phase.total.linear_counts)},
          {"seconds", phase.total.counts.seconds},
          {"dram_bytes", phase.total.dram_bytes},
          {"row_activations", phase.total.row_activations},
          {"row_hits", phase.total.row_hits},
          {"sums_checked", phase.total.sums_checked},
          {"commands", phase.total.commands},
          {"operators", to_json(phase.total.operators)},
          {"mismatch", phase.total.mismatch}};
}

sim::PhaseResult phase_from(const json& j) {
  sim::PhaseResult phase;
  j.at("passes").get_to(phase.passes);
  j.at("tokens").get_to(phase.tokens);
  sim::PassResult& t = phase.total;
  j.at("cycles").get_to(t.cycles);
  for (std::size_t i = 0; i < sim::kUnits; ++i) t.units[i] = accounting_from(j.at("units").at(i));
  t.sequencer = accounting_from(j.at("sequencer"));
  t.counts = counts_from(j.at("counts"));
  t.linear_counts = counts_from(j.at("linear_counts"));
  j.at("seconds").get_to(t.counts.seconds);
  j.at("dram_bytes").get_to(t.dram_bytes);
  j.at("row_activations").get_to(t.row_activations);
  j.at("row_hits").get_to(t.row_hits);
  j.at("sums_checked").get_to(t.sums_checked);
  j.at("commands").get_to(t.commands);
  t.operators = operators_from(j.at("operators"));
  j.at("mismatch").get_to(t.mismatch);
  return phase;
}

json to_json(const TraceSummary& trace) {
  return {{"events", trace.events}, {"last_cycle", trace.last_cycle}, {"complete", trace.complete}};
}

TraceSummary trace_from(const json& j) {
  return {j.at("events").get<std::int64_t>(), j.at("last_cycle").get<std::int64_t>(), j.at("complete").get<bool>()};
}

json to_json(const PassTimeline& timeline) {
  json levels = json::array();
  for (const TimelineLevel& level : timeline.levels) {
    json units = json::array();
    for (const std::vector<TimelineSpan>& spans : level.units) {
      json& unit = units.emplace_back(json::array());
      for (const TimelineSpan& s : spans) unit.push_back({s.name, s.start, s.end, s.busy, s.stalls});
    }
    levels.push_back({level.name, level.title, std::move(units)});
  }
  const model::Pass& pass = timeline.pass;
  return {timeline.index, pass.tokens, pass.context, pass.batch, timeline.cycles, std::move(levels)};
}

PassTimeline timeline_from(const json& j) {
  PassTimeline timeline;
  j.at(0).get_to(timeline.index);
  timeline.pass = {j.at(1).get<std::int64_t>(), j.at(2).get<std::int64_t>(), j.at(3).get<std::int64_t>()};
  j.at(4).get_to(timeline.cycles);
  for (const json& l : j.at(5)) {
    TimelineLevel& level = timeline.levels.emplace_back();
    l.at(0).get_to(level.name);
    l.at(1).get_to(level.title);
    for (std::size_t u = 0; u < sim::kUnits; ++u)
      for (const json& s : l.at(2).at(u))
        level.units[u].push_back({s.at(0).get<std::string>(), s.at(1).get<sim::Cycle>(), s.at(2).get<sim::Cycle>(),
                                  s.at(3).get<sim::Cycle>(), s.at(4).get<sim::StallCycles>()});
  }
  return timeline;
}

std::string run_child(const sim::AcceleratorConfig& accelerator, const model::Graph& graph,
                      const sim::Workload& workload, sim::SimulationInput input,
                      const std::optional<TraceOptions>& trace, bool timelines) {
  const auto failure = [](const char* kind, const std::exception& e) {
    return json{{"error", kind}, {"message", e.what()}}.dump(-1, ' ', true, json::error_handler_t::replace);
  };
  sim::quiet_kernel();
  try {
    std::optional<TraceWriter> writer;
    std::optional<TimelineRecorder> recorder;
    if (trace && timelines) throw RequestError("a simulation gives a trace or timelines, not both at once");
    if (trace) input.timeline = &writer.emplace(*trace, accelerator, graph);
    if (timelines) input.timeline = &recorder.emplace(graph, typical_passes(workload));
    constexpr double kSteps = 10'000;
    Progress progress(fmt::format("simulating {}", accelerator.name), static_cast<std::uint64_t>(kSteps));
    std::uint64_t shown = 0;
    const auto start = std::chrono::steady_clock::now();
    const sim::SimulationResult result = sim::simulate(accelerator, graph, workload, input, [&](double share) {
      const auto done = static_cast<std::uint64_t>(share * kSteps);
      if (done > shown) progress.advance(done - std::exchange(shown, done));
    });
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    json out{
        {"prefill", to_json(result.prefill)}, {"decode", to_json(result.decode)}, {"wall_seconds", seconds.count()}};
    if (writer) out["trace"] = to_json(writer->finish());
    if (recorder)
      for (const PassTimeline& timeline : recorder->passes()) out["timelines"].push_back(to_json(timeline));
    return out.dump();
  } catch (const RequestError& e) {
    return failure("request", e);
  } catch (const InputError& e) {
    return failure("input", e);
  } catch (const MismatchError& e) {
    return failure("mismatch", e);
  } catch (const std::bad_alloc& e) {
    return failure("memory", e);
  } catch (const std::exception& e) {
    return failure("other", e);
  }
}

}  // namespace

sim::SimulationResult simulate_isolated(const sim::AcceleratorConfig& accelerator, const model::Graph& graph,
                                        const sim::Workload& workload, const sim::SimulationInput& input) {
  return run_isolated(accelerator, graph, workload, input, std::nullopt).result;
}

IsolatedRun run_isolated(const sim::AcceleratorConfig& accelerator, const model::Graph& graph,
                         const sim::Workload& workload, const sim::SimulationInput& input,
                         const std::optional<TraceOptions>& trace, bool timelines) {
  if (sc_core::sc_start_of_simulation_invoked() || !sc_core::sc_get_top_level_objects().empty())
    throw RequestError("simulations in child processes must come before SystemC is elaborated in this one");
  ChildResult child;
  bool begun = false;
  run_in_children(
      1, 0, [&] { return std::exchange(begun, true) ? std::nullopt : std::optional<std::size_t>(0); },
      [&](std::size_t) { return run_child(accelerator, graph, workload, input, trace, timelines); },
      [&](std::size_t, ChildResult ended) { child = std::move(ended); });
  if (!child.failure.empty())
    throw std::runtime_error(fmt::format("the simulation of {} {}", accelerator.name, child.failure));
  const json result = json::parse(child.output, nullptr, false);
  if (result.is_discarded() || !result.is_object())
    throw std::runtime_error(fmt::format("the simulation of {} ended without a result", accelerator.name));
  if (result.contains("error")) {
    const auto kind = result.at("error").get<std::string>();
    const auto message = result.at("message").get<std::string>();
    if (kind == "request") throw RequestError(message);
    if (kind == "input") throw InputError(message);
    if (kind == "mismatch") throw MismatchError(message);
    if (kind == "memory") throw std::bad_alloc();
    throw std::runtime_error(message);
  }
  IsolatedRun run{{phase_from(result.at("prefill")), phase_from(result.at("decode"))},
                  result.at("wall_seconds").get<double>(),
                  std::nullopt,
                  {}};
  for (const sim::PhaseResult* phase : {&run.result.prefill, &run.result.decode})
    if (!phase->total.mismatch.empty()) throw MismatchError(phase->total.mismatch);
  if (result.contains("trace")) run.trace = trace_from(result.at("trace"));
  if (result.contains("timelines"))
    for (const json& timeline : result.at("timelines")) run.timelines.push_back(timeline_from(timeline));
  return run;
}

}  // namespace ternsim::explore
