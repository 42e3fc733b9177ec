#include "model/checkpoint_config.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "model/gguf_reader.h"
#include "model/json_guard.h"
#include "model/shape_limits.h"

namespace ternsim::model {

namespace {

using nlohmann::json;

/// A JSON object whose members are asked for by name.
class Config {
 public:
  Config(const json& object, std::string origin) : object_(object), origin_(std::move(origin)) {}

  [[noreturn]] void fail(const std::string& message) const { throw InputError(origin_ + ": " + message); }
  /// null counts as missing: that is how such files say "default".
  const json* find(const char* key) const {
    const auto it = object_.find(key);
    return it == object_.end() || it->is_null() ? nullptr : &*it;
  }
  std::int64_t integer(const char* key, std::int64_t min, std::int64_t max) const {
    const json* value = find(key);
    if (value == nullptr) fail(fmt::format("'{}' is missing; an integer expected", key));
    return integer(*value, key, min, max);
  }
  std::int64_t integer(const json& value, const char* key, std::int64_t min, std::int64_t max) const {
    if (!value.is_number_integer()) fail(fmt::format("'{}' is no integer", key));
    const bool huge = value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(max);
    const auto number = huge ? max : value.get<std::int64_t>();
    if (huge || number < min || number > max)
      fail(fmt::format("'{}' is {}, outside of {} ... {}", key, value.dump(), min, max));
    return number;
  }
  double number(const char* key, double min, double max) const {
    const json* value = find(key);
    if (value == nullptr) fail(fmt::format("'{}' is missing; a number expected", key));
    if (!value->is_number()) fail(fmt::format("'{}' is no number", key));
    const auto x = value->get<double>();
    if (!std::isfinite(x) || x < min || x > max)
      fail(fmt::format("'{}' is {}, outside of {} ... {}", key, x, min, max));
    return x;
  }
  bool boolean(const char* key, bool missing) const {
    const json* value = find(key);
    if (value == nullptr) return missing;
    if (!value->is_boolean()) fail(fmt::format("'{}' is neither true nor false", key));
    return value->get<bool>();
  }
  std::string text(const char* key, const char* missing) const {
    const json* value = find(key);
    if (value == nullptr) return missing;
    if (!value->is_string()) fail(fmt::format("'{}' is no text", key));
    return printable(value->get_ref<const std::string&>());
  }

