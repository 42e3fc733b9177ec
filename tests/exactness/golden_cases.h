#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/dispatch.h"
#include "kernels/repacked_ternary.h"
#include "model/inference.h"
#include "model/weights.h"

namespace ternsim::test {

/// A small random model and how it is run; its logits for a fixed sequence are a golden vector.
struct GoldenCase {
  std::string name;
  model::Model model;
  model::KvPrecision kv = model::KvPrecision::F32;
  model::Compatibility mode = model::Compatibility::Reference;
  std::vector<std::int32_t> tokens;
};

/// Every architecture and activation scheme of tiny_variants(), every type of LM head, cache precision and
/// compatibility mode. Equal on every machine.
std::vector<std::string> golden_names();
GoldenCase make_golden_case(const std::string& name);

/// The ternary products' weights in another packing only; TwoBit leaves them.
void repack_linears(model::Model& model, kernels::Packing packing);

/// Ways of running a case that must not change a bit.
struct GoldenRun {
  kernels::Isa isa;
  int threads = 1;
  std::int64_t piece = 0;  ///< tokens of a call; 0: all in one
};
/// Hash (XXH3, 64 bits, in hexadecimal) of the logits of all positions as float32, little-endian.
std::string logits_hash(const GoldenCase& golden, const GoldenRun& run);

}  // namespace ternsim::test
