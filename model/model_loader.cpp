#include "model/model_loader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/model_tensors.h"
#include "model/shape_limits.h"

namespace ternsim::model {

namespace {

constexpr std::array<std::string_view, 4> kPreTokenizers = {"llama-bpe", "llama3", "llama-v3", "falcon3"};
constexpr std::int32_t kNormalToken = 1;

/// The tensors of a file, each to be asked for once with the shape that the metadata imply.
class TensorReader {
 public:
  explicit TensorReader(const GgufFile& file) : file_(file) {}

  const GgufTensor& take(const std::string& name, std::initializer_list<GgufTensorType> types,
                         const std::vector<std::int64_t>& dims) {
    const GgufTensor* tensor = file_.find_tensor(name);
    if (tensor == nullptr)
      file_.fail(fmt::format("tensor '{}' is missing; a {} model of this shape needs it", name,
                             printable(file_.text("general.architecture"))));
    if (tensor->dims != dims)
      file_.fail(fmt::format("tensor '{}' has shape [{}]; the metadata say [{}]", name, fmt::join(tensor->dims, ", "),
                             fmt::join(dims, ", ")));
    if (std::find(types.begin(), types.end(), tensor->type) == types.end()) {
      std::vector<std::string_view> accepted;
      for (const GgufTensorType type : types) accepted.push_back(tensor_type_name(static_cast<std::uint32_t>(type)));
      file_.fail(fmt::format("tensor '{}' is {}; {} expected", name,
                             tensor_type_name(static_cast<std::uint32_t>(tensor->type)), fmt::join(accepted, " or ")));
    }
    taken_.insert(tensor->name);
    return *tensor;
  }

  std::vector<float> norm(const std::string& name, std::int64_t length) {
    const GgufTensor& tensor = take(name, {GgufTensorType::F32}, {length});
    refuse_not_a_number(tensor);
    std::vector<float> values(static_cast<std::size_t>(length));
    std::memcpy(values.data(), file_.data(tensor).data(), tensor.bytes);
    return values;
  }

  BitLinearWeights linear(const std::string& name, std::int64_t rows, std::int64_t cols, I2sLayout layout) {
    const GgufTensor& tensor = take(name, {GgufTensorType::I2_S}, {cols, rows});
    return read_i2s(file_.data(tensor), rows, cols, layout, fmt::format("{}: tensor '{}'", file_.name(), name));
  }

  DenseMatrix dense(const std::string& name, std::int64_t rows, std::int64_t cols) {
    const GgufTensor& tensor =
        take(name, {GgufTensorType::F32, GgufTensorType::F16, GgufTensorType::BF16}, {cols, rows});
    refuse_not_a_number(tensor);
    const auto data = file_.data(tensor);
    return {static_cast<ElementType>(tensor.type), rows, cols, {data.begin(), data.end()}};
  }

  // RoPE frequency factors other than one would change the model; ones are what a writer adds out of habit.
  void accept_unit_rope_factors() {
    const GgufTensor* tensor = file_.find_tensor("rope_freqs.weight");
    if (tensor == nullptr) return;
    const auto data = file_.data(*tensor);
    bool ones = tensor->type == GgufTensorType::F32;
    for (std::uint64_t i = 0; ones && i < tensor->elements; ++i) {
      float value;
      std::memcpy(&value, data.data() + i * sizeof value, sizeof value);
      ones = value == 1.0F;
    }
    if (!ones)
      file_.fail(
          "tensor 'rope_freqs.weight' scales the RoPE frequencies (it is not all ones in F32); this build does not "
          "support that: convert the model without it");
    taken_.insert(tensor->name);
  }

  // After everything known was taken.
  void refuse_others() const {
    for (const GgufTensor& tensor : file_.tensors()) {
      if (taken_.contains(tensor.name)) continue;
      const char* why = tensor.name == "output.weight"
                            ? "this build reads models whose LM head is the embedding (tied)"
                            : "its name is not one of this architecture, or its block number is beyond block_count";
      file_.fail(fmt::format("tensor '{}' cannot be used: {}; leaving it out would change the model",
                             printable(tensor.name), why));
    }
  }

