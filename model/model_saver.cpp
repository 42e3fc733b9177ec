#include "model/model_saver.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "model/gguf_writer.h"
#include "model/model_tensors.h"

namespace ternsim::model {

namespace {

// The numbers by which writers of these files say "mostly I2_S" and "second version of the quantisation formats".
constexpr std::uint32_t kFileTypeI2s = 40;
constexpr std::uint32_t kQuantizationVersion = 2;

void write_shape(GgufWriter& out, const ModelShape& shape) {
  const std::string prefix = shape.architecture + ".";
  const auto count = [&](const char* key, std::int64_t value) {
    out.add_u32(prefix + key, static_cast<std::uint32_t>(value));
  };
  out.add_text("general.architecture", shape.architecture);
  out.add_text("general.name", shape.name);
  out.add_u32("general.file_type", kFileTypeI2s);
  out.add_u32("general.quantization_version", kQuantizationVersion);
  count("vocab_size", shape.vocab_size);
  count("context_length", shape.context_length);
  count("embedding_length", shape.embedding_length);
  count("block_count", shape.block_count);
  count("feed_forward_length", shape.feed_forward_length);
  count("rope.dimension_count", shape.head_dim);
  count("attention.head_count", shape.head_count);
  count("attention.head_count_kv", shape.head_count_kv);
  out.add_f32(prefix + "attention.layer_norm_rms_epsilon", shape.norm_epsilon);
  // float32 is what other readers expect; a theta that it cannot hold keeps its value instead.
  const auto theta = static_cast<float>(shape.rope_theta);
  if (static_cast<double>(theta) == shape.rope_theta)
    out.add_f32(prefix + "rope.freq_base", theta);
  else
    out.add_f64(prefix + "rope.freq_base", shape.rope_theta);
  out.add_text(kActivationKey, shape.ffn_activation == FfnActivation::SquaredRelu ? "relu2" : "swiglu");
}

void write_vocabulary(GgufWriter& out, const Vocabulary& vocabulary) {
  if (vocabulary.tokens.empty()) {
    out.add_text("tokenizer.ggml.model", "none");
    return;
  }
  out.add_text("tokenizer.ggml.model", "gpt2");
  out.add_text("tokenizer.ggml.pre", "llama-bpe");
  out.add_texts("tokenizer.ggml.tokens", vocabulary.tokens);
  out.add_i32s("tokenizer.ggml.token_type", vocabulary.types);
  std::vector<std::string> merges;
  merges.reserve(vocabulary.merges.size());
  for (const auto& [left, right] : vocabulary.merges) merges.push_back(left + " " + right);
  out.add_texts("tokenizer.ggml.merges", merges);
  if (vocabulary.bos >= 0) out.add_u32("tokenizer.ggml.bos_token_id", static_cast<std::uint32_t>(vocabulary.bos));
  if (vocabulary.eos >= 0) out.add_u32("tokenizer.ggml.eos_token_id", static_cast<std::uint32_t>(vocabulary.eos));
  out.add_bool("tokenizer.ggml.add_bos_token", vocabulary.add_bos);
}

std::span<const std::uint8_t> bytes_of(const std::vector<float>& values) {
  return {reinterpret_cast<const std::uint8_t*>(values.data()), values.size() * sizeof(float)};
}

void check(const Model& model, const std::filesystem::path& path) {
  const ModelShape& shape = model.shape;
  if (!known_architecture(shape.architecture))
    throw RequestError(fmt::format("{}: a model of architecture '{}' could not be read back; name it one of {}",
                                   path.string(), shape.architecture, fmt::join(kArchitectures, ", ")));
  if (std::ssize(model.blocks) != shape.block_count)
    throw RequestError(fmt::format("{}: the model has {} blocks, but its shape says {}", path.string(),
                                   model.blocks.size(), shape.block_count));
  for (const LinearPart& part : linear_parts(shape)) {
    for (const BlockWeights& block : model.blocks) {
      const kernels::PackedTernary& codes = (block.*part.weights).codes;
      if (codes.rows() != part.rows || codes.cols() != part.cols)
        throw RequestError(fmt::format("{}: {} is {} x {}, but the model's shape says {} x {}", path.string(),
                                       part.name, codes.rows(), codes.cols(), part.rows, part.cols));
    }
  }
}

}  // namespace

void save_model(const Model& model, const std::filesystem::path& path, I2sLayout layout) {
  check(model, path);
  const ModelShape& shape = model.shape;
  GgufWriter out(path);
  write_shape(out, shape);
  write_vocabulary(out, model.vocabulary);

  out.declare("token_embd.weight", static_cast<GgufTensorType>(model.embedding.type),
              {model.embedding.cols, model.embedding.rows});
  for (std::int64_t b = 0; b < shape.block_count; ++b) {
    for (const NormPart& part : norm_parts(shape))
      out.declare(block_tensor(b, part.name), GgufTensorType::F32, {part.length});
    for (const LinearPart& part : linear_parts(shape))
      out.declare(block_tensor(b, part.name), GgufTensorType::I2_S, {part.cols, part.rows});
  }
  out.declare("output_norm.weight", GgufTensorType::F32, {shape.embedding_length});

  out.write(model.embedding.bytes);
  for (std::int64_t b = 0; b < shape.block_count; ++b) {
    const BlockWeights& block = model.blocks[static_cast<std::size_t>(b)];
    for (const NormPart& part : norm_parts(shape)) out.write(bytes_of(block.*part.values));
    for (const LinearPart& part : linear_parts(shape))
      out.write(write_i2s(block.*part.weights, layout,
                          fmt::format("{}: tensor '{}'", path.string(), block_tensor(b, part.name))));
  }
  out.write(bytes_of(model.output_norm));
  out.finish();
}

}  // namespace ternsim::model
