#include "cosim/validation_rtl.h"

#include <fmt/format.h>

#include <array>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "rtl/engine_registers.h"

namespace ternsim::cosim {

namespace {

using rtl::EngineRegister;
using sim::Cycle;
using sim::EngineCommand;

/// Cycles without a transfer after which the engine counts as hung: far more than a schedule lets pass.
constexpr Cycle kHangCycles = 1'000'000;

/// Where a stream into the engine stands: its transfers command by command, and when the present one is offered.
class Source {
 public:
  Source(sim::StreamSchedule& schedule, std::vector<std::int64_t> lengths)
      : schedule_(schedule), lengths_(std::move(lengths)) {
    offered_ = schedule_.next(0, 0);
  }
  bool offers(Cycle now) {
    if (command_ == lengths_.size()) return false;
    if (offered_ == sim::StreamSchedule::kNotYet) offered_ = schedule_.next(transfer_, now);
    return offered_ != sim::StreamSchedule::kNotYet && now >= offered_;
  }
  bool last() const { return within_ + 1 == lengths_[command_]; }
  std::int64_t transfer() const { return transfer_; }
  void taken(Cycle now) {
    ++transfer_;
    if (++within_ == lengths_[command_]) {
      within_ = 0;
      ++command_;
    }
    if (command_ < lengths_.size()) offered_ = schedule_.next(transfer_, now + 1);
  }

 private:
  sim::StreamSchedule& schedule_;
  std::vector<std::int64_t> lengths_;  // transfers, by command
  std::size_t command_ = 0;
  std::int64_t within_ = 0, transfer_ = 0;
  Cycle offered_ = 0;
};

/// One run of one engine.
class Run {
 public:
  Run(rtl::VerilatedEngine& engine, const sim::EngineProgram& program, const sim::EngineSchedules& schedules,
      std::uint64_t seed)
      : engine_(engine),
        program_(program),
        results_(schedules.results),
        weights_(schedules.weights, lengths(true)),
        activations_(schedules.activations, lengths(false)) {
    fill_operands(seed);
  }

  sim::EngineCycles run();

 private:
  std::int64_t blocks(const EngineCommand& c) const { return engine_.geometry().unit.column_blocks(c.cols); }
  std::int64_t tiles(const EngineCommand& c) const { return engine_.geometry().unit.row_tiles(c.rows); }
  std::vector<std::int64_t> lengths(bool weights) const;
  void fill_operands(std::uint64_t seed);
  void write(EngineRegister address, std::uint32_t data);
  std::uint32_t read(EngineRegister address);
  void queue(const EngineCommand& command);
  void host_cycle();
  void cycle();
  [[noreturn]] void fail(const std::string& what) const {
    throw MismatchError(fmt::format("RTL engine '{}', cycle {}: {}", engine_.geometry().unit.name, now_, what));
  }

  rtl::VerilatedEngine& engine_;
  const sim::EngineProgram& program_;
  sim::StreamSchedule& results_;
  Source weights_;
  Source activations_;
  rtl::EngineInputs pins_;

  static constexpr std::size_t kOperands = 16;  // each side's data are taken from so many in turn
  std::array<std::vector<std::uint8_t>, kOperands> codes_;
  std::array<std::vector<std::int8_t>, kOperands> values_;

