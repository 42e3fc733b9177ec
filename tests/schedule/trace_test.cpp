// The Chrome trace of a simulation: a file that other programs read, so it is read back here.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "explore/isolated_run.h"
#include "tests/machines.h"
#include "tests/tiny_model.h"

namespace ternsim::explore {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class Trace : public ::testing::Test {
 protected:
  void SetUp() override {
    dir_ = fs::temp_directory_path() / ("ternsim_trace_" + std::to_string(getpid()));
    fs::create_directories(dir_);
    workload_.prefill_tokens = 6;
    workload_.decode_tokens = 2;
    config_ = test::edge();
  }
  void TearDown() override { fs::remove_all(dir_); }
  IsolatedRun run(const TraceOptions& options) const {
    return run_isolated(config_, model::Graph::build(shape_), workload_, {}, options);
  }
  IsolatedRun run(TraceWindow window, std::int64_t max_events = 250'000) const {
    return run(TraceOptions{path(), window, max_events});
  }
  fs::path path() const { return dir_ / "trace.json"; }
  json read() const {
    std::ifstream in(path());
    return json::parse(in);
  }
  std::string refusal(const fs::path& file) const {
    try {
      run(TraceOptions{file, {}, 1000});
    } catch (const RequestError& e) {
      return e.what();
    }
    return "accepted";
  }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(dir_), fs::directory_iterator()));
  }

  fs::path dir_;
  model::ModelShape shape_ = test::tiny_shape();
  sim::Workload workload_;
  sim::AcceleratorConfig config_;
};

/// Numbers of the tracks by name.
std::map<std::string, int> tracks_of(const json& trace) {
  std::map<std::string, int> tracks;
  for (const json& e : trace.at("traceEvents"))
    if (e.at("ph") == "M" && e.at("name") == "thread_name")
      tracks[e.at("args").at("name").get<std::string>()] = e.at("tid").get<int>();
  return tracks;
}

TEST_F(Trace, TracksAreTheUnitsAccounts) {
  const IsolatedRun r = run(TraceWindow{});
  ASSERT_TRUE(r.trace.has_value());
  EXPECT_TRUE(r.trace->complete);
  EXPECT_EQ(files(), 1U);
  const json trace = read();
  const auto tracks = tracks_of(trace);
  ASSERT_EQ(tracks.size(), 2 + sim::kUnits);
  const std::int64_t total = r.result.prefill.total.cycles + r.result.decode.total.cycles;

  std::map<int, std::int64_t> end;                           // of the last slice, by track, in cycles
  std::map<int, double> end_us;                              // the same in the trace's time
  std::map<int, std::map<std::string, std::int64_t>> spent;  // by track, then "busy", "pass" or a cause
  std::int64_t events = 0;
  for (const json& e : trace.at("traceEvents")) {
    if (e.at("ph") == "M") continue;
    ++events;
    if (e.at("ph") != "X") continue;
    const int track = e.at("tid").get<int>();
    const json& args = e.at("args");
    const auto cycle = args.at("cycle").get<std::int64_t>();
    const auto cycles = args.at("cycles").get<std::int64_t>();
    EXPECT_GT(cycles, 0);
    EXPECT_GE(cycle, end[track]) << e;
    EXPECT_LE(cycle + cycles, total);
    end[track] = cycle + cycles;
    // 1 GHz: a cycle is a nanosecond. Half a picosecond is what the decimals leave open.
    EXPECT_NEAR(e.at("ts").get<double>(), static_cast<double>(cycle) / 1e3, 5e-7);
    EXPECT_NEAR(e.at("dur").get<double>(), static_cast<double>(cycles) / 1e3, 5e-7);
    EXPECT_GE(e.at("ts").get<double>(), end_us[track] - 1e-9);
    end_us[track] = e.at("ts").get<double>() + e.at("dur").get<double>();
    const bool stall = e.at("cat") == "stall";
    spent[track][stall ? args.at("cause").get<std::string>() : e.at("cat").get<std::string>()] += cycles;
    if (stall) {
      EXPECT_EQ(e.at("name"), "stall: " + args.at("cause").get<std::string>());
      EXPECT_TRUE(args.contains("operator"));
    }
  }
  EXPECT_EQ(events, r.trace->events);
  EXPECT_EQ(end.at(tracks.at("passes")), total);
  EXPECT_EQ(spent.at(tracks.at("passes")).at("pass"), total);
  EXPECT_EQ(r.trace->last_cycle, total);
  const auto check = [&](const std::string& name, sim::UnitAccounting account, const sim::UnitAccounting& decode) {
    account += decode;
    auto& track = spent[tracks.at(name)];
    EXPECT_EQ(track["busy"], account.busy) << name;
    for (std::size_t i = 0; i < sim::kStalls; ++i)
      EXPECT_EQ(track[std::string(sim::name_of(static_cast<sim::Stall>(i)))], account.stalls[i])
          << name << ", " << sim::name_of(static_cast<sim::Stall>(i));
  };
  for (std::size_t u = 0; u < sim::kUnits; ++u)
    check(std::string(sim::name_of(static_cast<sim::Unit>(u))), r.result.prefill.total.units[u],
          r.result.decode.total.units[u]);
  check("sequencer", r.result.prefill.total.sequencer, r.result.decode.total.sequencer);
}

