#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "cli/options.h"
#include "kernels/thread_pool.h"
#include "model/inference_options.h"
#include "model/load_options.h"
#include "model/weights.h"

namespace ternsim::cli {

/// What generate, perplexity and chat share: a model, the threads it runs on, and how its numbers are rounded.
struct InferenceSetup {
  std::filesystem::path path;
  model::Model model;
  std::unique_ptr<kernels::ThreadPool> pool;
  model::InferenceOptions options;  ///< with the pool
  std::string activation;           ///< which feed-forward activation runs, and what settled it
  std::string tokenizer_origin;     ///< the file whose vocabulary the model has
};

/// A model for the CPU kernels: an LM head in quantised blocks is brought into the order that they read fast.
model::Model load_to_run(const std::filesystem::path& path, const model::LoadOptions& options = {},
                         kernels::ThreadPool* pool = nullptr);
/// The feed-forward activation that a model is read with, and why: the one choice that a file may leave open.
std::string describe_activation(const std::filesystem::path& path, const model::LoadOptions& options);

/// Loads the model that `name` says ("embedded", a GGUF or .safetensors file, or a checkpoint's directory). Throws
/// InputError and RequestError.
InferenceSetup set_up_inference(const std::string& name, const InferenceFlags& flags);

}  // namespace ternsim::cli
