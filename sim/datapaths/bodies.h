#pragma once

#include <memory>

#include "sim/datapaths/datapath.h"

namespace ternsim::sim {

// One maker per DatapathKind; each body is described in the file that defines it.
std::unique_ptr<Datapath> make_adder_tree(const MatrixUnitConfig& config);
std::unique_ptr<Datapath> make_zero_skip(const MatrixUnitConfig& config);
std::unique_ptr<Datapath> make_lut(const MatrixUnitConfig& config);
std::unique_ptr<Datapath> make_bit_serial(const MatrixUnitConfig& config);
std::unique_ptr<Datapath> make_int8_mac(const MatrixUnitConfig& config);
std::unique_ptr<Datapath> make_fp16_mac(const MatrixUnitConfig& config);
std::unique_ptr<Datapath> make_w4a16_mac(const MatrixUnitConfig& config);

}  // namespace ternsim::sim
