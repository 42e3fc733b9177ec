// The reference's logits of every position of a token sequence: `our_logits MODEL.gguf TOKENS.txt OUT [relu2]`.
//
// TOKENS.txt holds token ids in decimal, OUT gets (tokens, vocab) float32, little endian, row-major. `relu2` puts
// squared ReLU in the place of the file's activation, to see that a wrong model is told apart.
#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "model/cpu_engine.h"
#include "model/inference.h"
#include "model/model_loader.h"

namespace {

using namespace ternsim;

std::vector<std::int32_t> read_tokens(const char* path) {
  std::ifstream in(path);
  std::vector<std::int32_t> tokens;
  for (std::int32_t token = 0; in >> token;) tokens.push_back(token);
  if (!in.eof() || tokens.empty()) throw std::runtime_error(fmt::format("{}: token ids expected", path));
  return tokens;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4 || argc > 5 || (argc == 5 && std::string_view(argv[4]) != "relu2")) {
    fmt::print(stderr, "usage: our_logits MODEL.gguf TOKENS.txt OUT [relu2]\n");
    return 2;
  }
  try {
    model::LoadOptions options;
    if (argc == 5) options.ffn_activation = model::FfnActivation::SquaredRelu;
    const model::Model model = model::load_model(argv[1], options);
    const std::vector<std::int32_t> tokens = read_tokens(argv[2]);
    model::CpuEngine engine;
    model::Inference inference(model, engine);
    const std::span<const float> logits = inference.forward_all(tokens);
    std::ofstream out(argv[3], std::ios::binary);
    out.write(reinterpret_cast<const char*>(logits.data()), static_cast<std::streamsize>(logits.size_bytes()));
    if (!out.flush()) throw std::runtime_error(fmt::format("{}: cannot be written", argv[3]));
    fmt::print("{}\n", model.shape.vocab_size);
  } catch (const std::exception& e) {
    fmt::print(stderr, "our_logits: {}\n", e.what());
    return 1;
  }
  return 0;
}
