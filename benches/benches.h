#pragma once

namespace ternsim::benches {

/// gemv/PACKING/ISA/ROWSxCOLS/zeros:PERCENT/threads:N/cold|warm and gemm/.../tokens:N/threads:N/warm.
///
/// Counters: bytes_per_second of weights really read, mac_per_second, and as fractions of the limits measured in the
/// same run of_read and of_int8_peak.
void register_product_benches();

/// norm, quantise, gate, attention and LM head in float32, by TERNSIM_ISA; counters as above where they mean something.
void register_float_benches();

}  // namespace ternsim::benches
