#include "cli/inference_setup.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "base/error.h"
#include "cli/data_paths.h"
#include "cli/model_options.h"
#include "model/activation_schemes.h"
#include "model/checkpoint_loader.h"
#include "model/gguf_shape.h"
#include "model/model_loader.h"
#include "model/quantised_head.h"
#include "model/vocabulary_file.h"

namespace ternsim::cli {

namespace {

/// In place of the model's own. Where the model names the ids that begin and end a text, they stay; the file's end
/// counts beside them.
void replace_vocabulary(model::Model& model, const std::string& file) {
  const model::Vocabulary own = std::exchange(model.vocabulary, model::load_vocabulary(file, model.shape.vocab_size));
  model::Vocabulary& now = model.vocabulary;
  if (own.bos >= 0) now.bos = own.bos;
  if (own.eos >= 0) {
    if (now.eos >= 0 && now.eos != own.eos) now.stop_ids.push_back(now.eos);
    now.eos = own.eos;
  }
  now.stop_ids.insert(now.stop_ids.end(), own.stop_ids.begin(), own.stop_ids.end());
}

}  // namespace

model::Model load_to_run(const std::filesystem::path& path, const model::LoadOptions& options,
                         kernels::ThreadPool* pool) {
  model::Model model = model::load_model(path, options);
  model::prepare_head(model.shape.tied_embedding ? model.embedding : model.output, pool);
  return model;
}

std::string describe_activation(const std::filesystem::path& path, const model::LoadOptions& options) {
  if (model::is_gguf(path)) return describe_choice(model::choose_activation(model::GgufFile::open(path), options));
  return describe_choice(model::Checkpoint::open(path, options).config().activation);
}

InferenceSetup set_up_inference(const std::string& name, const InferenceFlags& flags) {
  InferenceSetup setup;
  setup.path = find_weights(name);
  model::LoadOptions load = load_options(flags.read, setup.path);
  if (!flags.activation_scheme.empty())
    load.activation_scheme = model::parse_activation_scheme(flags.activation_scheme);
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  setup.pool = std::make_unique<kernels::ThreadPool>(flags.threads == 0 ? cores : flags.threads);
  const model::Compatibility mode = model::parse_compatibility(flags.compatibility);
  const bool half = model::rounding_points(mode).kv_half;
  if (half && flags.kv == "f32")
    throw RequestError(
        fmt::format("--compatibility {} keeps keys and values as f16; leave --kv f32 out, or ask for f16 "
                    "or a narrower one",
                    flags.compatibility));
  setup.options = {.pool = setup.pool.get(),
                   .kv = flags.kv.empty() ? (half ? model::KvPrecision::F16 : model::KvPrecision::F32)
                                          : model::parse_kv_precision(flags.kv),
                   .mode = mode};
  load.threads = setup.pool->threads();
  setup.model = load_to_run(setup.path, load, setup.pool.get());
  setup.activation = describe_activation(setup.path, load);
  setup.tokenizer_origin = flags.tokenizer.empty() ? setup.path.string() : flags.tokenizer;
  if (!flags.tokenizer.empty()) replace_vocabulary(setup.model, flags.tokenizer);
  return setup;
}

}  // namespace ternsim::cli
