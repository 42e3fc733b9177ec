#include "model/shape_yaml.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "model/gguf_reader.h"
#include "model/model_tensors.h"
#include "model/shape_limits.h"

namespace ternsim::model {

namespace {

ElementType read_element(YamlMap& root, const char* key) {
  constexpr std::array kElements = {ElementType::F32, ElementType::F16, ElementType::BF16, ElementType::Q8_0,
                                    ElementType::Q6_K};
  return kElements.at(root.choice(key, {"f32", "f16", "bf16", "q8_0", "q6_k"}));
}

// What most models do not say.
void read_variant(YamlMap& root, ModelShape& shape) {
  if (const ArchitectureDefaults* usual = find_architecture(shape.architecture)) {
    shape.sub_norms = usual->sub_norms;
    shape.rope_pairing = usual->rope_pairing;
  }
  if (root.has("tied_embedding")) shape.tied_embedding = root.boolean("tied_embedding");
  shape.head_type = shape.embedding_type;
  if (root.has("head_type")) shape.head_type = read_element(root, "head_type");
  if (shape.tied_embedding && shape.head_type != shape.embedding_type)
    root.fail("head_type",
              "the embedding serves as LM head; only a head of its own (tied_embedding: false) has a type");
  if (root.has("sub_norms")) shape.sub_norms = root.boolean("sub_norms");
  constexpr std::array kPairings = {RopePairing::Halves, RopePairing::Neighbours};
  if (root.has("rope_pairing"))
    shape.rope_pairing = kPairings.at(root.choice("rope_pairing", {"halves", "neighbours"}));
  constexpr std::array kNorms = {NormKind::Rms, NormKind::Layer};
  if (root.has("norm_kind")) shape.norm_kind = kNorms.at(root.choice("norm_kind", {"rms", "layer"}));
  constexpr std::array kSchemes = {ActivationScheme::Absmax8, ActivationScheme::A48, ActivationScheme::HadamardInt4};
  if (root.has("activation_scheme"))
    shape.activation_scheme = kSchemes.at(root.choice("activation_scheme", {"absmax8", "a4.8", "hadamard-int4"}));
  if (root.has("expert_count")) shape.expert_count = root.integer("expert_count", 0, kMaxExperts);
  if (shape.expert_count > 0) shape.expert_used_count = root.integer("expert_used_count", 1, shape.expert_count);
  for (const auto& [key, type] : {std::pair("embedding_type", shape.embedding_type), {"head_type", shape.head_type}})
    if (shape.embedding_length % block_elements(type) != 0)
      root.fail(key, fmt::format("{} needs an embedding_length that is a multiple of {}", name_of(type),
                                 block_elements(type)));
}

ModelShape read(YamlMap root) {
  ModelShape shape;
  shape.name = printable(root.text("name"));  // these are shown
  shape.architecture = printable(root.text("architecture"));
  if (shape.name.empty()) root.fail("name", "a name expected");
  if (shape.architecture.empty()) root.fail("architecture", "a name such as bitnet-b1.58 expected");
  shape.vocab_size = root.integer("vocab_size", 1, kMaxVocab);
  shape.context_length = root.integer("context_length", 1, kMaxContext);
  shape.embedding_length = root.integer("embedding_length", kMinWidth, kMaxWidth);
  shape.block_count = root.integer("block_count", 1, kMaxBlocks);
  shape.feed_forward_length = root.integer("feed_forward_length", kMinWidth, kMaxWidth);
  shape.head_count = root.integer("head_count", 1, kMaxHeads);
  shape.head_count_kv = root.integer("head_count_kv", 1, kMaxHeads);
  shape.head_dim = root.integer("head_dim", 2, kMaxHeadDim);
  shape.norm_epsilon = static_cast<float>(root.number("norm_epsilon", kMinNormEpsilon, kMaxNormEpsilon));
  shape.rope_theta = root.number("rope_theta", kMinRopeTheta, kMaxRopeTheta);
  constexpr std::array kActivations = {FfnActivation::SquaredRelu, FfnActivation::SwiGlu};
  shape.ffn_activation = kActivations.at(root.choice("ffn_activation", {"squared_relu", "swiglu"}));
  shape.embedding_type = read_element(root, "embedding_type");
  read_variant(root, shape);
  if (const std::string problem = shape_problem(shape); !problem.empty()) root.fail("head_count", problem);
  root.finish();
  return shape;
}

}  // namespace

ModelShape load_shape(const std::filesystem::path& path, std::span<const YamlOverride> overrides) {
  ModelShape shape = read(YamlMap::load(path, overrides));
  shape.name += overrides_text(overrides);
  return shape;
}

ModelShape parse_shape(const std::string& text, const std::string& origin) {
  return read(YamlMap::parse(text, origin));
}

}  // namespace ternsim::model
