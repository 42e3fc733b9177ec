#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/engines.h"
#include "cli/inference_setup.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cosim/engine_run.h"
#include "model/tokenizer.h"

namespace ternsim::cli {

int run_generate(const GenerateOptions& options) {
  if (options.prompt.empty()) throw RequestError("the prompt is empty: give some text with -p");
  // Products of bfloat16 activations take two passes of int8 through the engine; the units have cycles for one each.
  const int products =
      model::rounding_points(model::parse_compatibility(options.inference.compatibility)).bfloat16_linear ? 2 : 1;
  if (products > 1 && options.engine != "cpu")
    throw RequestError(
        fmt::format("--compatibility {} runs on --engine cpu alone: its linears take two int8 products "
                    "each, and the cycles of {} would count a machine twice as slow",
                    options.inference.compatibility, options.engine));
  const InferenceSetup setup = set_up_inference(options.model, options.inference);
  const model::Model& model = setup.model;
  const model::Tokenizer tokenizer(model.vocabulary, setup.tokenizer_origin);
  const std::vector<std::int32_t> prompt = tokenizer.encode(options.prompt, model.vocabulary.add_bos);
  const auto engine = make_engine(options.engine, options.rtl_config, setup.pool.get());

  model::StreamDecoder decoder(tokenizer);
  bool started = false;  // the prompt is shown with the first token, when nothing can be refused any more
  const model::SamplingOptions sampling{options.temperature, options.top_k, options.top_p, options.seed};
  const cosim::EngineRun run = cosim::run_engine(
      model, *engine, prompt, options.count, sampling, tokenizer.stop_ids(), std::nullopt,
      [&](std::int32_t token) {
        if (options.json) return;
        print_all((started ? std::string() : options.prompt) + for_output(decoder.push(token)));
        started = true;
      },
      setup.options);
  if (options.json) {
    const nlohmann::ordered_json out{{"engine", run.engine},
                                     {"model", model.shape.name},
                                     {"ffn_activation", setup.activation},
                                     {"compatibility", options.inference.compatibility},
                                     {"kv_precision", model::name_of(run.kv)},
                                     {"products_per_linear", products},
                                     {"prompt", options.prompt},
                                     {"prompt_tokens", prompt},
                                     {"tokens", run.tokens},
                                     {"text", tokenizer.decode(run.tokens)},
                                     {"tiles", run.counters.tiles},
                                     {"lane_adds", run.counters.lane_adds},
                                     {"graph_lane_adds", run.graph_lane_adds},
                                     {"cycles", run.counters.cycles},
                                     {"sums_and_logits_hash", run.hash},
                                     {"seconds", run.seconds}};
    print_all(out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
  } else {
    print_all(for_output(decoder.finish()) + "\n");
    fmt::print(stderr, "[feed-forward activation: {}]\n", setup.activation);
    fmt::print(stderr, "[compatibility: {}{}; keys and values: {}]\n", options.inference.compatibility,
               products > 1 ? ", two products per linear" : "", model::name_of(run.kv));
    fmt::print(stderr, "[{}: {} tokens, {} lane-adds, {} cycles, hash {}, {:.2f} s]\n", run.engine, run.tokens.size(),
               run.counters.lane_adds, run.counters.cycles, run.hash, run.seconds);
  }
  return kOk;
}

}  // namespace ternsim::cli
