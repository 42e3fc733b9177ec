#pragma once

#include <benchmark/benchmark.h>
#include <verilated.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "base/random.h"
#include "sim/program/matrix_geometry.h"

namespace ternsim::benches {

/// unit/NAME/tokens:N, engine/NAME/tokens:N, column/lanes:64 and columns/lanes:64/count:N: cycles a second and ternary
/// lane adds a second of Verilated models, built without assertions and traces. A weight transfer serves `tokens`
/// beats. Defined in the generated registry, one entry of each kind a configuration of rtl/configs.yaml.
void register_rtl_benches();

/// A Verilated module and its clock.
template <typename Model>
class BenchClock {
 public:
  BenchClock() : model_(std::make_unique<Model>(&context_)) { model_->clk_i = 0; }
  ~BenchClock() { model_->final(); }
  BenchClock(const BenchClock&) = delete;
  BenchClock& operator=(const BenchClock&) = delete;

  Model& ports() { return *model_; }
  void rise() {
    model_->clk_i = 1;
    model_->eval();
  }
  /// After it, outputs follow the inputs of the new cycle.
  void fall() {
    model_->clk_i = 0;
    model_->eval();
  }

 private:
  VerilatedContext context_;
  std::unique_ptr<Model> model_;
};

/// The type behind a port, which Verilator declares as a reference.
template <typename Port>
using Wide = std::remove_reference_t<Port>;

/// Random words for a port, a different set for each of the next kPool transfers.
template <typename Port>
class PortPool {
 public:
  /// `symbol` draws one byte.
  template <typename Symbol>
  explicit PortPool(Symbol symbol) {
    for (Port& port : pool_) {
      std::array<unsigned char, sizeof(Port)> bytes;
      for (unsigned char& byte : bytes) byte = symbol();
      std::memcpy(static_cast<void*>(&port), bytes.data(), bytes.size());
    }
  }
  void next(Port& port) {
    std::memcpy(static_cast<void*>(&port), static_cast<const void*>(&pool_[at_]), sizeof(Port));
    at_ = (at_ + 1) % kPool;
  }

