#include "model/vocabulary_file.h"

#include <fmt/format.h>

#include <fstream>
#include <string>
#include <string_view>

#include "base/error.h"
#include "model/gguf_reader.h"
#include "model/tiktoken.h"
#include "model/tokenizer_json.h"
#include "model/vocabulary_gguf.h"

namespace ternsim::model {

namespace {

constexpr std::uintmax_t kMaxFileBytes = std::uintmax_t{64} << 20;

std::string read_file(const std::filesystem::path& path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error)
    throw InputError(fmt::format("{}: cannot be read ({}); give a tokenizer.json, tiktoken or GGUF file", path.string(),
                                 error.message()));
  if (size > kMaxFileBytes)
    throw InputError(
        fmt::format("{}: {} bytes; a tokenizer file of at most {} is read", path.string(), size, kMaxFileBytes));
  std::ifstream in(path, std::ios::binary);
  std::string text(static_cast<std::size_t>(size), '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in || in.gcount() != std::ssize(text)) throw InputError(path.string() + ": cannot be read to its end");
  return text;
}

}  // namespace

Vocabulary load_vocabulary(const std::filesystem::path& path) {
  const std::string origin = path.string();
  if (std::filesystem::is_directory(path))
    throw InputError(origin + ": a folder; give the tokenizer.json, tiktoken or GGUF file in it");
  std::string magic(4, '\0');
  std::ifstream(path, std::ios::binary).read(magic.data(), 4);
  if (magic == "GGUF") return read_vocabulary(GgufFile::open(path));
  const std::string text = read_file(path);
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin != std::string::npos && text[begin] == '{') return parse_tokenizer_json(text, origin);
  // A SentencePiece model is a protocol buffer whose first field, a piece, has the key byte 0x0a.
  if (text.starts_with("\n") && text.find('\0') != std::string::npos)
    throw InputError(origin +
                     ": a SentencePiece model (protocol buffer); give the model's tokenizer.json or a GGUF file of it");
  return parse_tiktoken(text, origin);
}

Vocabulary load_vocabulary(const std::filesystem::path& path, std::int64_t vocab_size) {
  Vocabulary out = load_vocabulary(path);
  if (std::ssize(out.tokens) > vocab_size)
    throw InputError(fmt::format("{}: {} tokens for a model of {}; give the tokenizer of this model", path.string(),
                                 out.tokens.size(), vocab_size));
  const auto count = static_cast<std::size_t>(vocab_size);
  for (std::size_t id = out.tokens.size(); id < count; ++id) {
    out.tokens.push_back(fmt::format("<|unused_{}|>", id));
    out.types.push_back(token_type::kUnused);
  }
  if (!out.scores.empty()) out.scores.resize(count, 0);
  return out;
}

}  // namespace ternsim::model
