#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/data_paths.h"
#include "cli/engines.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cosim/engine_run.h"
#include "model/model_loader.h"
#include "model/tokenizer.h"

namespace ternsim::cli {

int run_generate(const GenerateOptions& options) {
  if (options.prompt.empty()) throw RequestError("the prompt is empty: give some text with -p");
  const auto path = find_model(options.model);
  if (is_shape_file(path)) throw RequestError(fmt::format("{}: a shape has no weights to write with", path.string()));
  const model::Model model = model::load_model(path);
  const model::Tokenizer tokenizer(model.vocabulary, path.string());
  const std::vector<std::int32_t> prompt = tokenizer.encode(options.prompt, model.vocabulary.add_bos);
  const auto engine = make_engine(options.engine, options.rtl_config);

  model::StreamDecoder decoder(tokenizer);
  bool started = false;  // the prompt is shown with the first token, when nothing can be refused any more
  const model::SamplingOptions sampling{options.temperature, options.top_k, options.top_p, options.seed};
  const cosim::EngineRun run = cosim::run_engine(
      model, *engine, prompt, options.count, sampling, model.vocabulary.eos, std::nullopt, [&](std::int32_t token) {
        if (options.json) return;
        print_all((started ? std::string() : options.prompt) + for_output(decoder.push(token)));
        started = true;
      });
  if (options.json) {
    const nlohmann::ordered_json out{{"engine", run.engine},
                                     {"model", model.shape.name},
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
    fmt::print(stderr, "[{}: {} tokens, {} lane-adds, {} cycles, hash {}, {:.2f} s]\n", run.engine, run.tokens.size(),
               run.counters.lane_adds, run.counters.cycles, run.hash, run.seconds);
  }
  return kOk;
}

}  // namespace ternsim::cli
