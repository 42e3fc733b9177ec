#include "sim/program/baseline.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

namespace ternsim::sim {

namespace {

struct Format {
  DatapathKind datapath;
  const char* suffix;
  const char* title;
  WeightPacking packing;
  int activation_bits;
};
constexpr std::array<Format, 3> kFormats{{{DatapathKind::Fp16Mac, "fp16", "FP16", WeightPacking::Fp16, 16},
                                          {DatapathKind::Int8Mac, "int8", "INT8", WeightPacking::Int8, 8},
                                          {DatapathKind::W4A16Mac, "w4a16", "W4A16", WeightPacking::Int4Groups, 16}}};

}  // namespace

AcceleratorConfig baseline_of(const AcceleratorConfig& accelerator, DatapathKind datapath) {
  const auto format = std::ranges::find(kFormats, datapath, &Format::datapath);
  if (format == kFormats.end())
    throw std::invalid_argument(fmt::format("{} is no baseline", std::string(name_of(datapath))));
  AcceleratorConfig b = accelerator;
  b.name += fmt::format("-{}", format->suffix);
  b.origin = fmt::format("the {} baseline of {}", format->title, accelerator.where());
  b.matrix.datapath = datapath;
  b.matrix.rtl_config.clear();
  b.matrix.geometry.name.clear();
  b.matrix.dataflow = accelerator.matrix.dataflow == Dataflow::TableStationary ? Dataflow::OutputStationary
                                                                               : accelerator.matrix.dataflow;
  b.matrix.packing = format->packing;
  b.matrix.group_size = 128;
  b.matrix.decoder_weights_per_cycle = 0;
  b.matrix.skip_zero_rows = false;
  b.matrix.gather_inputs = false;
  b.matrix.activation_bits = format->activation_bits;
  b.matrix.zero_gating = false;
  b.yaml = fmt::format(
      "# derived from {}: every key as there, but\n"
      "matrix_unit:\n  datapath: {}\n  weight_packing: {}\n  activation_bits: {}\n  zero_gating: false\n",
      accelerator.name, std::string(name_of(datapath)), std::string(name_of(format->packing)), format->activation_bits);
  return b;
}

AcceleratorConfig with_rows(const AcceleratorConfig& accelerator, int rows) {
  AcceleratorConfig s = accelerator;
  s.name += fmt::format("-{}rows", rows);
  s.matrix.decoder_weights_per_cycle =
      s.matrix.decoder_weights_per_cycle * rows / std::max(accelerator.matrix.geometry.rows, 1);
  s.matrix.geometry.rows = rows;
  s.yaml += fmt::format("# matrix_unit.rows: {}\n", rows);
  return s;
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
