#include "model/pretokenizer.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <fmt/format.h>
#include <pcre2.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "base/error.h"
#include "base/utf8.h"

#if PCRE2_MAJOR < 10 || (PCRE2_MAJOR == 10 && PCRE2_MINOR < 40)
#error "PCRE2 10.40 or later is needed: earlier ones do not know \p{White_Space}"
#endif

namespace ternsim::model {

namespace {

// \p{White_Space} stands for the published expression's \s: PCRE2's own \s also takes U+180E, which is no white space
// in Unicode since 6.3 nor in the engines that the tokenizer was trained with.
constexpr std::string_view kPattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\p{White_Space}\p{L}\p{N}]+[\r\n]*)"
    R"(|\p{White_Space}*[\r\n]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+)";

// Backtracking of this expression is linear in the text: a white-space run is given back one character at a time, once.
constexpr std::uint32_t kMatchLimitBase = 100'000;
constexpr std::uint32_t kMatchLimitPerByte = 8;
constexpr std::size_t kMaxTextBytes = std::size_t{1} << 28;

std::string pcre_message(int code) {
  std::array<PCRE2_UCHAR, 256> text{};
  pcre2_get_error_message(code, text.data(), text.size());
  return reinterpret_cast<const char*>(text.data());
}

struct Free {
  void operator()(pcre2_code* p) const { pcre2_code_free(p); }
  void operator()(pcre2_match_data* p) const { pcre2_match_data_free(p); }
  void operator()(pcre2_match_context* p) const { pcre2_match_context_free(p); }
};

}  // namespace

void require_text(std::string_view text) {
  if (text.size() > kMaxTextBytes)
    throw InputError(fmt::format("a text of {} bytes is too long to tokenize at once; give at most {} bytes",
                                 text.size(), kMaxTextBytes));
  if (const std::size_t valid = utf8_valid_prefix(text); valid != text.size())
    throw InputError(
        fmt::format("the text is not UTF-8: byte 0x{:02x} at offset {} begins no valid character; convert it "
                    "to UTF-8",
                    static_cast<unsigned char>(text[valid]), valid));
}

struct PreTokenizer::Impl {
  std::unique_ptr<pcre2_code, Free> code;
  std::unique_ptr<pcre2_match_data, Free> match;
  std::unique_ptr<pcre2_match_context, Free> context;
};

PreTokenizer::PreTokenizer() : impl_(std::make_unique<Impl>()) {
  int error = 0;
  PCRE2_SIZE offset = 0;
  impl_->code.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(kPattern.data()), kPattern.size(),
                                  PCRE2_UTF | PCRE2_UCP | PCRE2_ANCHORED, &error, &offset, nullptr));
  if (!impl_->code)
    throw std::logic_error(
        fmt::format("pre-tokenizer: PCRE2 refuses the expression at {}: {}", offset, pcre_message(error)));
  // Without a just-in-time compiler pcre2_match interprets: the same pieces, slower.
  pcre2_jit_compile(impl_->code.get(), PCRE2_JIT_COMPLETE);
  impl_->match.reset(pcre2_match_data_create_from_pattern(impl_->code.get(), nullptr));
  impl_->context.reset(pcre2_match_context_create(nullptr));
  if (!impl_->match || !impl_->context) throw std::bad_alloc();
}

PreTokenizer::~PreTokenizer() = default;
PreTokenizer::PreTokenizer(PreTokenizer&&) noexcept = default;
PreTokenizer& PreTokenizer::operator=(PreTokenizer&&) noexcept = default;

std::vector<std::string_view> PreTokenizer::split(std::string_view text) const {
  require_text(text);
  pcre2_set_match_limit(impl_->context.get(),
                        kMatchLimitBase + kMatchLimitPerByte * static_cast<std::uint32_t>(text.size()));
  const auto subject = reinterpret_cast<PCRE2_SPTR>(text.data());
  std::vector<std::string_view> pieces;
  pieces.reserve(text.size() / 4 + 1);
  std::size_t at = 0;
  while (at < text.size()) {
    // The text was checked above; PCRE2's own check would read it anew for each piece.
    std::uint32_t options = PCRE2_NO_UTF_CHECK;
    int found =
        pcre2_match(impl_->code.get(), subject, text.size(), at, options, impl_->match.get(), impl_->context.get());
    if (found == PCRE2_ERROR_JIT_STACKLIMIT) {
      options |= PCRE2_NO_JIT;
      found =
          pcre2_match(impl_->code.get(), subject, text.size(), at, options, impl_->match.get(), impl_->context.get());
    }
    if (found < 1)
      throw InputError(
          fmt::format("the text cannot be tokenized at byte {}: {}; split it there", at, pcre_message(found)));
    const std::size_t end = pcre2_get_ovector_pointer(impl_->match.get())[1];
    if (end <= at) throw std::logic_error("pre-tokenizer: an empty piece");
    pieces.push_back(text.substr(at, end - at));
    at = end;
  }
  return pieces;
}

}  // namespace ternsim::model
