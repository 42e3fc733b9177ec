#include "rtl/synth/vectors/operands.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <numbers>

#include <fmt/format.h>

#include "base/error.h"
#include "base/random.h"
#include "model/cpu_engine.h"
#include "model/inference.h"
#include "model/model_loader.h"
#include "model/tokenizer.h"

namespace ternsim::synth {
namespace {

class Keeper : public model::MatmulObserver {
 public:
  Keeper(const std::string& name, Layer& layer) : name_(name), layer_(layer) {}
  void on_matmul(const model::Matmul& matmul, std::span<std::int32_t>) override {
    if (matmul.name != name_) return;
    layer_.name = name_;
    layer_.rows = static_cast<std::size_t>(matmul.weights.rows());
    layer_.cols = static_cast<std::size_t>(matmul.weights.cols());
    layer_.tokens = static_cast<std::size_t>(matmul.tokens);
    layer_.activations.assign(matmul.activations.begin(), matmul.activations.end());
    layer_.weights.resize(layer_.rows * layer_.cols);
    for (std::size_t r = 0; r < layer_.rows; ++r) {
      for (std::size_t k = 0; k < layer_.cols; ++k) {
        layer_.weights[r * layer_.cols + k] =
            static_cast<std::int8_t>(matmul.weights.weight(static_cast<std::int64_t>(r), static_cast<std::int64_t>(k)));
      }
    }
  }

 private:
  std::string name_;
  Layer& layer_;
};

std::int8_t bell(Random& random) {
  // Box-Muller; 1 - uniform lies in (0, 1].
  const double radius = std::sqrt(-2 * std::log(1 - random.uniform()));
  const double normal = radius * std::cos(2 * std::numbers::pi * random.uniform());
  return static_cast<std::int8_t>(std::lround(std::clamp(normal * 127 / 3, -127.0, 127.0)));
}

double share_of_zeros(const std::vector<std::int8_t>& values) {
  return static_cast<double>(std::ranges::count(values, 0)) / static_cast<double>(values.size());
}

}  // namespace

Layer observe_layer(const std::filesystem::path& model_path, const std::filesystem::path& text_path,
                    const std::string& name, std::int64_t tokens) {
  const model::Model model = model::load_model(model_path);
  std::ifstream file(text_path, std::ios::binary);
  if (!file) throw InputError(fmt::format("{}: cannot be opened", text_path.string()));
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  std::vector<std::int32_t> ids = model::Tokenizer(model.vocabulary, model_path.string()).encode(text, false);
  if (static_cast<std::int64_t>(ids.size()) < tokens)
    throw RequestError(fmt::format("{}: {} tokens where {} are asked for", text_path.string(), ids.size(), tokens));
  ids.resize(static_cast<std::size_t>(tokens));

  model::CpuEngine engine;
  model::Inference inference(model, engine);
  Layer layer;
  Keeper keeper(name, layer);
  inference.observe(keeper);
  inference.forward(ids);
  if (layer.rows == 0)
    throw RequestError(fmt::format("{}: no product is called '{}'; try blk.0.ffn_up", model_path.string(), name));
  return layer;
}

OperandStream make_stream(const Layer& layer, const Schedule& schedule, std::size_t cycles) {
  if (layer.cols < schedule.lanes || layer.rows < schedule.rows || layer.tokens == 0)
    throw RequestError(fmt::format("{}: {} x {} is too small for {} rows of {} lanes", layer.name, layer.rows,
                                   layer.cols, schedule.rows, schedule.lanes));
  constexpr std::size_t kTilesPerToken = 16;
  Random random(1);
  const std::size_t blocks = layer.cols / schedule.lanes;
  const std::size_t tiles = layer.rows / schedule.rows;
  OperandStream stream{schedule.rows, schedule.lanes, cycles, {}, {}, {}, {}};
  std::vector<std::int8_t> tile(schedule.rows * schedule.lanes);
  for (std::size_t cycle = 0; cycle < cycles; ++cycle) {
    const std::size_t step = cycle / schedule.hold;
    const std::size_t block = step % blocks;
    const std::size_t row_tile = step / blocks;
    const std::size_t group = row_tile / kTilesPerToken;
    const std::size_t token =
        schedule.hold > 1 ? (group * schedule.hold + cycle % schedule.hold) % layer.tokens : group % layer.tokens;
    const bool load = cycle % schedule.hold == 0;
    if (load) {
      for (std::size_t r = 0; r < schedule.rows; ++r) {
        for (std::size_t l = 0; l < schedule.lanes; ++l) {
          std::int8_t& weight = tile[r * schedule.lanes + l];
          switch (schedule.source) {
            case WeightSource::Layer:
              weight = layer.weights[(row_tile % tiles * schedule.rows + r) * layer.cols + block * schedule.lanes + l];
              break;
            case WeightSource::Random:
              weight = static_cast<std::int8_t>(random.uniform() < schedule.zeros ? 0 : random.below(2) == 0 ? 1 : -1);
              break;
            case WeightSource::Bell:
              weight = bell(random);
          }
        }
      }
    }
    stream.weights.insert(stream.weights.end(), tile.begin(), tile.end());
    const auto activations =
        layer.activations.begin() + static_cast<std::ptrdiff_t>(token * layer.cols + block * schedule.lanes);
    stream.activations.insert(stream.activations.end(), activations,
                              activations + static_cast<std::ptrdiff_t>(schedule.lanes));
    stream.load.push_back(load);
    stream.first.push_back(block == 0 && cycle % schedule.hold == 0);
  }
  stream.weight_zeros = share_of_zeros(stream.weights);
  stream.activation_zeros = share_of_zeros(stream.activations);
  return stream;
}

}  // namespace ternsim::synth
