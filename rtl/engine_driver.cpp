#include "rtl/engine_driver.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace ternsim::rtl {

namespace {

/// Cycles of silence after which the engine counts as hung. With each side unwilling in 99 of 100 cycles, an honest
/// silence of this length has a probability below 1e-40.
constexpr int kHangCycles = 10000;

constexpr std::uint32_t kRefused = engine_status::kRefusedShape | engine_status::kRefusedColumns |
                                   engine_status::kRefusedTokens | engine_status::kRefusedFull;

}  // namespace

EngineDriver::EngineDriver(std::string_view config, const Disturbance& disturbance)
    : engine_(VerilatedEngine::make(config)),
      disturbance_(disturbance),
      random_(disturbance.seed),
      weights_(engine_->geometry()),
      activations_(engine_->geometry()),
      results_(engine_->geometry()),
      column_(static_cast<std::size_t>(engine_->geometry().unit.rows)) {
  disturb(disturbance);
}

void EngineDriver::disturb(const Disturbance& disturbance) {
  for (const double p : {disturbance.input_gap, disturbance.output_stall}) {
    if (!(p >= 0.0 && p <= 0.99)) throw RequestError(fmt::format("disturbance {}: must be 0 to 0.99", p));
  }
  disturbance_ = disturbance;
  random_ = Random(disturbance.seed);
}

void EngineDriver::fail(const std::string& what) const {
  throw MismatchError(fmt::format("RTL engine '{}', cycle {}: {}", geometry().unit.name, cycles(), what));
}

void EngineDriver::cycle() {
  // What is offered stays until it is taken.
  inputs_.codes = {};
  inputs_.activations = {};
  if (!inputs_.weight_valid && !weights_.empty() && !gap()) {
    inputs_.weight_valid = true;
    inputs_.weight_last = weights_.last();
    inputs_.codes = weights_.data();
  }
  if (!inputs_.act_valid && !activations_.empty() && !gap()) {
    inputs_.act_valid = true;
    inputs_.act_last = activations_.last();
    inputs_.activations = activations_.data();
  }
  inputs_.result_ready = !stall();
  outputs_ = engine_->drive(inputs_);

  const bool weight = inputs_.weight_valid && outputs_.weight_ready;
  const bool act = inputs_.act_valid && outputs_.act_ready;
  const bool result = outputs_.result_valid && inputs_.result_ready;
  if (result) take_result();
  engine_->step();
  if (weight) {
    weights_.advance();
    inputs_.weight_valid = false;
  }
  if (act) {
    activations_.advance();
    inputs_.act_valid = false;
  }
  moved_ = weight || act || result;
}

void EngineDriver::take_result() {
  if (results_.empty()) fail("a result that is not due");
  if (results_.last() != outputs_.result_last) fail("tlast of the results is not at a command's last");
  engine_->result(column_);
  results_.take(column_);
}

EngineDriver::Answer EngineDriver::read(std::uint8_t address) {
  inputs_.araddr = address;
  bool asked = false;
  for (int n = 0; n < kHangCycles; ++n) {
    if (!asked && !inputs_.arvalid) inputs_.arvalid = !gap();
    inputs_.rready = !stall();
    cycle();
    if (inputs_.arvalid && outputs_.arready) {
      inputs_.arvalid = false;
      asked = true;
    }
    if (outputs_.rvalid && inputs_.rready) return {.okay = outputs_.rresp == 0, .data = outputs_.rdata};
  }
  fail(fmt::format("no answer to a read of {:#04x}", address));
}

bool EngineDriver::write(std::uint8_t address, std::uint32_t data, std::uint8_t strobes) {
  inputs_.awaddr = address;
  inputs_.wdata = data;
  inputs_.wstrb = strobes;
  bool addressed = false;
  bool sent = false;
  for (int n = 0; n < kHangCycles; ++n) {
    if (!addressed && !inputs_.awvalid) inputs_.awvalid = !gap();
    if (!sent && !inputs_.wvalid) inputs_.wvalid = !gap();
    inputs_.bready = !stall();
    cycle();
    if (inputs_.awvalid && outputs_.awready) {
      inputs_.awvalid = false;
      addressed = true;
    }
    if (inputs_.wvalid && outputs_.wready) {
      inputs_.wvalid = false;
      sent = true;
    }
    if (outputs_.bvalid && inputs_.bready) return outputs_.bresp == 0;
  }
  fail(fmt::format("no answer to a write of {:#04x}", address));
}

std::uint32_t EngineDriver::read(EngineRegister address) {
  const Answer answer = read(static_cast<std::uint8_t>(address));
  if (!answer.okay) fail(fmt::format("register {:#04x} cannot be read", static_cast<unsigned>(address)));
  return answer.data;
}