 private:
  static constexpr std::size_t kPool = 16;
  std::array<Port, kPool> pool_;
  std::size_t at_ = 0;
};

inline auto any_byte(std::uint64_t seed) {
  return [random = Random(seed)]() mutable { return static_cast<unsigned char>(random.below(256)); };
}
/// Four 2-bit codes, none of them 3.
inline auto two_bit_byte(std::uint64_t seed) {
  return [random = Random(seed)]() mutable {
    unsigned byte = 0;
    for (int n = 0; n < 4; ++n) byte = byte << 2 | static_cast<unsigned>(random.below(3));
    return static_cast<unsigned char>(byte);
  };
}
inline auto base3_byte(std::uint64_t seed) {
  return [random = Random(seed)]() mutable { return static_cast<unsigned char>(random.below(243)); };
}

inline void report(benchmark::State& state, std::int64_t adds_a_cycle) {
  const auto cycles = static_cast<double>(state.iterations());
  state.counters["cycles/s"] = benchmark::Counter(cycles, benchmark::Counter::kIsRate);
  state.counters["lane_adds/s"] =
      benchmark::Counter(cycles * static_cast<double>(adds_a_cycle), benchmark::Counter::kIsRate);
}

/// A beat every cycle; weights load with the first of `tokens` beats, and every 16th beat ends its sum.
template <typename Model>
void unit_bench(benchmark::State& state, const sim::MatrixGeometry& g, int tokens) {
  BenchClock<Model> unit;
  Model& m = unit.ports();
  PortPool<Wide<decltype(m.act_i)>> activations(any_byte(1));
  PortPool<Wide<decltype(m.weight_i)>> weights(two_bit_byte(2));
  m.rst_ni = 0;
  unit.fall();
  unit.rise();
  m.rst_ni = 1;
  m.valid_i = m.ready_i = m.first_i = 1;
  int slot = 0;
  int block = 0;
  for (auto _ : state) {
    activations.next(m.act_i);
    m.weight_load_i = slot == 0;
    if (slot == 0) weights.next(m.weight_i);
    m.slot_i = static_cast<CData>(slot);
    m.first_i = block == 0;
    m.last_i = block == 15;
    if (++slot == tokens) {
      slot = 0;
      block = (block + 1) % 16;
    }
    unit.fall();
    unit.rise();
  }
  if (m.illegal_o != 0) throw std::logic_error("rtl bench: an illegal weight code");
  report(state, std::int64_t{g.rows} * g.lanes);
}

/// One command without end whose streams never stall.
template <typename Model>
void engine_bench(benchmark::State& state, const sim::EngineGeometry& g, int tokens) {
  BenchClock<Model> engine;
  Model& m = engine.ports();
  PortPool<Wide<decltype(m.s_act_tdata_i)>> activations(any_byte(1));
  const bool base3 = g.weight_packing == sim::StreamPacking::Base3;
  PortPool<Wide<decltype(m.s_weight_tdata_i)>> weights =
      base3 ? PortPool<Wide<decltype(m.s_weight_tdata_i)>>(base3_byte(2))
            : PortPool<Wide<decltype(m.s_weight_tdata_i)>>(two_bit_byte(2));
  m.rst_ni = 0;
  engine.fall();
  engine.rise();
  m.rst_ni = 1;
  const auto cycle = [&] {
    engine.fall();
    const bool act = m.s_act_tready_o;
    const bool weight = m.s_weight_tready_o;
    engine.rise();
    if (act) activations.next(m.s_act_tdata_i);
    if (weight) weights.next(m.s_weight_tdata_i);
  };
  const auto write = [&](std::uint8_t address, std::uint32_t data) {
    m.s_axil_awvalid_i = m.s_axil_wvalid_i = m.s_axil_bready_i = 1;
    m.s_axil_awaddr_i = address;
    m.s_axil_wdata_i = data;
    m.s_axil_wstrb_i = 0xF;
    cycle();
    m.s_axil_awvalid_i = m.s_axil_wvalid_i = 0;
    cycle();
  };
  const auto beats = [&] {
    m.s_axil_arvalid_i = m.s_axil_rready_i = 1;
    m.s_axil_araddr_i = 0x3C;
    cycle();
    m.s_axil_arvalid_i = 0;
    engine.fall();
    const std::uint32_t value = m.s_axil_rdata_o;
    cycle();
    return value;
  };
  m.s_weight_tvalid_i = m.s_act_tvalid_i = m.m_result_tready_i = 1;
  write(0x20, (1U << 24) - 1);
  write(0x24, static_cast<std::uint32_t>(16 * g.unit.lanes));
  write(0x28, static_cast<std::uint32_t>(tokens));
  write(0x2C, 1);
  write(0x18, 1);
  for (int n = 0; n < 100; ++n) cycle();
  const std::uint32_t before = beats();
  for (auto _ : state) cycle();
  // Reading the counter takes two cycles, in which beats are issued, too.
  if (beats() - before != static_cast<std::uint32_t>(state.iterations()) + 2) {
    throw std::logic_error("rtl bench: not a beat every cycle");
  }
  report(state, std::int64_t{g.unit.rows} * g.unit.lanes);
}

/// `count` models of a matrix unit of one row each, which share the activations: an array as columns instead of as one
/// model. A row has its input and weight registers, tree and accumulator; a bare ternary_dot, whose lanes hang on pins,
/// would be evaluated twice a cycle.
template <typename Model>
void column_bench(benchmark::State& state, int lanes, std::size_t count) {
  std::vector<std::unique_ptr<BenchClock<Model>>> columns;
  for (std::size_t n = 0; n < count; ++n) {
    Model& m = columns.emplace_back(std::make_unique<BenchClock<Model>>())->ports();
    m.rst_ni = 0;
    columns.back()->fall();
    columns.back()->rise();
    m.rst_ni = m.valid_i = m.ready_i = m.weight_load_i = 1;
    m.slot_i = 0;
  }
  PortPool<Wide<decltype(Model::act_i)>> activations(any_byte(1));
  PortPool<Wide<decltype(Model::weight_i)>> weights(two_bit_byte(2));
  int block = 0;
  std::int64_t sum = 0;
  for (auto _ : state) {
    Wide<decltype(Model::act_i)> act;
    activations.next(act);
    for (auto& column : columns) {
      Model& m = column->ports();
      std::memcpy(static_cast<void*>(&m.act_i), static_cast<const void*>(&act), sizeof act);
      weights.next(m.weight_i);
      m.first_i = block == 0;
      m.last_i = block == 15;
      column->fall();
      column->rise();
      sum += m.sums_o;
    }
    block = (block + 1) % 16;
  }
  benchmark::DoNotOptimize(sum);
  report(state, static_cast<std::int64_t>(count) * lanes);
}

}  // namespace ternsim::benches
