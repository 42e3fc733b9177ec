#pragma once

#include <string>
#include <utility>
#include <vector>

#include "model/vocabulary.h"

// What the tokenizer tests share: GPT-2's spelling of bytes, written out from its rule once more, and a vocabulary of
// all single bytes (id = byte) with merges on top.
namespace ternsim::model::testing {

inline std::string spelled(const std::string& bytes) {
  std::string out;
  for (const char c : bytes) {
    const int b = static_cast<unsigned char>(c);
    int code = b;
    if (b <= 0x20)
      code = 0x100 + b;  // the 33 bytes 00 ... 20
    else if (b >= 0x7f && b <= 0xa0)
      code = 0x121 + b - 0x7f;  // the next 34
    else if (b == 0xad)
      code = 0x143;  // and the last
    if (code < 0x80) {
      out += static_cast<char>(code);
    } else {  // all below U+0800
      out += static_cast<char>(0xc0 | (code >> 6));
      out += static_cast<char>(0x80 | (code & 0x3f));
    }
  }
  return out;
}

/// Ids 0 ... 255 the bytes; 256 + r the result of merge r; then the control tokens <s>, </s>, <|eot|>.
inline Vocabulary byte_vocabulary(const std::vector<std::pair<std::string, std::string>>& merges) {
  Vocabulary v;
  for (int b = 0; b < 256; ++b) v.tokens.push_back(spelled(std::string(1, static_cast<char>(b))));
  for (const auto& [left, right] : merges) {
    v.tokens.push_back(spelled(left + right));
    v.merges.emplace_back(spelled(left), spelled(right));
  }
  v.types.assign(v.tokens.size(), 1);
  for (const char* name : {"<s>", "</s>", "<|eot|>"}) {
    v.tokens.emplace_back(name);
    v.types.push_back(3);
  }
  v.bos = static_cast<std::int32_t>(v.tokens.size()) - 3;
  v.eos = v.bos + 1;
  return v;
}

}  // namespace ternsim::model::testing
