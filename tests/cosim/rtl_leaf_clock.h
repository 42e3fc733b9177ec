#pragma once

#include <gtest/gtest.h>
#include <verilated.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>

#include "base/error.h"
#include "base/random.h"
#include "rtl/verilated_coverage.h"
#include "rtl/verilated_unit.h"

namespace ternsim::rtl_test {

/// One Verilated module with `clk_i`, `rst_ni` and a valid/ready pair on each side. Set inputs through ports(),
/// settle() before outputs are read, step() is one clock edge.
template <typename Model>
class LeafClock {
 public:
  LeafClock() {
    context_.fatalOnError(false);         // a failed assertion becomes an exception in step()
    context_.randReset(rtl::kRandReset);  // unreset registers start random, so that a use before a write shows
    context_.randSeed(1);
    model_ = std::make_unique<Model>(&context_);
    model_->clk_i = 0;
    model_->valid_i = 0;
    model_->ready_i = 1;
    reset();
  }
  ~LeafClock() {
    Verilated::threadContextp(&context_);  // that of a unit made later may be gone
    rtl::collect_coverage(context_);
    model_->final();
  }
  LeafClock(const LeafClock&) = delete;
  LeafClock& operator=(const LeafClock&) = delete;

  Model& ports() { return *model_; }

  void settle() {
    Verilated::threadContextp(&context_);
    model_->clk_i = 0;
    model_->eval();
  }
  /// Throws MismatchError with the text of a failed assertion.
  void step() {
    settle();
    model_->clk_i = 1;
    model_->eval();
    if (context_.gotError()) throw MismatchError(rtl::take_verilated_text());
  }
  void reset() {
    context_.gotError(false);
    context_.gotFinish(false);
    rtl::take_verilated_text();
    model_->rst_ni = 0;
    step();
    model_->rst_ni = 1;
  }

 private:
  VerilatedContext context_;
  std::unique_ptr<Model> model_;
};

/// Copies bytes to or from a port, whatever type Verilator gave it; bit 0 is the lowest of the first byte.
template <typename Port, typename T>
void set_port(Port& port, std::span<const T> values) {
  ASSERT_LE(values.size_bytes(), sizeof port);
  std::memcpy(&port, values.data(), values.size_bytes());
}
template <typename T, typename Port>
void get_port(const Port& port, std::span<T> values) {
  ASSERT_LE(values.size_bytes(), sizeof port);
  std::memcpy(values.data(), &port, values.size_bytes());
}

/// How often a beat is offered late and an output is not taken, in percent.
struct Traffic {
  unsigned gaps = 0;
  unsigned stalls = 0;
  std::uint64_t seed = 1;
};

/// Sends `beats` beats, drive(i) setting the input ports of beat i, and takes `outputs` outputs, take(i) reading output
/// i. Returns the cycles; fails the test when the module stops answering.
template <typename Model, typename Drive, typename Take>
std::uint64_t stream(LeafClock<Model>& unit, std::size_t beats, std::size_t outputs, Traffic traffic, Drive drive,
                     Take take) {
  Random random(traffic.seed);
  std::size_t sent = 0;
  std::size_t taken = 0;
  bool offered = false;
  std::uint64_t cycles = 0;
  std::uint64_t quiet = 0;
  while (sent < beats || taken < outputs) {
    if (!offered && sent < beats && random.below(100) >= traffic.gaps) {
      drive(sent);
      offered = true;
    }
    unit.ports().valid_i = offered;
    unit.ports().ready_i = random.below(100) >= traffic.stalls;
    unit.settle();
    const bool accepted = offered && unit.ports().ready_o;
    const bool given = unit.ports().valid_o && unit.ports().ready_i;
    if (given) {
      if (taken == outputs) {
        ADD_FAILURE() << "more than " << outputs << " outputs";
        return cycles;
      }
      take(taken++);
    }
    quiet = accepted || given ? 0 : quiet + 1;
    unit.step();
    ++cycles;
    if (accepted) {
      ++sent;
      offered = false;
    }
    if (quiet > 10000) {
      ADD_FAILURE() << "no handshake for 10000 cycles, " << sent << " beats sent and " << taken << " outputs taken";
      return cycles;
    }
  }
  unit.ports().valid_i = 0;
  return cycles;
}

}  // namespace ternsim::rtl_test
