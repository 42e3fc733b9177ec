#pragma once

#include <string>
#include <string_view>

#include "model/vocabulary.h"

namespace ternsim::model {

/// A tiktoken rank file as LLaMA 3 is released with (`tokenizer.model`): a line a token, its bytes in base64 (RFC 4648,
/// padded), one space, its rank; ranks 0 ... n - 1 in any order, n at most 2^20, tokens of at most 512 bytes. Behind
/// them come LLaMA 3's 256 special tokens, which the file does not hold: <|begin_of_text|> at n, <|end_of_text|>,
/// <|reserved_special_token_0|> ... _3, <|start_header_id|>, <|end_header_id|>, _4, <|eot_id|>, _5 ... _250 (published
/// with the model; n = 128000 there). Neighbours whose bytes together are a token merge, the lowest rank first.
///
/// Throws InputError, "<origin>: line <n>: ...", on anything else.
Vocabulary parse_tiktoken(std::string_view text, const std::string& origin);

}  // namespace ternsim::model
