// Bytes as a GGUF file: header, model, tokenizer and, where the model is tiny, a forward pass and the way through the
// writer and back. Every fourth input goes through a file and its mapping, the others are read from memory.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "model/cpu_engine.h"
#include "model/inference.h"
#include "model/model_loader.h"
#include "model/model_saver.h"
#include "model/quantised_blocks.h"
#include "model/tokenizer.h"
#include "tests/fuzz/clear_error.h"
#include "tests/fuzz/gguf_mutator.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

using namespace ternsim;
using namespace ternsim::model;

// A forward pass under the sanitizers takes about a microsecond per hundred weights.
constexpr std::int64_t kTinyEmbedding = 1 << 14;
constexpr std::int64_t kTinyBlocks = 4;
constexpr std::int64_t kTinyWidth = 1024;

bool is_tiny(const ModelShape& s) {
  return s.vocab_size * s.embedding_length <= kTinyEmbedding && s.block_count <= kTinyBlocks &&
         s.embedding_length <= kTinyWidth && s.feed_forward_length <= kTinyWidth && s.q_length() <= kTinyWidth;
}

/// The last byte of an input chooses how its file is read.
LoadOptions options_of(std::uint8_t choice) {
  constexpr std::array kPackings = {kernels::Packing::TwoBit, kernels::Packing::TwoBitColumns, kernels::Packing::Base3,
                                    kernels::Packing::PairLookup, kernels::Packing::TripleLookup};
  LoadOptions options;
  options.threads = 1;  // those that a load would start cost more than a tiny model's reading
  options.i2s_layout = (choice & 1) != 0 ? I2sLayout::Blocks64 : I2sLayout::Blocks128;
  options.ternarise = (choice & 2) != 0;
  if ((choice & 4) != 0) options.packing = kPackings[choice / 8 % kPackings.size()];
  return options;
}

void run(const Model& model) {
  CpuEngine engine;
  try {
    Inference inference(model, engine);
    const std::array<std::int32_t, 2> tokens = {0, static_cast<std::int32_t>(model.shape.vocab_size - 1)};
    for (const std::int32_t token : tokens) {
      if (inference.position() == model.shape.context_length) break;
      inference.forward({&token, 1});
    }
  } catch (const Error& e) {  // an activation that is infinite or not a number
    fuzz::check_message(e.what());
  }
}

/// What was read can be written, and what was written reads as the same, unless the type cannot hold it.
void write_and_read(const Model& model, std::uint8_t choice) {
  constexpr std::array kTypes = {GgufTensorType::I2_S, GgufTensorType::TQ1_0, GgufTensorType::TQ2_0};
  static const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("ternsim-fuzz-" + std::to_string(::getpid()) + ".gguf");
  SaveOptions options;
  options.threads = 1;
  options.ternary = kTypes[choice / 16 % kTypes.size()];
  options.i2s_layout = (choice & 1) != 0 ? I2sLayout::Blocks64 : I2sLayout::Blocks128;
  constexpr std::array<std::optional<ElementType>, 5> kEmbeddings = {std::nullopt, ElementType::F16, ElementType::BF16,
                                                                     ElementType::Q8_0, ElementType::Q6_K};
  options.embedding = kEmbeddings[choice / 48 % kEmbeddings.size()];
  try {
    save_model(model, path, options);
  } catch (const RequestError& e) {
    fuzz::check_message(e.what());
    return;
  }
  LoadOptions again;
  again.threads = 1;
  again.i2s_layout = options.i2s_layout;
  const Model back = load_model(path, again);
  std::filesystem::remove(path);
  for (std::size_t b = 0; b < model.blocks.size(); ++b) {
    const BitLinearWeights& before = model.blocks[b].attn_q;
    const BitLinearWeights& after = back.blocks[b].attn_q;
    if (options.ternary == GgufTensorType::I2_S && before.scale != after.scale)
      fuzz::finding("a scale changed on its way through a file");
    for (std::int64_t r = 0; r < before.codes.rows(); ++r)
      for (std::int64_t k = 0; k < before.codes.cols(); ++k)
        if (before.codes.weight(r, k) != after.codes.weight(r, k))
          fuzz::finding("a weight changed on its way through a file");
  }
}

