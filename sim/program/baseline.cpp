#include "sim/program/baseline.h"

#include <fmt/format.h>

namespace ternsim::sim {

AcceleratorConfig fp16_baseline_of(const AcceleratorConfig& accelerator) {
  AcceleratorConfig b = accelerator;
  b.name += "-fp16";
  b.origin = "the FP16 baseline of " + accelerator.where();
  b.matrix.datapath = DatapathKind::Fp16Mac;
  b.matrix.rtl_config.clear();
  b.matrix.geometry.name.clear();
  b.matrix.dataflow = accelerator.matrix.dataflow == Dataflow::TableStationary ? Dataflow::OutputStationary
                                                                               : accelerator.matrix.dataflow;
  b.matrix.packing = WeightPacking::Fp16;
  b.matrix.decoder_weights_per_cycle = 0;
  b.matrix.skip_zero_rows = false;
  b.matrix.gather_inputs = false;
  b.matrix.activation_bits = 16;
  b.matrix.zero_gating = false;
  b.yaml = fmt::format(
      "# derived from {}: every key as there, but\n"
      "matrix_unit:\n  datapath: fp16_mac\n  weight_packing: fp16\n  activation_bits: 16\n  zero_gating: false\n",
      accelerator.name);
  return b;
}

AcceleratorConfig scaled(const AcceleratorConfig& accelerator, int channels_factor, int rows_factor) {
  AcceleratorConfig s = accelerator;
  s.name += fmt::format("-x{}ch-x{}rows", channels_factor, rows_factor);
  s.dram.channels *= channels_factor;
  s.matrix.geometry.rows *= rows_factor;
  s.matrix.decoder_weights_per_cycle *= rows_factor;
  s.buffers.weight_bytes *= rows_factor;
  s.yaml += fmt::format(
      "# scaled: dram.channels x {}, matrix_unit.rows, decoder_weights_per_cycle and buffers.weight_bytes x {}\n",
      channels_factor, rows_factor);
  return s;
}

}  // namespace ternsim::sim
