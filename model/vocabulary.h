#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace ternsim::model {

/// The tokenizer's data as a model file carries it (byte-level BPE, GGUF "gpt2" model).
struct Vocabulary {
  std::vector<std::string> tokens;  ///< by id, in GPT-2's byte-to-unicode spelling
  std::vector<std::int32_t> types;  ///< 1 normal, 3 control, as GGUF numbers them; one per token
  std::vector<std::pair<std::string, std::string>> merges;  ///< by rank
  std::int32_t bos = -1;
  std::int32_t eos = -1;
  bool add_bos = true;
};

}  // namespace ternsim::model
