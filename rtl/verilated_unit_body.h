#pragma once

#include <verilated.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>

#include "base/error.h"
#include "rtl/verilated_coverage.h"
#include "rtl/verilated_registry.h"
#include "rtl/verilated_unit.h"
#include "rtl/waveform.h"

namespace ternsim::rtl {

/// VerilatedUnit on one generated model class. Included by the generated registry only.
template <typename Model>
class VerilatedUnitBody final : public VerilatedUnit {
 public:
  explicit VerilatedUnitBody(const sim::MatrixGeometry& geometry) : VerilatedUnit(geometry) {
    context_.fatalOnError(false);    // a failed assertion becomes an exception in step()
    context_.randReset(kRandReset);  // unreset registers start random, so that a use before a write shows
    context_.randSeed(1);
    model_ = std::make_unique<Model>(&context_);
    model_->clk_i = 0;
    model_->ready_i = 1;
    idle();
    reset();
  }

  ~VerilatedUnitBody() override {
    Verilated::threadContextp(&context_);
    collect_coverage(context_);
    model_->final();
  }

  void drive(const Beat& beat) override {
    check(beat);
    std::memcpy(&model_->act_i, beat.activations.data(), beat.activations.size());
    model_->weight_load_i = !beat.codes.empty();
    if (!beat.codes.empty()) {
      std::memcpy(&model_->weight_i, beat.codes.data(), beat.codes.size());
      // A port narrower than its bytes must not carry bits above its width.
      if (const int used = geometry_.rows * geometry_.lanes * 2 % 8; used != 0) {
        reinterpret_cast<unsigned char*>(&model_->weight_i)[beat.codes.size() - 1] &=
            static_cast<unsigned char>((1 << used) - 1);
      }
    }
    model_->slot_i = static_cast<CData>(beat.slot);
    model_->first_i = beat.first;
    model_->last_i = beat.last;
    model_->valid_i = 1;
    settled_ = false;
  }

  void idle() override {
    model_->valid_i = 0;
    settled_ = false;
  }

  void set_output_ready(bool ready) override {
    if (static_cast<bool>(model_->ready_i) == ready) return;
    model_->ready_i = ready;
    settled_ = false;
  }

  void reset() override {
    model_->rst_ni = 0;
    settled_ = false;
    context_.gotError(false);
    context_.gotFinish(false);
    take_verilated_text();
    step();
    model_->rst_ni = 1;
    settled_ = false;
  }

  void step() override {
    settle();
    waveform_.sample(2 * cycles_);
    model_->clk_i = 1;
    evaluate();
    waveform_.sample(2 * cycles_ + 1);
    settled_ = false;
    ++cycles_;
    if (context_.gotError()) [[unlikely]] {
      throw MismatchError("RTL '" + geometry_.name + "', cycle " + std::to_string(cycles_) + ": " +
                          take_verilated_text());
    }
  }

  void trace(const std::filesystem::path& path) override { waveform_.open(*model_, context_, path); }

  bool input_ready() override {
    settle();
    return model_->ready_o;
  }
  bool output_valid() override {
    settle();
    return model_->valid_o;
  }
  int output_slot() override {
    settle();
    return model_->slot_o;
  }
  bool illegal() override {
    settle();
    return model_->illegal_o;
  }
  std::uint32_t illegal_count() override {
    settle();
    return model_->illegal_count_o;
  }

  void output_sums(std::span<std::int32_t> sums) override {
    if (sums.size() != static_cast<std::size_t>(geometry_.rows)) throw std::invalid_argument("sums: not (rows)");
    settle();
    const int bits = geometry_.accumulator_bits;
    std::array<unsigned char, sizeof(model_->sums_o) + 8> bytes{};  // room to read eight bytes at the last row
    std::memcpy(bytes.data(), &model_->sums_o, sizeof(model_->sums_o));
    for (std::size_t r = 0; r < sums.size(); ++r) {
      const std::size_t bit = r * static_cast<std::size_t>(bits);
      std::uint64_t word;
      std::memcpy(&word, &bytes[bit / 8], sizeof word);
      const auto top = static_cast<std::int64_t>((word >> bit % 8) << (64 - bits));
      sums[r] = static_cast<std::int32_t>(top >> (64 - bits));
    }
  }

 private:
  // Ports are copied as bytes; Verilator keeps bit 0 in the lowest bit of the first word.
  static_assert(std::endian::native == std::endian::little);

  /// Lets the clock fall and the combinational paths follow the inputs.
  void settle() {
    if (settled_) return;
    model_->clk_i = 0;
    evaluate();
    settled_ = true;
  }

  void evaluate() {
    // The runtime reports errors to the thread's context, which is that of the last unit made.
    Verilated::threadContextp(&context_);
    model_->eval();
  }

  VerilatedContext context_;
  std::unique_ptr<Model> model_;
  Waveform waveform_;  // goes before the model that it records
  bool settled_ = false;
};

template <typename Model>
RegistryEntry entry(const sim::MatrixGeometry& geometry) {
  return {geometry, [geometry] { return std::make_unique<VerilatedUnitBody<Model>>(geometry); }};
}

}  // namespace ternsim::rtl
