#include "model/tiktoken.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "model/gguf_reader.h"
#include "model/vocabulary_tools.h"

namespace ternsim::model {

namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{32} << 20;
constexpr std::size_t kMaxTokens = std::size_t{1} << 20;
constexpr std::size_t kMaxTokenBytes = 512;
constexpr int kReserved = 256;

int base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

std::optional<std::string> decode_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  std::string out;
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool pad = i >= text.size() - padding;
    const int digit = pad ? 0 : base64_digit(text[i]);
    if (digit < 0) return std::nullopt;
    bits = (bits << 6) | static_cast<std::uint32_t>(digit);
    if (i % 4 != 3) continue;
    const std::size_t bytes = i + 1 == text.size() ? 3 - padding : 3;
    for (std::size_t k = 0; k < bytes; ++k) out += static_cast<char>((bits >> (16 - 8 * k)) & 0xff);
    // The bits that the padding leaves over are zero in what an encoder writes: each token has one spelling.
    if (bytes < 3 && (bits & ((1U << (8 * (3 - bytes))) - 1)) != 0) return std::nullopt;
    bits = 0;
  }
  return out;
}

std::string special_name(int i) {
  static constexpr std::array<std::pair<int, const char*>, 5> kNamed = {{{0, "<|begin_of_text|>"},
                                                                         {1, "<|end_of_text|>"},
                                                                         {6, "<|start_header_id|>"},
                                                                         {7, "<|end_header_id|>"},
                                                                         {9, "<|eot_id|>"}}};
  int named_before = 0;
  for (const auto& [at, name] : kNamed) {
    if (at == i) return name;
    named_before += at < i;
  }
  return fmt::format("<|reserved_special_token_{}|>", i - named_before);
}

}  // namespace

Vocabulary parse_tiktoken(std::string_view text, const std::string& origin) {
  if (text.size() > kMaxFileBytes)
    throw InputError(
        fmt::format("{}: {} bytes; a tiktoken file of at most {} is read", origin, text.size(), kMaxFileBytes));
  std::vector<std::pair<std::uint32_t, std::string>> ranked;
  std::size_t line_number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    at = end + 1;
    ++line_number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const auto fail = [&](const std::string& message) {
      fail_input(origin, fmt::format("line {}", line_number), message);
    };
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos)
      fail(fmt::format("'{}'; a token in base64, one space and its rank expected", printable(line)));
    auto bytes = decode_base64(line.substr(0, space));
    if (!bytes) fail(fmt::format("'{}' is no base64", printable(line.substr(0, space))));
    if (bytes->size() > kMaxTokenBytes)
      fail(fmt::format("a token of {} bytes; at most {} are accepted", bytes->size(), kMaxTokenBytes));
    std::uint32_t rank = 0;
    const char* const last = line.data() + line.size();
    const auto [stop, error] = std::from_chars(line.data() + space + 1, last, rank);
    if (error != std::errc() || stop != last || rank >= kMaxTokens)
      fail(fmt::format("rank '{}'; a number below {} expected", printable(line.substr(space + 1)), kMaxTokens));
    ranked.emplace_back(rank, std::move(*bytes));
    if (ranked.size() > kMaxTokens) fail(fmt::format("over {} tokens", kMaxTokens));
  }
  if (ranked.empty()) throw InputError(origin + ": no tokens; a tiktoken file has one a line");
  Vocabulary out;
  out.tokens.resize(ranked.size());
  for (auto& [rank, bytes] : ranked) {
    if (rank >= ranked.size())
      throw InputError(fmt::format("{}: rank {} with {} tokens; ranks 0 ... {} expected", origin, rank, ranked.size(),
                                   ranked.size() - 1));
    if (!out.tokens[rank].empty()) throw InputError(fmt::format("{}: rank {} stands twice", origin, rank));
    out.tokens[rank] = spelling_of_bytes(bytes);
  }
  out.types.assign(out.tokens.size(), token_type::kNormal);
  out.merge_any = true;
  out.bos = static_cast<std::int32_t>(out.tokens.size());
  out.eos = out.bos + 1;
  for (int i = 0; i < kReserved; ++i) {
    out.tokens.push_back(special_name(i));
    out.types.push_back(token_type::kControl);
  }
  out.stop_ids = known_stop_ids(out);
  return out;
}

}  // namespace ternsim::model
