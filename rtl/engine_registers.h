#pragma once

#include <cstdint>

namespace ternsim::rtl {

/// The registers of rtl/src/engine_registers.sv by byte address; docs/reference/rtl.md says what they hold.
enum class EngineRegister : std::uint8_t {
  Id = 0x00,
  Shape = 0x04,
  Timing = 0x08,
  MaxCols = 0x0C,
  MaxWords = 0x10,
  QueueDepth = 0x14,
  Control = 0x18,
  Status = 0x1C,
  CmdRows = 0x20,
  CmdCols = 0x24,
  CmdTokens = 0x28,
  CmdStart = 0x2C,
  QueueLevel = 0x30,
  DoneCount = 0x34,
  BusyCycles = 0x38,
  Beats = 0x3C,
  StallOutput = 0x40,
  StallWeights = 0x44,
  StallActivations = 0x48,
  DrainCycles = 0x4C,
  IllegalBeats = 0x50,
};

/// Bits of CONTROL.
namespace engine_control {
inline constexpr std::uint32_t kRun = 1U << 0;
inline constexpr std::uint32_t kIrqEnable = 1U << 1;
inline constexpr std::uint32_t kSoftReset = 1U << 2;
inline constexpr std::uint32_t kClearCounters = 1U << 3;
}  // namespace engine_control

/// Bits of STATUS; those from kDone on stay until a one is written to them.
namespace engine_status {
inline constexpr std::uint32_t kBusy = 1U << 0;
inline constexpr std::uint32_t kQueueEmpty = 1U << 1;
inline constexpr std::uint32_t kQueueFull = 1U << 2;
inline constexpr std::uint32_t kDone = 1U << 8;
inline constexpr std::uint32_t kIllegalWeight = 1U << 9;
inline constexpr std::uint32_t kRefusedShape = 1U << 10;
inline constexpr std::uint32_t kRefusedColumns = 1U << 11;
inline constexpr std::uint32_t kRefusedTokens = 1U << 12;
inline constexpr std::uint32_t kRefusedFull = 1U << 13;
inline constexpr std::uint32_t kWeightFrame = 1U << 14;
inline constexpr std::uint32_t kActivationFrame = 1U << 15;
inline constexpr std::uint32_t kSticky = 0xFF00;
}  // namespace engine_status

}  // namespace ternsim::rtl