 private:
  const json& object_;
  std::string origin_;
};

// What positions are divided by: 1 without scaling.
double read_rope_scale(const Config& config, const std::string& origin) {
  const json* scaling = config.find("rope_scaling");
  if (scaling == nullptr) return 1.0;
  if (!scaling->is_object()) config.fail("'rope_scaling' is no object");
  const Config inside(*scaling, origin + ": rope_scaling");
  const std::string type = inside.text("rope_type", inside.text("type", "default").c_str());
  if (type == "default") return 1.0;
  if (type == "linear") return inside.number("factor", kMinRopeScale, kMaxRopeScale);
  config.fail(fmt::format(
      "'rope_scaling' is '{}'; this build scales RoPE linearly alone, or by the tensor rope_freqs.weight of "
      "a GGUF file: convert the checkpoint to one that has it",
      type));
}

ActivationChoice read_activation(const Config& config, const LoadOptions& options) {
  if (options.ffn_activation) return {*options.ffn_activation, "as asked for"};
  const std::string word = config.text("hidden_act", "silu");
  if (word == "relu2") return {FfnActivation::SquaredRelu, "hidden_act relu2"};
  if (word == "silu" || word == "swish") return {FfnActivation::SwiGlu, "hidden_act " + word};
  config.fail(fmt::format("'hidden_act' is '{}'; relu2 or silu expected", word));
}

}  // namespace

CheckpointConfig parse_checkpoint_config(std::string_view text, const std::string& origin, const LoadOptions& options) {
  const json object = parse_json(text, origin, {.bytes = std::size_t{1} << 20, .values = 65536, .depth = 16});
  if (!object.is_object()) throw InputError(origin + ": no JSON object");
  const Config config(object, origin);
  CheckpointConfig out;
  out.model_type = config.text("model_type", "");
  if (out.model_type != "bitnet" && out.model_type != "llama")
    config.fail(
        fmt::format("'model_type' is '{}'; this build reads bitnet and llama (with ternary linears)", out.model_type));
  ModelShape& shape = out.shape;
  shape.name = config.text("_name_or_path", "");
  shape.vocab_size = config.integer("vocab_size", 1, kMaxVocab);
  shape.context_length = config.integer("max_position_embeddings", 1, kMaxContext);
  shape.embedding_length = config.integer("hidden_size", kMinWidth, kMaxWidth);
  shape.block_count = config.integer("num_hidden_layers", 1, kMaxBlocks);
  shape.feed_forward_length = config.integer("intermediate_size", kMinWidth, kMaxWidth);
  shape.head_count = config.integer("num_attention_heads", 1, kMaxHeads);
  shape.head_count_kv = config.find("num_key_value_heads") != nullptr
                            ? config.integer("num_key_value_heads", 1, kMaxHeads)
                            : shape.head_count;
  if (config.find("head_dim") != nullptr) {
    shape.head_dim = config.integer("head_dim", 2, kMaxHeadDim);
  } else {
    if (shape.embedding_length % shape.head_count != 0)
      config.fail(fmt::format("'head_dim' is missing, and {} heads do not divide the hidden size {}", shape.head_count,
                              shape.embedding_length));
    shape.head_dim = shape.embedding_length / shape.head_count;
  }
  if (const std::string problem = shape_problem(shape); !problem.empty())
    config.fail(problem + " (num_attention_heads, num_key_value_heads, head_dim)");
  shape.norm_epsilon = static_cast<float>(config.number("rms_norm_eps", kMinNormEpsilon, kMaxNormEpsilon));
  if (config.find("rope_theta") != nullptr)
    shape.rope_theta = config.number("rope_theta", kMinRopeTheta, kMaxRopeTheta);
  shape.rope_scale = read_rope_scale(config, origin);
  for (const char* key : {"attention_bias", "mlp_bias"})
    if (config.boolean(key, false)) config.fail(fmt::format("'{}' is true; BitLinears have no biases", key));
  out.activation = read_activation(config, options);
  shape.ffn_activation = out.activation.activation;
  if (options.activation_scheme) shape.activation_scheme = *options.activation_scheme;
  out.tie_word_embeddings = config.boolean("tie_word_embeddings", false);

  if (const json* quantization = config.find("quantization_config")) {
    if (!quantization->is_object()) config.fail("'quantization_config' is no object");
    const Config inside(*quantization, origin + ": quantization_config");
    if (const std::string method = inside.text("quant_method", "bitnet"); method != "bitnet")
      inside.fail(fmt::format("'quant_method' is '{}'; bitnet expected", method));
    const std::string linear = inside.text("linear_class", "bitlinear");
    if (linear != "bitlinear" && linear != "autobitlinear")
      inside.fail(fmt::format("'linear_class' is '{}'; bitlinear or autobitlinear expected", linear));
    out.scales = linear == "autobitlinear" ? ScaleConvention::Multiply : ScaleConvention::Divide;
    if (inside.boolean("use_rms_norm", false))
      inside.fail("'use_rms_norm' is true: a norm inside of each linear, which this build does not follow");
  }

  const std::int64_t last = shape.vocab_size - 1;
  if (const json* bos = config.find("bos_token_id")) out.bos = config.integer(*bos, "bos_token_id", 0, last);
  if (const json* eos = config.find("eos_token_id")) {
    if (eos->is_array())
      for (const json& id : *eos) out.eos.push_back(config.integer(id, "eos_token_id", 0, last));
    else
      out.eos.push_back(config.integer(*eos, "eos_token_id", 0, last));
  }
  return out;
}

}  // namespace ternsim::model
