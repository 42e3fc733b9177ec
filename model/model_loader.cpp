#include "model/model_loader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/checkpoint_loader.h"
#include "model/model_tensors.h"
#include "model/ternary_codecs.h"
#include "model/weight_reader.h"

namespace ternsim::model {

namespace {

constexpr std::array kFloatTypes = {GgufTensorType::F32, GgufTensorType::F16, GgufTensorType::BF16};
constexpr std::array kDenseTypes = {GgufTensorType::F32,  GgufTensorType::F16,  GgufTensorType::BF16,
                                    GgufTensorType::Q8_0, GgufTensorType::Q6_K, GgufTensorType::Q4_0};
constexpr std::array kLinearTypes = {GgufTensorType::I2_S, GgufTensorType::TQ1_0, GgufTensorType::TQ2_0,
                                     GgufTensorType::F32,  GgufTensorType::F16,   GgufTensorType::BF16,
                                     GgufTensorType::Q8_0, GgufTensorType::Q6_K,  GgufTensorType::Q4_0};

ElementType element_of(const GgufTensor& tensor) { return static_cast<ElementType>(tensor.type); }

float read_companion(const GgufFile& file, const GgufTensor& tensor) {
  if (tensor.type != GgufTensorType::F32 || tensor.elements != 1)
    file.fail(fmt::format("tensor '{}' is not the one F32 element that a scale is", printable(tensor.name)));
  std::array<std::uint8_t, sizeof(float)> bytes;
  file.source(tensor).read(0, bytes);
  const auto scale = std::bit_cast<float>(bytes);
  if (!std::isfinite(scale) || scale < 0)
    file.fail(fmt::format("tensor '{}' is {}; a finite number from 0 up expected", printable(tensor.name), scale));
  return scale;
}

/// The tensors of a file, each to be asked for once with the shape that the metadata imply.
class TensorReader {
 public:
  // `reads`: whether `run` will be called; otherwise nothing takes memory.
  TensorReader(const GgufFile& file, const LoadOptions& options, const ModelShape& shape, bool reads)
      : file_(file), options_(options), reads_(reads), reader_(options, reads ? linear_bytes(file, shape) : 0) {
    choose_weight_scheme(file, options);  // a word that is none is refused before anything is read
  }

  void floats(std::vector<float>& to, const std::string& name, std::int64_t length) {
    const GgufTensor& tensor = take(name, kFloatTypes, {length});
    if (reads_) reader_.floats(to, element_of(tensor), length, file_.source(tensor));
  }

  void linear(BitLinearWeights& to, const std::string& name, std::int64_t rows, std::int64_t cols) {
    const GgufTensor& tensor = take(name, kLinearTypes, {cols, rows});
    const GgufTensor* companion = find_companion(file_, name);
    if (companion != nullptr) taken_.insert(companion->name);
    if (!reads_) return;
    reader_.linear(to, tensor.bytes, name.find(".ffn_down") != std::string::npos,
                   [this, &tensor, companion](kernels::WeightArena* arena) {
                     return read_linear(file_, tensor, companion, options_, arena);
                   });
  }

  void dense(DenseMatrix& to, const std::string& name, std::int64_t rows, std::int64_t cols) {
    const GgufTensor& tensor = take(name, kDenseTypes, {cols, rows});
    if (reads_) reader_.dense(to, element_of(tensor), rows, cols, file_.source(tensor));
  }

  // (experts, embedding), in float32, the only type that is accepted.
  void router(DenseMatrix& to, const std::string& name, std::int64_t rows, std::int64_t cols) {
    const GgufTensor& tensor = take(name, {&kFloatTypes[0], 1}, {cols, rows});
    if (reads_) reader_.dense(to, ElementType::F32, rows, cols, file_.source(tensor));
  }

  // The shape has them.
  void accept_rope_factors() {
    if (const GgufTensor* tensor = file_.find_tensor(kRopeFactors)) taken_.insert(tensor->name);
  }

  // After everything known was taken.
  void refuse_others() const {
    for (const GgufTensor& tensor : file_.tensors())
      if (!taken_.contains(tensor.name))
        file_.fail(fmt::format(
            "tensor '{}' cannot be used: its name is not one of this architecture, or its block number is beyond "
            "block_count; leaving it out would change the model",
            printable(tensor.name)));
  }
  void run() { reader_.run(); }

