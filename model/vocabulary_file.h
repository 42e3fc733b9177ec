#pragma once

#include <cstdint>
#include <filesystem>

#include "model/vocabulary.h"

namespace ternsim::model {

/// The vocabulary in a file given beside a model: a GGUF file, a Hugging Face tokenizer.json or a tiktoken rank file,
/// told apart by how they begin ("GGUF", "{", a line of base64 and a number). Throws InputError, naming the file, on
/// anything else.
Vocabulary load_vocabulary(const std::filesystem::path& path);
/// The same for a model of `vocab_size` token ids. Ids beyond the file's tokens, with which models pad their embedding,
/// become unused tokens; throws InputError if the file has more tokens than the model.
Vocabulary load_vocabulary(const std::filesystem::path& path, std::int64_t vocab_size);

}  // namespace ternsim::model