 private:
  template <typename Bits>
  std::uint64_t first_not_a_number(const GgufTensor& tensor, Bits exponent) const {
    const auto data = file_.data(tensor);
    for (std::uint64_t i = 0; i < tensor.elements; ++i) {
      Bits bits;
      std::memcpy(&bits, data.data() + i * sizeof bits, sizeof bits);
      if ((bits & exponent) == exponent) return i;
    }
    return tensor.elements;
  }
  // NaN and infinity are the values whose exponent bits are all ones, in each of the three types.
  void refuse_not_a_number(const GgufTensor& tensor) const {
    std::uint64_t at = tensor.elements;
    if (tensor.type == GgufTensorType::F32)
      at = first_not_a_number<std::uint32_t>(tensor, 0x7f800000U);
    else if (tensor.type == GgufTensorType::F16)
      at = first_not_a_number<std::uint16_t>(tensor, 0x7c00U);
    else
      at = first_not_a_number<std::uint16_t>(tensor, 0x7f80U);
    if (at == tensor.elements) return;
    const auto cols = static_cast<std::uint64_t>(tensor.dims[0]);
    file_.fail(fmt::format("tensor '{}' holds a NaN or infinity at row {}, column {}; the model is damaged",
                           printable(tensor.name), at / cols, at % cols));
  }

