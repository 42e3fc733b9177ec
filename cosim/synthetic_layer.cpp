#include "cosim/synthetic_layer.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "model/model_loader.h"
#include "model/synthesize.h"

namespace ternsim::cosim {

namespace {

/// A file that goes with the object.
struct TemporaryFile {
  explicit TemporaryFile(std::filesystem::path file) : path(std::move(file)) {}
  ~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::filesystem::path path;
};

}  // namespace

model::Model synthetic_layer(const model::ModelShape& shape, std::uint64_t seed) {
  model::ModelShape layer = shape;
  layer.block_count = 1;
  layer.vocab_size = 256;
  const TemporaryFile file(std::filesystem::temp_directory_path() / fmt::format("ternsim_layer_{}.gguf", getpid()));
  model::synthesize(layer, file.path, {.seed = seed, .save = {}});
  return model::load_model(file.path);
}

}  // namespace ternsim::cosim
