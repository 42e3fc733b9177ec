#pragma once

#include "sim/program/accelerator_config.h"

namespace ternsim::sim {

/// The machine of another number format that an accelerator is held against: the same clock, array shape (so the same
/// peak MAC/s), buffers, other units and DRAM. `datapath`: Fp16Mac (weights and activations in FP16), Int8Mac (a byte
/// each) or W4A16Mac (4-bit weights in groups of 128, FP16 activations); std::invalid_argument on another.
AcceleratorConfig baseline_of(const AcceleratorConfig& accelerator, DatapathKind datapath);

/// The machine with `rows` rows in the matrix unit, and decoders to match; for comparison at equal area.
AcceleratorConfig with_rows(const AcceleratorConfig& accelerator, int rows);

/// A machine with `channels_factor` times the DRAM channels and `rows_factor` times the rows of the matrix unit and the
/// weight SRAM that feeds them; for comparison at equal tokens/s.
AcceleratorConfig scaled(const AcceleratorConfig& accelerator, int channels_factor, int rows_factor);

}  // namespace ternsim::sim
