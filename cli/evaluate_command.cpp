#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/data_paths.h"
#include "cli/inference_setup.h"
#include "cli/model_options.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cosim/engine_run.h"
#include "model/cpu_engine.h"
#include "model/evaluation.h"
#include "model/story_file.h"
#include "model/tokenizer.h"
#include "reports/json_writer.h"
#include "reports/text_writer.h"

namespace ternsim::cli {

namespace {

/// Stories that the model writes by itself after a common opening, each from a seed of its own.
StatisticNode sample_stories(const model::Model& model, const model::Tokenizer& tokenizer, std::int64_t count,
                             std::uint64_t seed) {
  StatisticNode node{"sample_stories", "Sample stories (temperature 0.7, top-k 40)", {}, {}};
  const std::string opening = "Once upon a time";
  const std::vector<std::int32_t> prompt = tokenizer.encode(opening, model.vocabulary.add_bos);
  const std::int64_t tokens =
      std::min<std::int64_t>(200, model.shape.context_length - static_cast<std::int64_t>(prompt.size()));
  for (std::int64_t i = 0; i < count; ++i) {
    model::CpuEngine engine;
    const std::uint64_t story_seed = seed + static_cast<std::uint64_t>(i);
    const cosim::EngineRun run =
        cosim::run_engine(model, engine, prompt, tokens,
                          {.temperature = 0.7, .top_k = 40, .top_p = 1, .seed = story_seed}, tokenizer.stop_ids(), {});
    node.add(fmt::format("story_{}", i + 1), fmt::format("Seed {}, at most {} tokens.", story_seed, tokens),
             Quantity::Text, opening + tokenizer.decode(run.tokens));
  }
  return node;
}

/// The FP32 twin of the embedded model: trained the same way without quantisers. Its weights are not shipped, so its
/// figures are those written down when it was trained.
StatisticNode recorded_twin() {
  const auto path = embedded_model_path().parent_path() / "training_record.json";
  std::ifstream in(path);
  const nlohmann::json record = nlohmann::json::parse(in, nullptr, false);
  if (record.is_discarded()) throw InputError(fmt::format("{}: no readable training record", path.string()));
  StatisticNode node{"fp32_twin", "FP32 twin, as recorded at its training (weights not shipped)", {}, {}};
  try {
    const nlohmann::json& twin = record.at("twin");
    node.add("bits_per_byte_heldout", "The twin on the whole held-out file.", Quantity::BitsPerByte,
             twin.at("heldout").at("bits_per_byte").get<double>())
        .add("bits_per_byte_slice", "The twin on the slice of it that is shipped.", Quantity::BitsPerByte,
             twin.at("slice").at("bits_per_byte").get<double>())
        .add("tokens_seen", "Tokens of its training.", Quantity::Count, twin.at("tokens_seen").get<std::uint64_t>());
  } catch (const nlohmann::json::exception& e) {
    throw InputError(fmt::format("{}: {}", path.string(), e.what()));
  }
  return node;
}

}  // namespace

int run_evaluate(const EvaluateOptions& options) {
  const auto path = find_weights(options.model);
  const model::Model model = load_to_run(path, load_options(options.read, path));
  const model::Tokenizer tokenizer(model.vocabulary, path.string());
  const std::filesystem::path text = options.text.empty() ? embedded_text_path() : std::filesystem::path(options.text);
  const std::vector<std::string> stories = model::load_stories(text);
  StatisticNode node = model::evaluate(
      model, [&](std::string_view story) { return tokenizer.encode(story, false); }, stories);
  node.children.push_back(sample_stories(model, tokenizer, options.stories, options.seed));
  if (options.model == "embedded") node.children.push_back(recorded_twin());
  constexpr reports::TextLimits kWhole{.lines = 1000, .columns = 10000};  // a story is read to its end
  print_all(options.json ? reports::json_report(node) : reports::text_report(node, kWhole));
  return kOk;
}

}  // namespace ternsim::cli
