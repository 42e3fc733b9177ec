#pragma once

#include <string>
#include <vector>

// Valid files for the fuzzers to start from, as small as each format allows: one per container version, architecture,
// tensor type and tokenizer.
namespace ternsim::fuzz {

/// Those named "refused..." are invalid in one thing each: where a short run should not depend on the fuzzer's luck.
struct Seed {
  std::string name;
  std::string bytes;
};

std::vector<Seed> gguf_seeds();
std::vector<Seed> results_seeds();
/// The first byte of these says what the others are: see checkpoint_input.h, tokenizer_input.h, configuration_input.h.
std::vector<Seed> safetensors_seeds();
std::vector<Seed> tokenizer_seeds();
std::vector<Seed> configuration_seeds();

}  // namespace ternsim::fuzz
