#include "model/gguf_shape.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "model/model_tensors.h"
#include "model/shape_limits.h"

namespace ternsim::model {

namespace {

template <typename Value, std::size_t n>
Value word(const GgufFile& file, std::string_view key, const std::array<std::pair<std::string_view, Value>, n>& words) {
  const std::string_view given = file.text(key);
  std::string accepted;
  for (const auto& [name, value] : words) {
    if (name == given) return value;
    accepted += (accepted.empty() ? "" : " or ") + std::string(name);
  }
  file.fail(fmt::format("metadata key '{}' is '{}'; {} expected", key, printable(given), accepted));
}

const ArchitectureDefaults& architecture_of(const GgufFile& file) {
  const std::string_view name = file.text("general.architecture");
  const ArchitectureDefaults* found = find_architecture(name);
  if (found == nullptr)
    file.fail(
        fmt::format("architecture '{}' is not known; this build reads {}", printable(name), architecture_names()));
  return *found;
}

// Per-angle factors of RoPE; all ones, which a writer adds out of habit, are none.
std::vector<float> read_rope_factors(const GgufFile& file, const ModelShape& shape) {
  const GgufTensor* tensor = file.find_tensor(kRopeFactors);
  if (tensor == nullptr) return {};
  const std::vector<std::int64_t> dims = {shape.head_dim / 2};
  if (tensor->type != GgufTensorType::F32 || tensor->dims != dims)
    file.fail(fmt::format("tensor '{}' is no F32 [{}], one factor for each pair of a head's {} elements", kRopeFactors,
                          shape.head_dim / 2, shape.head_dim));
  std::vector<float> factors(static_cast<std::size_t>(shape.head_dim / 2));
  const auto bytes = file.data(*tensor);
  std::memcpy(factors.data(), bytes.data(), bytes.size());
  if (std::ranges::all_of(factors, [](float factor) { return factor == 1.0F; })) factors.clear();
  return factors;
}

// Linear scaling, by a key of today or an older one, where no type or the type "linear" stands; and factors. Files of
// LLaMA 3 carry theirs as factors, mostly without a type.
void read_rope_scaling(const GgufFile& file, const std::string& prefix, ModelShape& shape) {
  shape.rope_factors = read_rope_factors(file, shape);
  const std::string type_key = prefix + "rope.scaling.type";
  const std::string_view type = file.has(type_key) ? file.text(type_key) : "linear";
  if (type == "linear") {
    for (const char* key : {"rope.scale_linear", "rope.scaling.factor"}) {
      if (!file.has(prefix + key)) continue;
      const double factor = file.number(prefix + key, 0, kMaxRopeScale);
      shape.rope_scale = factor == 0 ? 1.0 : factor;  // 0 is how some writers say "none"
    }
  } else if (type != "none" && !(type == "llama3" && file.find_tensor(kRopeFactors) != nullptr)) {
    file.fail(
        fmt::format("metadata key '{}' is '{}'; this build scales RoPE linearly ('linear', 'none'), or by the "
                    "factors in a tensor '{}'",
                    type_key, printable(type), kRopeFactors));
  }
  if (const std::string problem = rope_problem(shape); !problem.empty())
    file.fail(problem + fmt::format(" (metadata key '{}rope.scaling.factor', tensor '{}')", prefix, kRopeFactors));
}

// Keys that change the arithmetic in ways that this build does not follow.
void refuse_unsupported(const GgufFile& file, const std::string& prefix, const ModelShape& shape) {
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

void read_sizes(const GgufFile& file, const std::string& prefix, ModelShape& shape) {
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
  if (file.has(prefix + "expert_count")) shape.expert_count = file.integer(prefix + "expert_count", 0, kMaxExperts);
  if (shape.expert_count > 0)
    shape.expert_used_count = file.integer(prefix + "expert_used_count", 1, shape.expert_count);
  if (const std::string problem = shape_problem(shape); !problem.empty())
    file.fail(problem +
              fmt::format(" (metadata keys '{}attention.head_count', head_count_kv, rope.dimension_count)", prefix));
}

std::optional<ElementType> element_of(const GgufFile& file, std::string_view name) {
  const GgufTensor* tensor = file.find_tensor(name);
  if (tensor == nullptr) return std::nullopt;
  switch (tensor->type) {
    case GgufTensorType::F32:
    case GgufTensorType::F16:
    case GgufTensorType::BF16:
    case GgufTensorType::Q8_0:
    case GgufTensorType::Q6_K:
    case GgufTensorType::Q4_0:
      return static_cast<ElementType>(tensor->type);
    default:
      return std::nullopt;  // the loader refuses it by name
  }
}

void read_variant(const GgufFile& file, const ArchitectureDefaults& architecture, const LoadOptions& options,
                  ModelShape& shape) {
  shape.sub_norms = file.has(kSubNormsKey) ? file.boolean(kSubNormsKey) : architecture.sub_norms;
  shape.rope_pairing = architecture.rope_pairing;
  if (file.has(kPairingKey))
    shape.rope_pairing = word<RopePairing, 2>(
        file, kPairingKey, {{{"halves", RopePairing::Halves}, {"neighbours", RopePairing::Neighbours}}});
  if (file.has(kNormKey))
    shape.norm_kind = word<NormKind, 2>(file, kNormKey, {{{"rms", NormKind::Rms}, {"layer", NormKind::Layer}}});
  if (options.activation_scheme)
    shape.activation_scheme = *options.activation_scheme;
  else if (file.has(kSchemeKey))
    shape.activation_scheme = word<ActivationScheme, 3>(file, kSchemeKey,
                                                        {{{"absmax8", ActivationScheme::Absmax8},
                                                          {"a4.8", ActivationScheme::A48},
                                                          {"hadamard-int4", ActivationScheme::HadamardInt4}}});
}

}  // namespace

std::string describe_choice(const ActivationChoice& choice) {
  return fmt::format("{} ({})", choice.activation == FfnActivation::SquaredRelu ? "squared ReLU" : "SwiGLU",
                     choice.why);
}

ActivationChoice choose_activation(const GgufFile& file, const LoadOptions& options) {
  if (options.ffn_activation) return {*options.ffn_activation, "as asked for"};
  if (file.has(kActivationKey))
    return {word<FfnActivation, 2>(file, kActivationKey,
                                   {{{"relu2", FfnActivation::SquaredRelu}, {"swiglu", FfnActivation::SwiGlu}}}),
            fmt::format("metadata key {}", kActivationKey)};
  const ArchitectureDefaults& architecture = architecture_of(file);
  return {architecture.ffn_activation,
          fmt::format("no key says; architecture {}, {}", architecture.name, architecture.of)};
}

std::optional<WeightScheme> choose_weight_scheme(const GgufFile& file, const LoadOptions& options) {
  if (!options.ternarise) return std::nullopt;
  if (options.weight_scheme) return options.weight_scheme;
  if (!file.has(kWeightSchemeKey)) return WeightScheme::Ternary;
  return word<WeightScheme, 2>(file, kWeightSchemeKey,
                               {{{"ternary", WeightScheme::Ternary}, {"binary", WeightScheme::Binary}}});
}

ModelShape read_shape(const GgufFile& file, const LoadOptions& options) {
  const ArchitectureDefaults& architecture = architecture_of(file);
  ModelShape shape;
  shape.architecture = architecture.name;
  if (file.has("general.name")) shape.name = printable(file.text("general.name"));  // it is shown
  const std::string prefix = shape.architecture + ".";
  read_sizes(file, prefix, shape);
  read_variant(file, architecture, options, shape);
  std::string epsilon = prefix + "attention.layer_norm_rms_epsilon";
  if (shape.norm_kind == NormKind::Layer && !file.has(epsilon)) epsilon = prefix + "attention.layer_norm_epsilon";
  shape.norm_epsilon = static_cast<float>(file.number(epsilon, kMinNormEpsilon, kMaxNormEpsilon));
  if (file.has(prefix + "rope.freq_base"))
    shape.rope_theta = file.number(prefix + "rope.freq_base", kMinRopeTheta, kMaxRopeTheta);
  shape.ffn_activation = choose_activation(file, options).activation;
  if (const auto type = element_of(file, "token_embd.weight")) shape.embedding_type = *type;
  shape.tied_embedding = file.find_tensor("output.weight") == nullptr;
  if (const auto type = element_of(file, "output.weight")) shape.head_type = *type;
  read_rope_scaling(file, prefix, shape);
  refuse_unsupported(file, prefix, shape);
  return shape;
}

}  // namespace ternsim::model
