// Bytes as a safetensors file, as a config.json, or as the files of a whole checkpoint, which is loaded.
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/random.h"
#include "model/checkpoint_config.h"
#include "model/checkpoint_loader.h"
#include "model/cpu_engine.h"
#include "model/inference.h"
#include "model/safetensors.h"
#include "model/tokenizer.h"
#include "tests/fuzz/checkpoint_input.h"
#include "tests/fuzz/clear_error.h"
#include "tests/fuzz/json_mutator.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

using namespace ternsim;
using namespace ternsim::model;
namespace fs = std::filesystem;

constexpr std::int64_t kTinyEmbedding = 1 << 14;
constexpr std::int64_t kTinyWidth = 1024;

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

void load(std::string_view input) {
  // A folder of this process, whose name stands in every message.
  static const fs::path folder = fs::temp_directory_path() / (fuzz::kOrigin + "-" + std::to_string(::getpid()));
  const fuzz::CheckpointFiles files = fuzz::split_files(input);
  fuzz::write_files(files, folder);
  LoadOptions options;
  options.threads = 1;
  options.ternarise = input.size() % 2 == 0;
  // Where there are no shards, the file serves as well as its folder.
  const bool by_file = files.bytes[fuzz::CheckpointFiles::Index].empty() && input.size() % 4 < 2;
  const fs::path path = by_file ? folder / "model.safetensors" : folder;
  if (is_gguf(path)) return;  // the other container, which has its own target
  const Model model = load_any(path, options);
  if (!model.vocabulary.tokens.empty())
    fuzz::ends_clearly([&] { const Tokenizer tokenizer(model.vocabulary, fuzz::kOrigin); });
  const ModelShape& s = model.shape;
  if (s.vocab_size * s.embedding_length > kTinyEmbedding || s.block_count > 4 || s.feed_forward_length > kTinyWidth)
    return;
  CpuEngine engine;
  try {
    const std::int32_t token = 0;
    Inference(model, engine).forward({&token, 1});
  } catch (const Error& e) {  // an activation that is infinite or not a number
    fuzz::check_message(e.what());
  }
}

void parse(std::string_view text) {
  const auto bytes = bytes_of(text);
  SafetensorsHeader::looks_like(bytes);
  const SafetensorsHeader header = SafetensorsHeader::parse(bytes, fuzz::kOrigin);
  // Each tensor is where the reader says it is, and is found by its name.
  for (const SafetensorsTensor& tensor : header.tensors()) {
    if (tensor.offset > bytes.size() || tensor.bytes > bytes.size() - tensor.offset)
      fuzz::finding("a tensor outside of the file", tensor.name);
    if (header.find(tensor.name) != &tensor) fuzz::finding("a tensor that is not found", tensor.name);
  }
}

// A safetensors file with its JSON changed and the length in front of it made to fit.
std::string mutate_file(std::string_view file, Random& random) {
  std::uint64_t length = 0;
  if (file.size() < sizeof length) return {};
  std::memcpy(&length, file.data(), sizeof length);
  if (length > file.size() - sizeof length) return {};
  std::string header(file.substr(sizeof length, length));
  const std::string_view data = file.substr(sizeof length + length);
  if (random.below(8) == 0) {  // a key that stands twice, which no JSON document in memory can have
    const std::size_t brace = header.find('{', static_cast<std::size_t>(random.below(header.size() + 1)));
    if (brace == std::string::npos) return {};
    header.insert(brace + 1, "\"dtype\":\"U8\",");
  } else {
    header = fuzz::mutate_json(header, random.next());
    if (header.empty()) return {};
  }
  length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + header + std::string(data);
}

std::string mutate_checkpoint(std::string_view input, Random& random) {
  using Files = fuzz::CheckpointFiles;
  Files files = fuzz::split_files(input);
  const auto which = static_cast<std::size_t>(random.below(Files::kCount));
  std::string& file = files.bytes[which];
  std::string changed;
  if (random.below(16) == 0 || file.empty())
    changed = files.bytes[static_cast<std::size_t>(random.below(Files::kCount))];  // in another one's place, or none
  else if (which == Files::FirstShard || which == Files::SecondShard)
    changed = mutate_file(file, random);
  else
    changed = fuzz::mutate_json(file, random.next());
  file = std::move(changed);
  return fuzz::join_files(files);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  fuzz::ends_clearly([&] {
    switch (static_cast<fuzz::SafetensorsInput>(data[0] % 3)) {
      case fuzz::SafetensorsInput::File:
        return parse(rest);
      case fuzz::SafetensorsInput::Config:
        parse_checkpoint_config(rest, fuzz::kOrigin);
        return;
      case fuzz::SafetensorsInput::Checkpoint:
        return load(rest);
    }
  });
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned int seed) {
  if (size > 1 && seed % 4 != 0) {
    Random random(seed);
    const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
    std::string changed;
    switch (static_cast<fuzz::SafetensorsInput>(data[0] % 3)) {
      case fuzz::SafetensorsInput::File:
        changed = mutate_file(rest, random);
        break;
      case fuzz::SafetensorsInput::Config:
        changed = fuzz::mutate_json(rest, seed);
        break;
      case fuzz::SafetensorsInput::Checkpoint:
        changed = mutate_checkpoint(rest, random);
        break;
    }
    if (!changed.empty() && changed.size() < max_size) {
      std::memcpy(data + 1, changed.data(), changed.size());
      return changed.size() + 1;
    }
  }
  return LLVMFuzzerMutate(data, size, max_size);
}