// The rate stands from one counter value to the next: its integral is what was asked of DRAM.
TEST_F(Trace, DramCounterAddsUpToTheBytes) {
  const IsolatedRun r = run(TraceWindow{});
  double bytes = 0;
  double since_us = 0;
  double rate = 0;
  const json trace = read();
  for (const json& e : trace.at("traceEvents")) {
    if (e.at("ph") != "C") continue;
    const auto now_us = e.at("ts").get<double>();
    EXPECT_GE(now_us, since_us);
    bytes += rate * (now_us - since_us) * 1e-6;
    since_us = now_us;
    rate = e.at("args").at("read").get<double>() + e.at("args").at("write").get<double>();
  }
  EXPECT_EQ(rate, 0);
  std::int64_t asked = 0;
  for (const sim::PhaseResult* phase : {&r.result.prefill, &r.result.decode})
    for (const sim::OperatorWork& work : phase->total.operators) asked += work.dram_bytes;
  EXPECT_NEAR(bytes, static_cast<double>(asked), 1e-6 * static_cast<double>(asked));
}

TEST_F(Trace, WindowOfPasses) {
  const IsolatedRun all = run(TraceWindow{});
  run(TraceWindow::parse("p1:p2"));
  const std::int64_t prefill = all.result.prefill.total.cycles;
  const std::int64_t total = prefill + all.result.decode.total.cycles;
  std::int64_t passes = 0;
  const json trace = read();
  for (const json& e : trace.at("traceEvents")) {
    if (e.at("ph") != "X") continue;
    const auto cycle = e.at("args").at("cycle").get<std::int64_t>();
    EXPECT_GE(cycle, prefill);
    EXPECT_LT(cycle + e.at("args").at("cycles").get<std::int64_t>(), total);
    if (e.at("cat") == "pass") {
      ++passes;
      EXPECT_EQ(e.at("name"), "pass 1: 1 token at context 6, batch 1");
    }
  }
  EXPECT_EQ(passes, 1);
}

TEST_F(Trace, WindowOfCyclesHoldsWhatTouchesIt) {
  run(TraceWindow{});
  std::int64_t touching = 0;
  const json trace = read();
  for (const json& e : trace.at("traceEvents")) {
    if (e.at("ph") != "X") continue;
    const auto cycle = e.at("args").at("cycle").get<std::int64_t>();
    touching += cycle < 9000 && cycle + e.at("args").at("cycles").get<std::int64_t>() > 5000;
  }
  run(TraceWindow::parse("5000:9000"));
  std::int64_t slices = 0;
  const json window = read();
  for (const json& e : window.at("traceEvents")) slices += e.at("ph") == "X";
  EXPECT_EQ(slices, touching);
  EXPECT_GT(slices, 10);
}

TEST_F(Trace, StopsAtItsLimitAndSaysSo) {
  const IsolatedRun r = run(TraceWindow{}, 100);
  EXPECT_EQ(r.trace->events, 100);
  EXPECT_FALSE(r.trace->complete);
  const json trace = read();
  EXPECT_EQ(trace.at("otherData").at("complete"), false);
  EXPECT_EQ(std::ranges::count_if(trace.at("traceEvents"), [](const json& e) { return e.at("ph") != "M"; }), 100);
}

TEST_F(Trace, ChangesNothing) {
  const sim::SimulationResult plain = simulate_isolated(config_, model::Graph::build(shape_), workload_, {});
  const IsolatedRun traced = run(TraceWindow{});
  EXPECT_EQ(plain.decode.total.cycles, traced.result.decode.total.cycles);
  EXPECT_EQ(plain.decode.total.counts.counts, traced.result.decode.total.counts.counts);
  EXPECT_EQ(plain.prefill.total.sequencer.stalls, traced.result.prefill.total.sequencer.stalls);
}

TEST_F(Trace, AnotherClockStillHasNoOverlap) {
  config_.clock_hz = 0.7e9;  // 1428.57... ps
  run(TraceWindow{});
  std::map<int, double> end;
  const json trace = read();
  for (const json& e : trace.at("traceEvents")) {
    if (e.at("ph") != "X") continue;
    EXPECT_GE(e.at("ts").get<double>(), end[e.at("tid").get<int>()] - 1e-9);
    end[e.at("tid").get<int>()] = e.at("ts").get<double>() + e.at("dur").get<double>();
  }
  EXPECT_EQ(end.size(), 2 + sim::kUnits);
}

TEST_F(Trace, NamesOfFilesAreQuoted) {
  shape_.name = "a \"model\"\n\xFF";
  run(TraceWindow{});
  EXPECT_EQ(read().at("otherData").at("model").get<std::string>(), "a \"model\"\n\xEF\xBF\xBD");
}

TEST_F(Trace, WhatCannotBeWrittenIsRefusedAndLeavesNothing) {
  EXPECT_NE(refusal(dir_ / "none/trace.json").find("none/trace.json: No such file or directory"), std::string::npos);
  EXPECT_NE(refusal(dir_).find("Is a directory"), std::string::npos);
  EXPECT_NE(refusal("/dev/full").find("cannot write the trace to /dev/full: No space left"), std::string::npos);
  EXPECT_EQ(files(), 0U);
  workload_.context = 100'000;  // longer than the model's: the simulation fails after the file was begun
  EXPECT_NE(refusal(path()).find("context"), std::string::npos);
  EXPECT_EQ(files(), 0U);
}

TEST(TraceWindow, Text) {
  EXPECT_EQ(TraceWindow::parse("3:7").first, 3);
  EXPECT_EQ(TraceWindow::parse("3:7").last, 7);
  EXPECT_FALSE(TraceWindow::parse("3:7").passes);
  EXPECT_TRUE(TraceWindow::parse("p0:p1").passes);
  for (const char* bad : {"", ":", "3", "3:", ":7", "7:3", "3:3", "p1:3", "3:p9", "-1:3", "3:7:9", "a:b", "3 :7",
                          "99999999999999999999:3", "p:p1"})
    EXPECT_THROW(TraceWindow::parse(bad), RequestError) << bad;
}

}  // namespace
}  // namespace ternsim::explore
