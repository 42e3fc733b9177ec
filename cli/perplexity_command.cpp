#include <fmt/format.h>

#include <algorithm>

#include "cli/inference_setup.h"
#include "cli/options.h"
#include "cli/output.h"
#include "model/activation_schemes.h"
#include "model/cpu_engine.h"
#include "model/perplexity.h"
#include "model/story_file.h"
#include "model/tokenizer.h"
#include "reports/json_writer.h"
#include "reports/text_writer.h"

namespace ternsim::cli {

int run_perplexity(const PerplexityOptions& options) {
  const InferenceSetup setup = set_up_inference(options.model, options.inference);
  const model::Tokenizer tokenizer(setup.model.vocabulary, setup.tokenizer_origin);
  const std::string text = model::load_text(options.text);
  constexpr std::int64_t kUsualContext = 2048;
  const std::int64_t context =
      options.context > 0 ? options.context : std::min(setup.model.shape.context_length, kUsualContext);
  model::CpuEngine engine(kernels::best_isa(), setup.pool.get());
  model::Inference inference(setup.model, engine, setup.options);
  const model::TextScore score = model::score_text(
      inference, [&](std::string_view part) { return tokenizer.encode(part, false); }, text, context);

  StatisticNode node{"perplexity", fmt::format("{} on {}", setup.model.shape.name, options.text), {}, {}};
  node.add("perplexity_per_token", "2^(bits / tokens); comparable between models of one tokenizer only.",
           Quantity::Ratio, score.perplexity())
      .add("bits_per_byte", "Negative log2-probability of the text / its UTF-8 bytes.", Quantity::BitsPerByte,
           score.bits_per_byte())
      .add("tokens", "Tokens scored: all but the first.", Quantity::Count, score.tokens)
      .add("bytes", "UTF-8 bytes of the text.", Quantity::Bytes, score.bytes)
      .add("context", "Tokens of a window; windows advance by half of that.", Quantity::Count,
           static_cast<std::uint64_t>(context))
      .add("compatibility", "Whose rounding points.", Quantity::Text, std::string(model::name_of(setup.options.mode)))
      .add("kv_precision", "How keys and values are kept.", Quantity::Text,
           std::string(model::name_of(inference.options().kv)))
      .add("ffn_activation", "Feed-forward activation, and what settled it.", Quantity::Text, setup.activation)
      .add("activation_scheme", "How the inputs of the ternary linears are quantised.", Quantity::Text,
           std::string(model::name_of(setup.model.shape.activation_scheme)));
  print_all(options.json ? reports::json_report(node) : reports::text_report(node));
  return kOk;
}

}  // namespace ternsim::cli
