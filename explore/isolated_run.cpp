#include "explore/isolated_run.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <systemc>

#include "base/error.h"
#include "base/progress.h"

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
          {"matrix_beats", phase.total.matrix_beats},
          {"sums_checked", phase.total.sums_checked},
          {"commands", phase.total.commands},
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
  j.at("matrix_beats").get_to(t.matrix_beats);
  j.at("sums_checked").get_to(t.sums_checked);
  j.at("commands").get_to(t.commands);
  j.at("mismatch").get_to(t.mismatch);
  return phase;
}

std::string run_child(const sim::AcceleratorConfig& accelerator, const model::Graph& graph,
                      const sim::Workload& workload, const sim::SimulationInput& input) {
  const auto failure = [](const char* kind, const std::exception& e) {
    return json{{"error", kind}, {"message", e.what()}}.dump(-1, ' ', true, json::error_handler_t::replace);
  };
  try {
    Progress progress(fmt::format("simulating {}", accelerator.name), sim::passes_of(workload).size());
    const sim::SimulationResult result =
        sim::simulate(accelerator, graph, workload, input, [&] { progress.advance(); });
    return json{{"prefill", to_json(result.prefill)}, {"decode", to_json(result.decode)}}.dump();
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

void write_all(int fd, const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = write(fd, text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;  // a short result, which the parent refuses
    done += static_cast<std::size_t>(n);
  }
}

std::string read_all(int fd) {
  std::string text;
  char buffer[65536];
  for (;;) {
    const ssize_t n = read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(n));
  }
}

}  // namespace

sim::SimulationResult simulate_isolated(const sim::AcceleratorConfig& accelerator, const model::Graph& graph,
                                        const sim::Workload& workload, const sim::SimulationInput& input) {
  if (sc_core::sc_start_of_simulation_invoked())
    throw RequestError("simulations in child processes must come before SystemC is elaborated in this one");
  int ends[2];
  if (pipe(ends) != 0) throw Error(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  const pid_t child = fork();
  if (child < 0) {
    const int error = errno;
    close(ends[0]);
    close(ends[1]);
    throw Error(fmt::format("cannot start a process for the simulation: {}", std::strerror(error)));
  }
  if (child == 0) {
    close(ends[0]);
    write_all(ends[1], run_child(accelerator, graph, workload, input));
    close(ends[1]);
    _exit(0);  // no destructors, no flush of the parent's buffers
  }
  close(ends[1]);
  const std::string text = read_all(ends[0]);
  close(ends[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status))
    throw std::runtime_error(fmt::format("the simulation of {} was ended by signal {} ({})", accelerator.name,
                                         WTERMSIG(status), strsignal(WTERMSIG(status))));
  const json result = json::parse(text, nullptr, false);
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
  sim::SimulationResult phases{phase_from(result.at("prefill")), phase_from(result.at("decode"))};
  for (const sim::PhaseResult* phase : {&phases.prefill, &phases.decode})
    if (!phase->total.mismatch.empty()) throw MismatchError(phase->total.mismatch);
  return phases;
}

}  // namespace ternsim::explore
