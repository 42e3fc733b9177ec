#include "sim/program/baseline.h"

#include <fmt/format.h>

namespace ternsim::sim {

AcceleratorConfig fp16_baseline_of(const AcceleratorConfig& accelerator) {
  AcceleratorConfig b = accelerator;
  b.name += "-fp16";
  b.matrix.datapath = Datapath::Fp16Mac;
  b.matrix.rtl_config.clear();
  b.matrix.geometry.name.clear();
  b.matrix.weight_bits = 16;
  b.matrix.activation_bits = 16;
  b.matrix.zero_gating = false;
  b.yaml = fmt::format(
      "# derived from {}: every key as there, but\n"
      "matrix_unit:\n  datapath: fp16_mac\n  weight_bits: 16\n  activation_bits: 16\n  zero_gating: false\n",
      accelerator.name);
  return b;
}

AcceleratorConfig scaled(const AcceleratorConfig& accelerator, int channels_factor, int rows_factor) {
  AcceleratorConfig s = accelerator;
  s.name += fmt::format("-x{}ch-x{}rows", channels_factor, rows_factor);
  s.dram.channels *= channels_factor;
  s.matrix.geometry.rows *= rows_factor;
  s.buffers.weight_bytes *= rows_factor;
  s.yaml += fmt::format("# scaled: dram.channels x {}, matrix_unit.rows and buffers.weight_bytes x {}\n",
                        channels_factor, rows_factor);
  return s;
}

}  // namespace ternsim::sim
