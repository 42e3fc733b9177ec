#pragma once

#include "sim/program/accelerator_config.h"

namespace ternsim::sim {

/// The FP16 machine that an accelerator is held against: the same clock, array shape (so the same peak MAC/s), buffers,
/// other units and DRAM; FP16 weights and activations, one FP16 multiply and add per weight.
AcceleratorConfig fp16_baseline_of(const AcceleratorConfig& accelerator);

/// A machine with `channels_factor` times the DRAM channels and `rows_factor` times the rows of the matrix unit and the
/// weight SRAM that feeds them; for comparison at equal tokens/s.
AcceleratorConfig scaled(const AcceleratorConfig& accelerator, int channels_factor, int rows_factor);

}  // namespace ternsim::sim
