// Writes the vectors of one module: a line of JSON that describes them, then one line of hexadecimal digits a cycle.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "rtl/synth/vectors/datapaths.h"

namespace {

using namespace ternsim;

struct Options {
  std::string module, layer = "blk.1.ffn_up", weights = "layer", model, text, out;
  std::vector<std::string> parameters;
  std::size_t cycles = 256, hold = 1;
  std::int64_t tokens = 64;
};

synth::Parameters read_parameters(const std::vector<std::string>& texts) {
  std::map<std::string, std::size_t> values;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || text.find_first_not_of("0123456789", equals + 1) != std::string::npos ||
        equals + 1 == text.size())
      throw RequestError(fmt::format("--param {}: expected NAME=NUMBER", text));
    values[text.substr(0, equals)] = std::stoul(text.substr(equals + 1));
  }
  return synth::Parameters(std::move(values));
}

synth::Schedule read_schedule(const Options& options, const synth::Work& work) {
  synth::Schedule schedule{work.rows, work.lanes, options.hold};
  if (options.weights == "bell") {
    schedule.source = synth::WeightSource::Bell;
  } else if (options.weights.starts_with("zeros:")) {
    schedule.source = synth::WeightSource::Random;
    std::size_t used = 0;
    const std::string share = options.weights.substr(6);
    schedule.zeros = share.empty() ? -1 : std::stod(share, &used);
    if (used != share.size() || schedule.zeros < 0 || schedule.zeros > 1)
      throw RequestError(fmt::format("--weights {}: expected zeros:SHARE with a share from 0 to 1", options.weights));
  } else if (options.weights != "layer") {
    throw RequestError(fmt::format("--weights {}: expected layer, bell or zeros:SHARE", options.weights));
  }
  return schedule;
}

nlohmann::json ports(const std::vector<synth::Port>& list) {
  nlohmann::json out = nlohmann::json::array();
  for (const synth::Port& port : list) out.push_back({port.name, port.bits});
  return out;
}

void run(const Options& options) {
  const synth::Parameters parameters = read_parameters(options.parameters);
  const synth::Work work = synth::work_of(options.module, parameters);
  const synth::Schedule schedule = read_schedule(options, work);
  const synth::Layer layer = synth::observe_layer(options.model, options.text, options.layer, options.tokens);
  const synth::OperandStream stream = synth::make_stream(layer, schedule, options.cycles);
  const synth::Stimulus stimulus = synth::make_stimulus(options.module, parameters, stream);
  std::ofstream out(options.out);
  const nlohmann::json head{{"module", options.module},
                            {"cycles", stimulus.cycles()},
                            {"inputs", ports(stimulus.inputs())},
                            {"outputs", ports(stimulus.outputs())},
                            {"layer", {{"name", layer.name}, {"rows", layer.rows}, {"columns", layer.cols}}},
                            {"weight_zeros", stream.weight_zeros},
                            {"activation_zeros", stream.activation_zeros}};
  out << head.dump() << '\n';
  stimulus.write(out);
  out.close();
  if (!out) throw InputError(fmt::format("{}: cannot be written", options.out));
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Vectors for gate-level simulation: inputs of a module from a real layer, outputs from its C++ model");
  app.footer(
      "Example:\n  synth_vectors --module ternary_dot --param Lanes=16 --param LevelsPerStage=2 \\\n"
      "                --model assets/tinyllm-b158.gguf --text assets/heldout_slice.txt --out dot.vec");
  app.add_option("--module", options.module, "module of rtl/src or rtl/synth/operators")->required();
  app.add_option("--param", options.parameters, "NAME=NUMBER, for every parameter that sets widths or timing");
  app.add_option("--model", options.model, "model file")->required();
  app.add_option("--text", options.text, "text that the model reads")->required();
  app.add_option("--tokens", options.tokens, "tokens of it")->capture_default_str();
  app.add_option("--layer", options.layer, "product whose operands are taken")->capture_default_str();
  app.add_option("--weights", options.weights, "layer, bell (int8) or zeros:SHARE (ternary)")->capture_default_str();
  app.add_option("--hold", options.hold, "cycles for which weights stay")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--cycles", options.cycles, "cycles of operands")->capture_default_str()->check(CLI::PositiveNumber);
  app.add_option("--out", options.out, "file to write")->required();
  CLI11_PARSE(app, argc, argv);
  try {
    run(options);
  } catch (const std::exception& error) {
    std::cerr << "synth_vectors: " << error.what() << '\n';
    return 1;
  }
}
