#pragma once

namespace ternsim::rtl {

/// Whether this build's Verilated models can record waveforms (CMake option TERNSIM_WAVEFORMS).
#if TERNSIM_WAVEFORMS
inline constexpr bool kWaveforms = true;
#else
inline constexpr bool kWaveforms = false;
#endif

}  // namespace ternsim::rtl
