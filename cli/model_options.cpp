#include "cli/model_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/error.h"
#include "base/quantity.h"
#include "cli/data_paths.h"
#include "model/checkpoint_loader.h"
#include "model/gguf_reader.h"

namespace ternsim::cli {

namespace {

template <typename Value>
Value value_of(const std::map<std::string, Value>& words, const std::string& word) {
  const auto found = words.find(word);
  if (found == words.end()) throw RequestError(fmt::format("'{}' is no tensor type that can be written", word));
  return found->second;
}

void refuse_idle(const std::filesystem::path& path, const char* option, const char* why) {
  throw RequestError(fmt::format("{}: {} would change nothing: {}; leave it out", path.string(), option, why));
}

void check_use(const ReadOptions& options, const model::LoadOptions& load, const std::filesystem::path& path,
               const char* layout) {
  if (is_shape_file(path)) {
    if (!options.ffn_activation.empty() || options.i2s_layout != 0 || options.ternarise ||
        !options.weight_scheme.empty())
      throw RequestError(
          fmt::format("{}: a shape says all about itself; leave out --ffn-activation, {}, --ternarise and "
                      "--weight-scheme",
                      path.string(), layout));
    return;
  }
  const bool scheme = !options.weight_scheme.empty() && !options.ternarise;
  if (options.i2s_layout == 0 && !scheme) return;
  if (!model::is_gguf(path)) {
    if (options.i2s_layout != 0) refuse_idle(path, layout, "only GGUF files hold I2_S tensors");
    if (scheme && !model::Checkpoint::open(path, load).weight_scheme(load))
      refuse_idle(path, "--weight-scheme", "master weights of this model are not quantised without --ternarise");
    return;
  }
  const model::GgufFile file = model::GgufFile::open(path);
  const auto is_i2s = [](const model::GgufTensor& tensor) { return tensor.type == model::GgufTensorType::I2_S; };
  if (options.i2s_layout != 0 && std::ranges::none_of(file.tensors(), is_i2s))
    refuse_idle(path, layout, "the file has no I2_S tensors");
  if (scheme) refuse_idle(path, "--weight-scheme", "master weights are not quantised without --ternarise");
}

}  // namespace

model::LoadOptions load_options(const ReadOptions& options, const std::filesystem::path& path, const char* layout) {
  model::LoadOptions out;
  if (!options.ffn_activation.empty())
    out.ffn_activation =
        options.ffn_activation == "relu2" ? model::FfnActivation::SquaredRelu : model::FfnActivation::SwiGlu;
  out.i2s_layout = options.i2s_layout == 64 ? model::I2sLayout::Blocks64 : model::I2sLayout::Blocks128;
  out.ternarise = options.ternarise;
  if (!options.weight_scheme.empty())
    out.weight_scheme = options.weight_scheme == "binary" ? model::WeightScheme::Binary : model::WeightScheme::Ternary;
  check_use(options, out, path, layout);
  return out;
}

model::SaveOptions save_options(const WriteOptions& options) {
  using model::ElementType;
  using model::GgufTensorType;
  static const std::map<std::string, GgufTensorType> kTernary = {
      {"i2_s", GgufTensorType::I2_S}, {"tq1_0", GgufTensorType::TQ1_0}, {"tq2_0", GgufTensorType::TQ2_0}};
  static const std::map<std::string, ElementType> kElements = {{"f32", ElementType::F32},
                                                               {"f16", ElementType::F16},
                                                               {"bf16", ElementType::BF16},
                                                               {"q8_0", ElementType::Q8_0},
                                                               {"q6_k", ElementType::Q6_K}};
  if (options.i2s_layout != 0 && options.type != "i2_s")
    throw RequestError(
        fmt::format("--i2s-layout is of type i2_s, but --type {} is written; leave it out", options.type));
  model::SaveOptions out;
  out.ternary = value_of(kTernary, options.type);
  if (!options.embedding.empty()) out.embedding = value_of(kElements, options.embedding);
  out.i2s_layout = options.i2s_layout == 64 ? model::I2sLayout::Blocks64 : model::I2sLayout::Blocks128;
  return out;
}

std::string describe_written(const std::string& path, const WriteOptions& options, const model::SaveReport& report) {
  std::string out =
      fmt::format("{}: {}, ternary tensors {}", path,
                  for_people(static_cast<double>(std::filesystem::file_size(path)), Quantity::Bytes), options.type);
  if (options.type == "i2_s") {
    out += fmt::format(" in blocks of {}, scales exact\n", options.i2s_layout == 64 ? 64 : 128);
  } else if (report.tensor.empty()) {
    out += ", scales exact as float16\n";
  } else {
    out +=
        fmt::format(", scales rounded to float16: off by at most {:.2g} of their value ({}); i2_s keeps them exact\n",
                    report.largest_scale_loss, report.tensor);
  }
  return out;
}

}  // namespace ternsim::cli
