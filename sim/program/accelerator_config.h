#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "base/yaml.h"
#include "sim/program/dram_config.h"
#include "sim/program/matrix_config.h"

namespace ternsim::sim {

struct BufferConfig {
  std::int64_t weight_bytes = 0;       ///< all banks of the weight SRAM
  int weight_banks = 2;                ///< 2: one is filled while the other is used; 1: load and use take turns
  std::int64_t activation_bytes = 0;   ///< inputs of the matrix unit
  std::int64_t accumulator_bytes = 0;  ///< sums and float32 values between operators
  std::int64_t kv_bytes = 0;           ///< keys and values from DRAM on their way into the attention unit, two banks
};

/// What the mapper would choose by itself; 0 leaves the choice to it.
struct MappingConfig {
  std::int64_t token_block = 0;  ///< tokens of a sequence that go through the layers together
  std::int64_t chunk_rows = 0;   ///< rows of one load of weights
};

/// Where weights stand that need no DRAM: as many whole matrices as fit, linear layers in order first, then the LM
/// head, then the embedding.
enum class ResidentStorage { None, Sram, Rom };
std::string_view name_of(ResidentStorage storage);

struct ResidentConfig {
  ResidentStorage storage = ResidentStorage::None;
  std::int64_t bytes = 0;
};

/// Keys and values: moved between DRAM and attention unit, or kept in an SRAM of their own.
struct KvCacheConfig {
  int bits = 16;                ///< of a value: 16, 8, 4 or 3; below 16 a float16 scale for each head and position
  bool on_chip = false;         ///< storage: sram
  std::int64_t sram_bytes = 0;  ///< capacity, where on chip
};

struct VectorUnitConfig {
  int lanes = 0;           ///< float32 elements a cycle and pass
  int latency_cycles = 0;  ///< pipeline depth
};

struct MacUnitConfig {
  int lanes = 0;  ///< multiply-accumulates a cycle
  int latency_cycles = 0;
};

enum class AttentionPrecision { Fp16, Int8 };

struct AttentionConfig : MacUnitConfig {
  AttentionPrecision precision = AttentionPrecision::Fp16;  ///< of the multiplies; sums are FP32 or INT32
  int special_lanes = 0;                                    ///< exponentials or divisions a cycle
  int query_tokens = 1;                                     ///< tokens that share one read of keys and values
};

/// What the machine is made of: a chip of its own, which energy constants and areas are those of, or an FPGA.
enum class Fabric { Asic, Fpga };

/// One accelerator, every parameter as `configs/accelerators/*.yaml` writes it out.
struct AcceleratorConfig {
  std::string name;
  Fabric fabric = Fabric::Asic;  ///< asic where the file does not say
  double clock_hz = 0;
  MatrixUnitConfig matrix;
  BufferConfig buffers;
  MappingConfig mapping;
  ResidentConfig resident;
  VectorUnitConfig vector;
  AttentionConfig attention;
  KvCacheConfig kv_cache;
  MacUnitConfig lm_head;
  int issue_cycles = 1;      ///< sequencer: cycles to issue one command
  int queue_depth = 8;       ///< commands waiting in front of each unit
  int dma_setup_cycles = 0;  ///< DMA: cycles to decode one descriptor
  DramConfig dram;
  std::string yaml;    ///< the file's text, for provenance
  std::string origin;  ///< the file's path; empty where there was none

  /// What messages begin with, so that they lead to the key: the file, or the name where there is none.
  const std::string& where() const { return origin.empty() ? name : origin; }

  /// Weights by activations of the matrix unit per second, all lanes busy; a bit-serial one takes a cycle for each bit.
  double peak_macs_per_second() const {
    const int cycles = matrix.datapath == DatapathKind::BitSerial ? matrix.activation_bits : 1;
    return clock_hz * matrix.geometry.rows * matrix.geometry.lanes / cycles;
  }
};

/// Reads an accelerator file strictly. When it names an `rtl_config`, the geometry must equal that of `rtl_configs`
/// (the path of rtl/configs.yaml). `overrides` stand in place of the file's values; the name says so. Throws
/// InputError.
AcceleratorConfig load_accelerator(const std::filesystem::path& path, const std::filesystem::path& rtl_configs,
                                   std::span<const YamlOverride> overrides = {});

}  // namespace ternsim::sim