  Cycle now_ = 0;  // from the first cycle with `run` set
  Cycle last_moved_ = 0;
  std::size_t pushed_ = 0, done_ = 0;
  std::int64_t result_ = 0;
  bool offered_ = false;  // a result, whose cycle is take_at_
  Cycle take_at_ = 0;
  // Software: the next write of the present command, and the first cycle in which it may take place.
  int field_ = 0;
  Cycle write_at_ = 1;
};

std::vector<std::int64_t> Run::lengths(bool weights) const {
  std::vector<std::int64_t> out;
  for (const EngineCommand& c : program_.commands) out.push_back(blocks(c) * (weights ? tiles(c) : c.tokens));
  return out;
}

void Run::fill_operands(std::uint64_t seed) {
  Random random(seed);
  const sim::EngineGeometry& g = engine_.geometry();
  // Any byte below 3^5 is five weights; four 2-bit codes are any but those with a 3.
  const auto byte = [&] {
    if (g.weight_packing == sim::StreamPacking::Base3) return random.below(243);
    std::uint64_t codes = 0;
    for (int i = 0; i < 4; ++i) codes = codes << 2 | random.below(3);
    return codes;
  };
  for (auto& word : codes_) {
    word.resize(static_cast<std::size_t>(g.weight_transfer_bytes()));
    for (std::uint8_t& b : word) b = static_cast<std::uint8_t>(byte());
  }
  for (auto& word : values_) {
    word.resize(static_cast<std::size_t>(g.unit.lanes));
    for (std::int8_t& a : word) a = static_cast<std::int8_t>(random.next() & 0xFF);
  }
}

/// Two cycles: the write, its answer.
void Run::write(EngineRegister address, std::uint32_t data) {
  pins_ = {};
  pins_.awvalid = pins_.wvalid = pins_.bready = true;
  pins_.awaddr = static_cast<std::uint8_t>(address);
  pins_.wdata = data;
  if (!engine_.drive(pins_).awready) fail(fmt::format("a write to {:#04x} is not taken", pins_.awaddr));
  engine_.step();
  pins_.awvalid = pins_.wvalid = false;
  if (address == EngineRegister::Control) return;  // the answer comes in the first cycle of the run
  if (engine_.drive(pins_).bresp != 0) fail(fmt::format("a write to {:#04x} was refused", pins_.awaddr));
  engine_.step();
}

std::uint32_t Run::read(EngineRegister address) {
  pins_ = {};
  pins_.bready = pins_.arvalid = pins_.rready = true;
  pins_.araddr = static_cast<std::uint8_t>(address);
  engine_.drive(pins_);
  engine_.step();
  pins_.arvalid = false;
  const rtl::EngineOutputs out = engine_.drive(pins_);
  if (!out.rvalid || out.rresp != 0) fail(fmt::format("register {:#04x} cannot be read", pins_.araddr));
  engine_.step();
  return out.rdata;
}

void Run::queue(const EngineCommand& command) {
  write(EngineRegister::CmdRows, static_cast<std::uint32_t>(command.rows));
  write(EngineRegister::CmdCols, static_cast<std::uint32_t>(command.cols));
  write(EngineRegister::CmdTokens, static_cast<std::uint32_t>(command.tokens));
  write(EngineRegister::CmdStart, 1);
  ++pushed_;
}

/// Software's part of a cycle: writes fields as they can be written, and CMD_START once there is room.
void Run::host_cycle() {
  pins_.awvalid = pins_.wvalid = false;
  if (pushed_ == program_.commands.size() || now_ < write_at_) return;
  const EngineCommand& c = program_.commands[pushed_];
  constexpr std::array<EngineRegister, 4> kWrites{EngineRegister::CmdRows, EngineRegister::CmdCols,
                                                  EngineRegister::CmdTokens, EngineRegister::CmdStart};
  const bool start = field_ == 3;
  if (start && pushed_ - done_ >= static_cast<std::size_t>(engine_.geometry().queue_depth)) return;
  pins_.awvalid = pins_.wvalid = true;
  pins_.awaddr = static_cast<std::uint8_t>(kWrites[static_cast<std::size_t>(field_)]);
  pins_.wdata = static_cast<std::uint32_t>(field_ == 0 ? c.rows : field_ == 1 ? c.cols : c.tokens);
  write_at_ = now_ + 2;
  field_ = (field_ + 1) % 4;
}

void Run::cycle() {
  host_cycle();
  const bool started = pins_.awvalid && pins_.awaddr == static_cast<std::uint8_t>(EngineRegister::CmdStart);
  pins_.weight_valid = weights_.offers(now_);
  if (pins_.weight_valid) {
    pins_.weight_last = weights_.last();
    pins_.codes = codes_[static_cast<std::size_t>(weights_.transfer()) % kOperands];
  }
  pins_.act_valid = activations_.offers(now_);
  if (pins_.act_valid) {
    pins_.act_last = activations_.last();
    pins_.activations = values_[static_cast<std::size_t>(activations_.transfer()) % kOperands];
  }
  // Whether there is a result does not depend on who takes it: ask, then answer.
  pins_.result_ready = true;
  rtl::EngineOutputs out = engine_.drive(pins_);
  if (out.result_valid) {
    if (!offered_) take_at_ = results_.next(result_++, now_);
    offered_ = now_ < take_at_;
    if (offered_) {
      pins_.result_ready = false;
      out = engine_.drive(pins_);
    }
  }
  if (out.bvalid && out.bresp != 0) fail("a write was refused");
  engine_.step();
  const bool weight = pins_.weight_valid && out.weight_ready;
  const bool act = pins_.act_valid && out.act_ready;
  const bool result = out.result_valid && pins_.result_ready;
  if (weight) weights_.taken(now_);
  if (act) activations_.taken(now_);
  if (result && out.result_last) ++done_;
  if (started) ++pushed_;
  ++now_;
  if (weight || act || result) last_moved_ = now_;
  if (now_ - last_moved_ > kHangCycles) fail("hung: no stream has moved for a million cycles");
}

sim::EngineCycles Run::run() {
  engine_.reset();
  while (pushed_ < program_.queued) queue(program_.commands[pushed_]);
  write(EngineRegister::Control, rtl::engine_control::kRun);
  while (done_ < program_.commands.size()) cycle();
  sim::EngineCycles cycles;
  cycles.elapsed = now_;
  const std::uint32_t status = read(EngineRegister::Status);
  constexpr std::uint32_t kFlags = rtl::engine_status::kSticky & ~rtl::engine_status::kDone;
  if ((status & kFlags) != 0) fail(fmt::format("STATUS is {:#x} after the run", status));
  cycles.busy = read(EngineRegister::BusyCycles);
  cycles.beats = read(EngineRegister::Beats);
  cycles.stall_output = read(EngineRegister::StallOutput);
  cycles.stall_weights = read(EngineRegister::StallWeights);
  cycles.stall_activations = read(EngineRegister::StallActivations);
  cycles.drain = read(EngineRegister::DrainCycles);
  return cycles;
}

}  // namespace

sim::EngineCycles run_rtl(rtl::VerilatedEngine& engine, const sim::EngineProgram& program,
                          const sim::EngineSchedules& schedules, std::uint64_t seed) {
  return Run(engine, program, schedules, seed).run();
}

}  // namespace ternsim::cosim