 private:
  // What the matrices will take; at least so much of it stands in the file that a lie asks for little.
  static std::uint64_t linear_bytes(const GgufFile& file, const ModelShape& shape) {
    const std::int64_t hidden = shape.embedding_length;
    const std::int64_t weights = shape.block_count * hidden *
                                 (2 * shape.q_length() + 2 * shape.kv_length() +
                                  3 * shape.feed_forward_length * std::max<std::int64_t>(shape.expert_count, 1));
    return std::min(static_cast<std::uint64_t>(weights / 4), 2 * file.size());
  }

  const GgufTensor& take(const std::string& name, std::span<const GgufTensorType> types,
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

  const GgufFile& file_;
  const LoadOptions& options_;
  const bool reads_;
  WeightReader reader_;
  std::set<std::string_view> taken_;
};

// Asks for every tensor of a model of this shape, and refuses those that none has asked for.
void take_all(TensorReader& tensors, Model& model) {
  const ModelShape& shape = model.shape;
  tensors.accept_rope_factors();
  tensors.dense(model.embedding, "token_embd.weight", shape.vocab_size, shape.embedding_length);
  if (!shape.tied_embedding) tensors.dense(model.output, "output.weight", shape.vocab_size, shape.embedding_length);
  tensors.floats(model.output_norm, "output_norm.weight", shape.embedding_length);
  // Blocks keep their places while they are filled, and none is made before the tensors of the one before were found:
  // a file asks for no more of them than it has tensors.
  model.blocks.reserve(static_cast<std::size_t>(shape.block_count));
  for (std::int64_t b = 0; b < shape.block_count; ++b) {
    BlockWeights& block = model.blocks.emplace_back();
    block.experts.resize(static_cast<std::size_t>(shape.expert_count));
    visit_norms(shape, b, block, [&](const std::string& name, std::vector<float>& to, std::int64_t length) {
      tensors.floats(to, name, length);
    });
    if (shape.expert_count > 0)
      tensors.router(block.ffn_router, router_tensor(b), shape.expert_count, shape.embedding_length);
    visit_linears(shape, b, block,
                  [&](const std::string& name, BitLinearWeights& to, std::int64_t rows, std::int64_t cols) {
                    tensors.linear(to, name, rows, cols);
                  });
  }
  tensors.refuse_others();
}

}  // namespace

const GgufTensor* find_companion(const GgufFile& file, std::string_view weight_name) {
  constexpr std::string_view kEnd = ".weight";
  if (!weight_name.ends_with(kEnd)) return nullptr;
  return file.find_tensor(std::string(weight_name.substr(0, weight_name.size() - kEnd.size())) + ".scale");
}

BitLinearWeights read_linear(const GgufFile& file, const GgufTensor& tensor, const GgufTensor* companion,
                             const LoadOptions& options, kernels::WeightArena* arena) {
  const std::int64_t rows = tensor.dims.size() > 1 ? tensor.dims[1] : 1;
  const std::int64_t cols = tensor.dims[0];
  const TensorSource source = file.source(tensor);
  const auto read = [&] {
    switch (tensor.type) {
      case GgufTensorType::I2_S:
        return read_i2s(source, rows, cols, options.i2s_layout, arena);
      case GgufTensorType::TQ1_0:
      case GgufTensorType::TQ2_0:
        return read_tq(source, tensor.type, rows, cols, arena);
      default:
        return read_dense_ternary(source, element_of(tensor), rows, cols, choose_weight_scheme(file, options), arena);
    }
  };
  BitLinearWeights out = read();
  if (companion != nullptr) {
    out.scale *= read_companion(file, *companion);
    if (!std::isfinite(out.scale))
      file.fail(fmt::format("tensor '{}' times the tensor's own scale is no float32", printable(companion->name)));
  }
  return out;
}

Model load_model(const GgufFile& file, const LoadOptions& options) {
  Model model;
  model.shape = read_shape(file, options);
  const ModelShape& shape = model.shape;
  model.vocabulary = read_vocabulary(file, shape.vocab_size);
  TensorReader tensors(file, options, shape, true);
  take_all(tensors, model);
  tensors.run();
  return model;
}

void check_tensors(const GgufFile& file, const LoadOptions& options) {
  Model model;
  model.shape = read_shape(file, options);
  TensorReader tensors(file, options, model.shape, false);
  take_all(tensors, model);
}

Model load_model(const std::filesystem::path& path, const LoadOptions& options) { return load_any(path, options); }

}  // namespace ternsim::model