  const GgufFile& file_;
  std::set<std::string_view> taken_;
};

FfnActivation read_activation(const GgufFile& file, const LoadOptions& options) {
  if (options.ffn_activation) return *options.ffn_activation;
  if (!file.has(kActivationKey)) return FfnActivation::SquaredRelu;  // of both architectures, arXiv 2504.12285
  const std::string_view word = file.text(kActivationKey);
  if (word == "relu2") return FfnActivation::SquaredRelu;
  if (word == "swiglu") return FfnActivation::SwiGlu;
  file.fail(fmt::format("metadata key '{}' is '{}'; relu2 or swiglu expected", kActivationKey, printable(word)));
}

// Keys that change the arithmetic in ways that this build does not follow.
void refuse_unsupported(const GgufFile& file, const std::string& prefix, const ModelShape& shape) {
  const std::string scaling = prefix + "rope.scaling.type";
  if (file.has(scaling) && file.text(scaling) != "none")
    file.fail(fmt::format("metadata key '{}' is '{}'; this build supports no RoPE scaling", scaling,
                          printable(file.text(scaling))));
  for (const char* name : {"attention.key_length", "attention.value_length"}) {
    const std::string key = prefix + name;
    if (!file.has(key)) continue;
    const std::int64_t length = file.integer(key, 1, kMaxHeadDim);
    if (length != shape.head_dim)
      file.fail(
          fmt::format("metadata key '{}' is {}, but the heads have {} dimensions that RoPE turns; this build needs "
                      "them equal",
                      key, length, shape.head_dim));
  }
}

}  // namespace

ModelShape read_shape(const GgufFile& file, const LoadOptions& options) {
  ModelShape shape;
  shape.architecture = printable(file.text("general.architecture"));
  if (!known_architecture(shape.architecture))
    file.fail(fmt::format("architecture '{}' is not known; this build reads {}", shape.architecture,
                          fmt::join(kArchitectures, ", ")));
  if (file.has("general.name")) shape.name = printable(file.text("general.name"));  // it is shown
  const std::string prefix = shape.architecture + ".";
  const std::int64_t tokens =
      file.has("tokenizer.ggml.tokens") ? static_cast<std::int64_t>(file.texts("tokenizer.ggml.tokens").size()) : 0;
  // Some writers leave the key out where the tokenizer says the same.
  shape.vocab_size =
      file.has(prefix + "vocab_size") || tokens == 0 ? file.integer(prefix + "vocab_size", 1, kMaxVocab) : tokens;
  shape.context_length = file.integer(prefix + "context_length", 1, kMaxContext);
  shape.embedding_length = file.integer(prefix + "embedding_length", kMinWidth, kMaxWidth);
  shape.block_count = file.integer(prefix + "block_count", 1, kMaxBlocks);
  shape.feed_forward_length = file.integer(prefix + "feed_forward_length", kMinWidth, kMaxWidth);
  shape.head_count = file.integer(prefix + "attention.head_count", 1, kMaxHeads);
  shape.head_count_kv = file.has(prefix + "attention.head_count_kv")
                            ? file.integer(prefix + "attention.head_count_kv", 1, kMaxHeads)
                            : shape.head_count;
  if (file.has(prefix + "rope.dimension_count")) {
    shape.head_dim = file.integer(prefix + "rope.dimension_count", 2, kMaxHeadDim);
  } else {
    if (shape.embedding_length % shape.head_count != 0)
      file.fail(
          fmt::format("metadata key '{}rope.dimension_count' is missing, and {} query heads do not divide the "
                      "embedding length {}",
                      prefix, shape.head_count, shape.embedding_length));
    shape.head_dim = shape.embedding_length / shape.head_count;
  }
  if (const std::string problem = shape_problem(shape); !problem.empty())
    file.fail(problem +
              fmt::format(" (metadata keys '{}attention.head_count', head_count_kv, rope.dimension_count)", prefix));
  shape.norm_epsilon =
      static_cast<float>(file.number(prefix + "attention.layer_norm_rms_epsilon", kMinNormEpsilon, kMaxNormEpsilon));
  if (file.has(prefix + "rope.freq_base"))
    shape.rope_theta = file.number(prefix + "rope.freq_base", kMinRopeTheta, kMaxRopeTheta);
  shape.ffn_activation = read_activation(file, options);
  if (const GgufTensor* embedding = file.find_tensor("token_embd.weight");
      embedding != nullptr && embedding->type != GgufTensorType::I2_S)
    shape.embedding_type = static_cast<ElementType>(embedding->type);
  refuse_unsupported(file, prefix, shape);
  return shape;
}

Vocabulary read_vocabulary(const GgufFile& file, std::int64_t vocab_size) {
  Vocabulary out;
  const std::string_view kind = file.text("tokenizer.ggml.model");
  if (kind == "none") {
    out.add_bos = false;
    return out;
  }
  if (kind != "gpt2")
    file.fail(fmt::format("metadata key 'tokenizer.ggml.model' is '{}'; this build reads gpt2 (byte-level BPE)",
                          printable(kind)));
  if (file.has("tokenizer.ggml.pre")) {
    const std::string_view pre = file.text("tokenizer.ggml.pre");
    if (std::find(kPreTokenizers.begin(), kPreTokenizers.end(), pre) == kPreTokenizers.end())
      file.fail(fmt::format("metadata key 'tokenizer.ggml.pre' is '{}'; this build splits text as {}", printable(pre),
                            fmt::join(kPreTokenizers, ", ")));
  }
  const auto tokens = file.texts("tokenizer.ggml.tokens");
  const auto count = static_cast<std::int64_t>(tokens.size());
  if (count != vocab_size)
    file.fail(
        fmt::format("'tokenizer.ggml.tokens' has {} pieces, but the model's vocab_size is {}", count, vocab_size));
  out.tokens.assign(tokens.begin(), tokens.end());
  out.types.assign(tokens.size(), kNormalToken);
  if (file.has("tokenizer.ggml.token_type")) {
    const auto types = file.integers("tokenizer.ggml.token_type", 1, 6);
    if (types.size() != tokens.size())
      file.fail(fmt::format("'tokenizer.ggml.token_type' has {} elements for {} pieces", types.size(), tokens.size()));
    std::transform(types.begin(), types.end(), out.types.begin(), [](std::int64_t t) { return static_cast<int>(t); });
  }
  const auto merges = file.texts("tokenizer.ggml.merges");
  out.merges.reserve(merges.size());
  for (std::size_t rank = 0; rank < merges.size(); ++rank) {
    const std::string_view line = merges[rank];
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos || space == 0 || space + 1 == line.size() ||
        line.find(' ', space + 1) != std::string_view::npos)
      file.fail(fmt::format("'tokenizer.ggml.merges' element {} is '{}'; two pieces with one space between expected",
                            rank, printable(line)));
    out.merges.emplace_back(line.substr(0, space), line.substr(space + 1));
  }
  const auto id_of = [&](const char* key) {
    return file.has(key) ? static_cast<std::int32_t>(file.integer(key, 0, count - 1)) : -1;
  };
  out.bos = id_of("tokenizer.ggml.bos_token_id");
  out.eos = id_of("tokenizer.ggml.eos_token_id");
  out.add_bos = file.has("tokenizer.ggml.add_bos_token") ? file.boolean("tokenizer.ggml.add_bos_token") : out.bos >= 0;
  if (out.add_bos && out.bos < 0)
    file.fail("'tokenizer.ggml.add_bos_token' is true, but 'tokenizer.ggml.bos_token_id' is missing");
  return out;
}

Model load_model(const GgufFile& file, const LoadOptions& options) {
  Model model;
  model.shape = read_shape(file, options);
  const ModelShape& shape = model.shape;
  model.vocabulary = read_vocabulary(file, shape.vocab_size);
  TensorReader tensors(file);
  tensors.accept_unit_rope_factors();
  model.embedding = tensors.dense("token_embd.weight", shape.vocab_size, shape.embedding_length);
  model.output_norm = tensors.norm("output_norm.weight", shape.embedding_length);
  for (std::int64_t b = 0; b < shape.block_count; ++b) {
    BlockWeights& block = model.blocks.emplace_back();
    for (const NormPart& part : norm_parts(shape))
      block.*part.values = tensors.norm(block_tensor(b, part.name), part.length);
    for (const LinearPart& part : linear_parts(shape))
      block.*part.weights = tensors.linear(block_tensor(b, part.name), part.rows, part.cols, options.i2s_layout);
  }
  tensors.refuse_others();
  return model;
}

Model load_model(const std::filesystem::path& path, const LoadOptions& options) {
  return load_model(GgufFile::open(path), options);
}

}  // namespace ternsim::model
