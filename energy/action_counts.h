#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

namespace ternsim::energy {

/// The part of the machine that acts; energy is reported by part.
enum class Part {
  Matrix,
  Vector,
  Attention,
  LmHead,
  WeightSram,
  ActivationSram,
  AccumulatorSram,
  KvSram,           ///< keys and values: the buffer in front of the attention unit, or the whole cache
  ResidentWeights,  ///< on-chip store of weights that need no DRAM: SRAM or ROM
  Dram,
  Leakage
};
std::string_view name_of(Part part);

/// What was done. `width_bits` of a key carries the operand width where the action's energy depends on it.
///
/// | action        | unit of the count                    | width_bits                             |
/// |---------------|--------------------------------------|----------------------------------------|
/// | IntAdd        | additions                            | width of the result                    |
/// | IntAddGated   | additions skipped by zero gating     | width of the result                    |
/// | IntMul        | multiplications                      | width of an operand                    |
/// | Fp16Add       | additions                            | 16                                     |
/// | Fp16Mul       | multiplications                      | 16                                     |
/// | Fp32Add       | additions, comparisons, conversions  | 32                                     |
/// | Fp32Mul       | multiplications                      | 32                                     |
/// | Fp32Special   | exp, division, square root           | 32                                     |
/// | SramRead      | bits                                 | width of one access                    |
/// | SramWrite     | bits                                 | width of one access                    |
/// | IntNegate     | conditional negations of a lane      | width of the result                    |
/// | DramRead      | bits                                 | 0                                      |
/// | DramWrite     | bits                                 | 0                                      |
/// | IntMux        | 2:1 multiplexers that a word passes  | width of the word                      |
/// | RegisterWrite | bits written into a table's registers| width of one word                      |
/// | Base3Decode   | bytes of five trits decoded          | 8                                      |
/// | RomRead       | bits                                 | width of one access                    |
enum class Action {
  IntAdd,
  IntAddGated,
  IntMul,
  Fp16Add,
  Fp16Mul,
  Fp32Add,
  Fp32Mul,
  Fp32Special,
  SramRead,
  SramWrite,
  DramRead,
  DramWrite,
  IntNegate,
  IntMux,
  RegisterWrite,
  Base3Decode,
  RomRead
};
inline constexpr int kActions = 17;
std::string_view name_of(Action action);

struct ActionKey {
  Part part;
  Action action;
  int width_bits = 0;
  auto operator<=>(const ActionKey&) const = default;
};

/// What happened in one phase (prefill or decode) of a simulation: the only thing of it that energy sees.
struct ActionCounts {
  std::map<ActionKey, std::uint64_t> counts;
  double seconds = 0;  ///< simulated time, for leakage

  void add(Part part, Action action, int width_bits, std::uint64_t count) {
    if (count != 0) counts[{part, action, width_bits}] += count;
  }
  ActionCounts& operator+=(const ActionCounts& other) {
    for (const auto& [key, count] : other.counts) counts[key] += count;
    seconds += other.seconds;
    return *this;
  }
};

/// What stands on the die, for area and leakage; filled from the accelerator's configuration.
struct Inventory {
  std::map<Part, std::uint64_t> sram_bytes;
  std::map<Part, std::uint64_t> rom_bytes;
  std::map<std::tuple<Part, Action, int>, std::uint64_t> operators;  ///< (part, action, width): how many of them
};

}  // namespace ternsim::energy