std::uint32_t EngineDriver::command(std::uint32_t rows, std::uint32_t cols, std::uint32_t tokens) {
  write(EngineRegister::CmdRows, rows);
  write(EngineRegister::CmdCols, cols);
  write(EngineRegister::CmdTokens, tokens);
  if (write(EngineRegister::CmdStart, 1)) return 0;
  const std::uint32_t reasons = read(EngineRegister::Status) & kRefused;
  if (reasons == 0) fail("a command was refused without a reason");
  write(EngineRegister::Status, reasons);
  return reasons;
}

std::uint32_t EngineDriver::start(const EngineJob& job) {
  const auto field = [](std::int64_t value) {
    return static_cast<std::uint32_t>(std::min<std::int64_t>(value, 0xFFFFFFFF));
  };
  const std::uint32_t refused = command(field(job.weights->rows()), field(job.weights->cols()), field(job.tokens));
  if (refused != 0) return refused;
  weights_.add(job);
  activations_.add(job);
  results_.add(job);
  return 0;
}

void EngineDriver::run(bool on) {
  running_ = on;
  write(EngineRegister::Control, on ? engine_control::kRun : 0);
}

void EngineDriver::finish() {
  int silent = 0;
  while (!results_.empty()) {
    cycle();
    silent = moved_ ? 0 : silent + 1;
    if (silent > kHangCycles) fail("hung: no stream has moved for 10000 cycles");
  }
  if (!weights_.empty() || !activations_.empty()) fail("all results have come before all data were taken");
}

EngineActivity EngineDriver::activity() {
  return {.done = read(EngineRegister::DoneCount),
          .busy = read(EngineRegister::BusyCycles),
          .beats = read(EngineRegister::Beats),
          .stall_output = read(EngineRegister::StallOutput),
          .stall_weights = read(EngineRegister::StallWeights),
          .stall_activations = read(EngineRegister::StallActivations),
          .drain = read(EngineRegister::DrainCycles),
          .illegal_beats = read(EngineRegister::IllegalBeats)};
}

void EngineDriver::clear_activity() {
  write(EngineRegister::Control, (running_ ? engine_control::kRun : 0) | engine_control::kClearCounters);
}

void EngineDriver::drop_jobs() {
  inputs_.weight_valid = false;
  inputs_.act_valid = false;
  weights_.clear();
  activations_.clear();
  results_.clear();
}

void EngineDriver::soft_reset() {
  running_ = false;
  write(EngineRegister::Control, engine_control::kSoftReset);
  drop_jobs();
}

void EngineDriver::reset() {
  running_ = false;
  inputs_ = {};
  drop_jobs();
  engine_->reset();
}

void EngineDriver::multiply(const model::Matmul& matmul, std::span<std::int32_t> sums) {
  check(matmul, sums);
  if (matmul.weights.cols() > geometry().max_cols()) {
    throw RequestError(fmt::format("{}: {} columns; a command of the RTL engine '{}' has at most {}", matmul.name,
                                   matmul.weights.cols(), geometry().unit.name, geometry().max_cols()));
  }
  try {
    run_commands(matmul, sums);
  } catch (...) {
    reset();
    throw;
  }
}

void EngineDriver::run_commands(const model::Matmul& matmul, std::span<std::int32_t> sums) {
  const std::int64_t rows = matmul.weights.rows();
  const std::int64_t cols = matmul.weights.cols();
  const std::int64_t step = geometry().max_tokens(cols);
  std::int64_t token = 0;
  clear_activity();
  while (token < matmul.tokens) {
    // Fill the queue, then let it run: queued commands follow one another without a gap.
    for (int n = 0; n < geometry().queue_depth && token < matmul.tokens; ++n) {
      const std::int64_t tokens = std::min(step, matmul.tokens - token);
      const std::uint32_t refused = start(
          {.weights = &matmul.weights,
           .activations = matmul.activations.subspan(static_cast<std::size_t>(token * cols),
                                                     static_cast<std::size_t>(tokens * cols)),
           .tokens = tokens,
           .sums = sums.subspan(static_cast<std::size_t>(token * rows), static_cast<std::size_t>(tokens * rows))});
      if (refused != 0) fail(fmt::format("{}: a command that fits was refused, STATUS {:#x}", matmul.name, refused));
      token += tokens;
      ++counters_.tiles;
    }
    run(true);
    finish();
    run(false);
  }
  const EngineActivity done = activity();
  const std::uint32_t status = read(EngineRegister::Status);
  if ((status & engine_status::kIllegalWeight) != 0) {
    fail(fmt::format("{}: {} weight transfers with an illegal code; the model's packed weights are corrupt",
                     matmul.name, done.illegal_beats));
  }
  if ((status & (engine_status::kWeightFrame | engine_status::kActivationFrame)) != 0) {
    fail(fmt::format("{}: tlast not at a command's end, STATUS {:#x}", matmul.name, status));
  }
  write(EngineRegister::Status, engine_status::kDone);
  counters_.cycles += done.busy;
  counters_.lane_adds += static_cast<std::uint64_t>(rows * cols * matmul.tokens);
  ++counters_.matmuls;
}

}  // namespace ternsim::rtl
