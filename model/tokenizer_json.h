#pragma once

#include <string>
#include <string_view>

#include "model/vocabulary.h"

namespace ternsim::model {

/// A Hugging Face `tokenizer.json` with a BPE model, of one of two forms:
///
/// - byte-level: pre_tokenizer a Sequence of Split by LLaMA 3's expression (Isolated) and ByteLevel without
///   add_prefix_space and use_regex, no normalizer;
/// - SentencePiece with `byte_fallback` (LLaMA 2): no pre_tokenizer, normalizer a Sequence of Prepend U+2581 (or
///   without it) and Replace " " by U+2581.
///
/// Merges stand as "left right" or as [left, right]. added_tokens: `special` ones become control tokens, others
/// user-defined ones. The begin-of-text token is what a TemplateProcessing post-processor puts in front, else
/// <|begin_of_text|> or <s>; the end-of-text token <|end_of_text|>, </s> or <|endoftext|>.
///
/// At most 64 MiB, 4 million values, 32 levels. Throws InputError, "<origin>: <JSON pointer>: ...", on anything else:
/// what would change the tokens and is not supported is refused by name.
Vocabulary parse_tokenizer_json(std::string_view text, const std::string& origin);

}  // namespace ternsim::model
