#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/vocabulary.h"

// What the readers of vocabularies share.
namespace ternsim::model {

/// The bytes that a token of byte-level BPE stands for, or nothing if it is not spelled in GPT-2's byte-to-unicode
/// alphabet.
std::optional<std::string> bytes_of_spelling(std::string_view spelling);
/// The other way round.
std::string spelling_of_bytes(std::string_view bytes);

/// "left right" with exactly one space, neither of them empty; else nothing.
std::optional<std::pair<std::string, std::string>> split_merge(std::string_view line);

/// Makes control tokens of those that are one by their name, whatever type a file gives them: LLaMA 3's special tokens
/// and <|endoftext|>, <|im_start|>, <|im_end|>. Some converters write them as user-defined ones, which a user's text
/// could spell.
void mark_known_controls(Vocabulary& vocabulary);

/// Control tokens that end a text or a turn by what they are called: <|end_of_text|>, <|eot_id|>, <|eom_id|>,
/// <|endoftext|>, <|im_end|>, </s>. Ascending; `eos` is not among them.
std::vector<std::int32_t> known_stop_ids(const Vocabulary& vocabulary);

/// The id of the control token spelled so, or -1.
std::int32_t find_control(const Vocabulary& vocabulary, std::string_view spelling);

/// An InputError "<origin>: <where>: <message>".
[[noreturn]] void fail_input(const std::string& origin, const std::string& where, const std::string& message);

}  // namespace ternsim::model
