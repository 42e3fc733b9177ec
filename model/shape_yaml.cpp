#include "model/shape_yaml.h"

#include <array>

#include "base/yaml.h"
#include "model/gguf_reader.h"
#include "model/shape_limits.h"

namespace ternsim::model {

namespace {

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
  constexpr std::array kElements = {ElementType::F32, ElementType::F16, ElementType::BF16};
  shape.embedding_type = kElements.at(root.choice("embedding_type", {"f32", "f16", "bf16"}));
  if (const std::string problem = shape_problem(shape); !problem.empty()) root.fail("head_count", problem);
  root.finish();
  return shape;
}

}  // namespace

ModelShape load_shape(const std::filesystem::path& path) { return read(YamlMap::load(path)); }

ModelShape parse_shape(const std::string& text, const std::string& origin) {
  return read(YamlMap::parse(text, origin));
}

}  // namespace ternsim::model
