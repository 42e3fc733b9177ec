#pragma once

#include <verilated.h>

#include <array>
#include <bit>
#include <cstring>
#include <stdexcept>
#include <string>

#include "base/error.h"
#include "rtl/verilated_coverage.h"
#include "rtl/verilated_engine_registry.h"
#include "rtl/verilated_unit.h"
#include "rtl/waveform.h"

namespace ternsim::rtl {

/// VerilatedEngine on one generated model class. Included by the generated registry only.
template <typename Model>
class VerilatedEngineBody final : public VerilatedEngine {
 public:
  explicit VerilatedEngineBody(const sim::EngineGeometry& geometry) : VerilatedEngine(geometry) {
    context_.fatalOnError(false);    // a failed assertion becomes an exception in step()
    context_.randReset(kRandReset);  // unreset registers start random, so that a use before a write shows
    context_.randSeed(1);
    model_ = std::make_unique<Model>(&context_);
    model_->clk_i = 0;
    reset();
  }

  ~VerilatedEngineBody() override {
    Verilated::threadContextp(&context_);
    collect_coverage(context_);
    model_->final();
  }

  EngineOutputs drive(const EngineInputs& in) override {
    Model& m = *model_;
    m.s_axil_awvalid_i = in.awvalid;
    m.s_axil_awaddr_i = in.awaddr;
    m.s_axil_wvalid_i = in.wvalid;
    m.s_axil_wdata_i = in.wdata;
    m.s_axil_wstrb_i = in.wstrb & 0xF;
    m.s_axil_bready_i = in.bready;
    m.s_axil_arvalid_i = in.arvalid;
    m.s_axil_araddr_i = in.araddr;
    m.s_axil_rready_i = in.rready;
    m.s_weight_tvalid_i = in.weight_valid;
    m.s_weight_tlast_i = in.weight_last;
    m.s_act_tvalid_i = in.act_valid;
    m.s_act_tlast_i = in.act_last;
    m.m_result_tready_i = in.result_ready;
    copy(in.codes, m.s_weight_tdata_i, static_cast<int>(geometry_.weight_transfer_bits()));
    copy(in.activations, m.s_act_tdata_i, geometry_.unit.lanes * 8);
    settle();
    return {.awready = m.s_axil_awready_o != 0,
            .wready = m.s_axil_wready_o != 0,
            .bvalid = m.s_axil_bvalid_o != 0,
            .bresp = m.s_axil_bresp_o,
            .arready = m.s_axil_arready_o != 0,
            .rvalid = m.s_axil_rvalid_o != 0,
            .rdata = m.s_axil_rdata_o,
            .rresp = m.s_axil_rresp_o,
            .weight_ready = m.s_weight_tready_o != 0,
            .act_ready = m.s_act_tready_o != 0,
            .result_valid = m.m_result_tvalid_o != 0,
            .result_last = m.m_result_tlast_o != 0,
            .irq = m.irq_o != 0};
  }

  void result(std::span<std::int32_t> sums) override {
    if (sums.size() != static_cast<std::size_t>(geometry_.unit.rows)) throw std::invalid_argument("sums: not (rows)");
    const int bits = geometry_.unit.accumulator_bits;
    std::array<unsigned char, sizeof(model_->m_result_tdata_o) + 8> bytes{};  // room for eight bytes at the last row
    std::memcpy(bytes.data(), &model_->m_result_tdata_o, sizeof(model_->m_result_tdata_o));
    for (std::size_t r = 0; r < sums.size(); ++r) {
      const std::size_t bit = r * static_cast<std::size_t>(bits);
      std::uint64_t word;
      std::memcpy(&word, &bytes[bit / 8], sizeof word);
      sums[r] = static_cast<std::int32_t>(static_cast<std::int64_t>((word >> bit % 8) << (64 - bits)) >> (64 - bits));
    }
  }

  void step() override {
    waveform_.sample(2 * cycles_);
    model_->clk_i = 1;
    evaluate();
    waveform_.sample(2 * cycles_ + 1);
    ++cycles_;
    if (context_.gotError()) [[unlikely]] {
      throw MismatchError("RTL engine '" + geometry_.unit.name + "', cycle " + std::to_string(cycles_) + ": " +
                          take_verilated_text());
    }
  }

  void trace(const std::filesystem::path& path) override { waveform_.open(*model_, context_, path); }

  void reset() override {
    context_.gotError(false);
    context_.gotFinish(false);
    take_verilated_text();
    model_->rst_ni = 0;
    drive({});
    step();
    model_->rst_ni = 1;
    settle();
  }

 private:
  // Ports are copied as bytes; Verilator keeps bit 0 in the lowest bit of the first word.
  static_assert(std::endian::native == std::endian::little);

  template <typename T, typename Port>
  static void copy(std::span<const T> data, Port& port, int bits) {
    if (data.empty()) return;
    if (data.size() != static_cast<std::size_t>((bits + 7) / 8)) throw std::invalid_argument("stream data: wrong size");
    std::memcpy(&port, data.data(), data.size());
    // A port narrower than its bytes must not carry bits above its width.
    if (bits % 8 != 0)
      reinterpret_cast<unsigned char*>(&port)[data.size() - 1] &= static_cast<unsigned char>((1 << bits % 8) - 1);
  }

  void settle() {
    model_->clk_i = 0;
    evaluate();
  }

  void evaluate() {
    // The runtime reports errors to the thread's context, which is that of the last model made.
    Verilated::threadContextp(&context_);
    model_->eval();
  }

  VerilatedContext context_;
  std::unique_ptr<Model> model_;
  Waveform waveform_;  // goes before the model that it records
};

template <typename Model>
EngineEntry engine_entry(const sim::EngineGeometry& geometry) {
  return {geometry, [geometry] { return std::make_unique<VerilatedEngineBody<Model>>(geometry); }};
}

}  // namespace ternsim::rtl
