#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "sim/program/matrix_geometry.h"

namespace ternsim::sim {

enum class Datapath {
  AdderTree,  ///< ternary codes select +a, 0 or -a into a binary adder tree: no multiplier
  Fp16Mac     ///< the baseline: FP16 multiply and FP16 add per weight, FP16 activations
};

struct MatrixUnitConfig {
  Datapath datapath = Datapath::AdderTree;
  std::string rtl_config;  ///< the RTL configuration with these very parameters; empty for a baseline without RTL
  MatrixGeometry geometry;
  int weight_bits = 2;  ///< stored and moved per weight
  int activation_bits = 8;
  bool zero_gating = true;  ///< an add with an operand known to be zero from the weight codes does not toggle
};

struct BufferConfig {
  std::int64_t weight_bytes = 0;       ///< both halves of the double buffer
  std::int64_t activation_bytes = 0;   ///< inputs of the matrix unit
  std::int64_t accumulator_bytes = 0;  ///< sums and float32 values between operators
};

struct VectorUnitConfig {
  int lanes = 0;           ///< float32 elements a cycle and pass
  int latency_cycles = 0;  ///< pipeline depth
};

struct MacUnitConfig {
  int lanes = 0;  ///< multiply-accumulates a cycle
  int latency_cycles = 0;
};

struct DramConfig {
  std::string type;  ///< names the energy constants: lpddr5x, hbm2e, ...
  int channels = 0;
  double channel_bytes_per_second = 0;
  int banks_per_channel = 0;
  std::int64_t row_bytes = 0;  ///< bytes of one open row of one channel
  int burst_bytes = 0;         ///< smallest transfer
  double t_rcd_s = 0, t_rp_s = 0, t_cl_s = 0, t_rfc_s = 0, t_refi_s = 0, t_turnaround_s = 0;
  double bytes_per_second() const { return channels * channel_bytes_per_second; }
};

/// One accelerator, every parameter as `configs/accelerators/*.yaml` writes it out.
struct AcceleratorConfig {
  std::string name;
  double clock_hz = 0;
  MatrixUnitConfig matrix;
  BufferConfig buffers;
  VectorUnitConfig vector;
  MacUnitConfig attention;
  int kv_cache_bits = 16;
  MacUnitConfig lm_head;
  int issue_cycles = 1;      ///< sequencer: cycles to issue one command
  int queue_depth = 8;       ///< commands waiting in front of each unit
  int dma_setup_cycles = 0;  ///< DMA: cycles to decode one descriptor
  DramConfig dram;
  std::string yaml;  ///< the file's text, for provenance

  /// Multiply-accumulates (or ternary adds) of the matrix unit per second.
  double peak_macs_per_second() const { return clock_hz * matrix.geometry.rows * matrix.geometry.lanes; }
};

/// Reads an accelerator file strictly. When it names an `rtl_config`, the geometry must equal that of `rtl_configs`
/// (the path of rtl/configs.yaml). Throws InputError.
AcceleratorConfig load_accelerator(const std::filesystem::path& path, const std::filesystem::path& rtl_configs);

}  // namespace ternsim::sim
