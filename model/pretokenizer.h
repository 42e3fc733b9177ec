#pragma once

#include <memory>
#include <string_view>
#include <vector>

namespace ternsim::model {

/// Throws InputError on text that is not UTF-8, with the byte offset, and on more than 256 MiB at once.
void require_text(std::string_view text);

/// Cuts text into the pieces that byte-pair merges do not cross, by LLaMA 3's expression (Llama Team, "The Llama 3 Herd
/// of Models", arXiv 2407.21783, section 3.2; the expression as published with its tokenizer):
///
///     (?i:'s|'t|'re|'ve|'m|'ll|'d)      contractions
///     [^\r\n\p{L}\p{N}]?\p{L}+          a word with at most one space or sign in front
///     \p{N}{1,3}                        up to three digits
///     ` ?[^\s\p{L}\p{N}]+[\r\n]*`       signs with a space in front and line ends behind
///     \s*[\r\n]+                        white space up to a line end
///     \s+(?!\S)                         white space but for the last before a word
///     \s+
///
/// Not safe for use from two threads at once.
class PreTokenizer {
 public:
  PreTokenizer();
  ~PreTokenizer();
  PreTokenizer(PreTokenizer&&) noexcept;
  PreTokenizer& operator=(PreTokenizer&&) noexcept;

  /// The pieces in order; together they are the text. Throws InputError as `require_text` does.
  std::vector<std::string_view> split(std::string_view text) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ternsim::model