/// A row of the embedding in every element type: what is decoded is no larger than what was encoded.
void check_elements(const DenseMatrix& matrix) {
  constexpr std::array kTypes = {ElementType::F32,  ElementType::F16,  ElementType::BF16,
                                 ElementType::Q8_0, ElementType::Q4_0, ElementType::Q6_K};
  constexpr float kRounding = 1.02F;    // of the values and of their scales
  constexpr float kSmallest = 0x1p-9F;  // scales below float16's normal range lose more
  std::vector<float> row(static_cast<std::size_t>(matrix.cols));
  decode_row(matrix.type, {matrix.bytes.data(), static_cast<std::size_t>(row_bytes(matrix.type, matrix.cols))}, row);
  float largest = 0;
  for (const float x : row) largest = std::max(largest, std::fabs(x));
  for (const ElementType type : kTypes) {
    if (matrix.cols % block_elements(type) != 0) continue;
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(row_bytes(type, matrix.cols)));
    std::vector<float> back(row.size());
    try {
      encode_row(type, row, bytes);
    } catch (const RequestError& e) {  // too large for the type
      fuzz::check_message(e.what());
      continue;
    }
    decode_row(type, bytes, back);
    for (const float x : back)
      if (!(std::fabs(x) <= kRounding * largest + kSmallest)) fuzz::finding("an element grew", name_of(type));
  }
}

void use(const GgufFile& file, std::uint8_t choice) {
  const LoadOptions options = options_of(choice);
  if (choice % 8 == 0) fuzz::ends_clearly([&] { read_vocabulary(file); }, file.name());  // where it may be no model
  const Model model = load_model(file, options);
  if (!model.vocabulary.tokens.empty()) {
    fuzz::ends_clearly([&] {
      const Tokenizer tokenizer(model.vocabulary, fuzz::kOrigin);
      for (const bool show : {false, true})
        for (std::int32_t id = 0; id < tokenizer.size(); ++id) tokenizer.decode({&id, 1}, show);
    });
  }
  if (!is_tiny(model.shape)) return;
  run(model);
  check_elements(model.embedding);
  if (options.packing == kernels::Packing::TwoBit && !options.ternarise && choice % 16 < 4)
    write_and_read(model, choice);
}

struct MemoryFile {
  int fd = ::memfd_create(fuzz::kOrigin.c_str(), MFD_CLOEXEC);
  MemoryFile() = default;
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() {
    if (fd >= 0) ::close(fd);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::uint8_t choice = size == 0 ? std::uint8_t{0} : data[size - 1];
  if (size > 0 && (size / 32) % 4 == 0) {
    const MemoryFile memory;
    if (memory.fd < 0 || ::write(memory.fd, data, size) != static_cast<ssize_t>(size)) return 0;
    const std::string path = "/proc/self/fd/" + std::to_string(memory.fd);
    fuzz::ends_clearly([&] { use(GgufFile::open(path), choice); }, path);
    return 0;
  }
  fuzz::ends_clearly(
      [&] { use(GgufFile::from_bytes(std::vector<std::uint8_t>(data, data + size), fuzz::kOrigin), choice); });
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned int seed) {
  if (seed % 4 != 0) {
    const std::vector<std::uint8_t> changed = fuzz::mutate_gguf(std::vector<std::uint8_t>(data, data + size), seed);
    if (!changed.empty() && changed.size() <= max_size) {
      std::memcpy(data, changed.data(), changed.size());
      return changed.size();
    }
  }
  if (size > 0 && seed % 32 == 0) {
    data[size - 1] = static_cast<std::uint8_t>(seed / 32);  // read otherwise
    return size;
  }
  return LLVMFuzzerMutate(data, size, max_size);
}
