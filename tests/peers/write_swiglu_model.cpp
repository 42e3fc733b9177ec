// Writes a random model that a stock llama.cpp runs as architecture `bitnet`: SwiGLU, sub-norms, tied F16 embedding,
// rows of a multiple of 256 weights. `write_swiglu_model TQ1_0|TQ2_0 BLOCKS FFN LOGIT_STD SEED OUT.gguf`
#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>

#include "model/half.h"
#include "model/model_saver.h"
#include "tests/tiny_model.h"

namespace {

using namespace ternsim;

constexpr std::int64_t kHidden = 256;

model::GgufTensorType ternary_type(std::string_view name) {
  if (name == "TQ1_0") return model::GgufTensorType::TQ1_0;
  if (name == "TQ2_0") return model::GgufTensorType::TQ2_0;
  throw std::invalid_argument("the tensor type is TQ1_0 or TQ2_0");
}

model::Model make_model(std::int64_t blocks, std::int64_t ffn, double logit_std, std::uint64_t seed) {
  model::ModelShape shape = test::tiny_shape();
  shape.architecture = "bitnet";
  shape.name = "random SwiGLU";
  shape.context_length = 512;
  shape.embedding_length = kHidden;
  shape.block_count = blocks;
  shape.feed_forward_length = ffn;
  shape.ffn_activation = model::FfnActivation::SwiGlu;
  model::Model model = test::make_random_model(shape, seed);
  // The head multiplies a normed vector, whose elements are about 1, by the embedding: a logit is a sum of kHidden
  // products, so its deviation is sqrt(kHidden) that of an element, which is uniform in -a ... a.
  const double a = logit_std * std::sqrt(3.0 / static_cast<double>(kHidden));
  Random random(seed ^ 0x656d6265640aULL);
  for (std::size_t i = 0; i + 1 < model.embedding.bytes.size(); i += 2) {
    const std::uint16_t half = model::f32_to_f16(static_cast<float>(a * (2 * random.uniform() - 1)));
    model.embedding.bytes[i] = static_cast<std::uint8_t>(half & 0xff);
    model.embedding.bytes[i + 1] = static_cast<std::uint8_t>(half >> 8);
  }
  return model;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    fmt::print(stderr, "usage: write_swiglu_model TQ1_0|TQ2_0 BLOCKS FFN LOGIT_STD SEED OUT.gguf\n");
    return 2;
  }
  try {
    const model::Model model =
        make_model(std::stoll(argv[2]), std::stoll(argv[3]), std::stod(argv[4]), std::stoull(argv[5]));
    model::save_model(model, argv[6], {.ternary = ternary_type(argv[1])});
  } catch (const std::exception& e) {
    fmt::print(stderr, "write_swiglu_model: {}\n", e.what());
    return 1;
  }
  return 0;
}
