#pragma once

#include <filesystem>

#include "cosim/product.h"
#include "cosim/product_fault.h"

namespace ternsim::cosim {

/// Runs a product on a fresh Verilated model and records the waveform: the engine for Body::Engine, else the matrix
/// unit, which the other bodies are held against. A product on which the model itself fails is recorded up to there.
/// Throws as rtl::Waveform::open.
void write_wave(const Product& product, Body body, const std::filesystem::path& path);

}  // namespace ternsim::cosim
