#pragma once

#include <cstdint>

#include "model/gguf_reader.h"
#include "model/gguf_writer.h"
#include "model/vocabulary.h"

namespace ternsim::model {

/// The tokenizer in a GGUF file's `tokenizer.ggml.*` keys: `model` "gpt2" (byte-level BPE; `pre` absent or one of
/// llama-bpe, llama3, llama-v3, falcon3), "llama" (SentencePiece BPE with scores) or "none". Strings and ids as they
/// stand; `Tokenizer` checks that they make sense together. Throws InputError, naming file and key, on anything else,
/// and unless there are `vocab_size` tokens.
Vocabulary read_vocabulary(const GgufFile& file, std::int64_t vocab_size);
/// The same with as many tokens as there are.
Vocabulary read_vocabulary(const GgufFile& file);

/// The keys that `read_vocabulary` reads back as the same vocabulary. One of our own,
/// `ternsim.tokenizer.ignore_merges`, stands only where it is false. Throws RequestError on a vocabulary that GGUF has
/// no keys for: one of a tiktoken file (no merge list) or of a SentencePiece tokenizer.json (no scores).
void write_vocabulary(GgufWriter& out, const Vocabulary& vocabulary);

}  // namespace ternsim::model
