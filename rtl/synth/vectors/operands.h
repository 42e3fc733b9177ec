#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace ternsim::synth {

/// One BitLinear as the reference inference of a text meets it.
struct Layer {
  std::string name;  ///< "blk.3.ffn_up"
  std::size_t rows = 0, cols = 0, tokens = 0;
  std::vector<std::int8_t> weights;      ///< (rows, cols), -1, 0, +1
  std::vector<std::int8_t> activations;  ///< (tokens, cols)
};

/// Runs the model over the first `tokens` tokens of the text and keeps the product called `name`. Throws InputError on
/// files that are none, RequestError when the model has no such product.
Layer observe_layer(const std::filesystem::path& model, const std::filesystem::path& text, const std::string& name,
                    std::int64_t tokens);

/// Where weights come from.
enum class WeightSource {
  Layer,   ///< the layer's own ternary ones
  Random,  ///< ternary, a share of zeros, else +1 or -1 alike
  Bell     ///< int8 of a normal distribution whose 3 standard deviations are 127
};

/// How a datapath meets its operands.
struct Schedule {
  std::size_t rows = 1;   ///< rows of weights at a time
  std::size_t lanes = 1;  ///< columns at a time
  std::size_t hold = 1;   ///< tokens for which weights stay; 1: new weights every cycle, as in decoding
  WeightSource source = WeightSource::Layer;
  double zeros = 0;  ///< of WeightSource::Random
};

/// Operands cycle by cycle.
struct OperandStream {
  std::size_t rows, lanes, cycles;
  std::vector<std::int8_t> weights;      ///< (cycles, rows, lanes)
  std::vector<std::int8_t> activations;  ///< (cycles, lanes)
  std::vector<bool> load;                ///< new weights in this cycle
  std::vector<bool> first;               ///< another row or token group begins
  double weight_zeros = 0;               ///< shares of all operands
  double activation_zeros = 0;

  std::int8_t weight(std::size_t cycle, std::size_t row, std::size_t lane) const {
    return weights[(cycle * rows + row) * lanes + lane];
  }
  std::int8_t activation(std::size_t cycle, std::size_t lane) const { return activations[cycle * lanes + lane]; }
};

/// Holding: column block after column block of a row tile, `hold` tokens each. Not holding: the same, one token, the
/// next row tile with the same token; after 16 tiles the next token. Wraps round at the layer's ends. Throws
/// RequestError when the layer has fewer columns or rows than lanes or rows.
OperandStream make_stream(const Layer& layer, const Schedule& schedule, std::size_t cycles);

}  // namespace ternsim::synth
