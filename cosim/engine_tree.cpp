#include "cosim/engine_tree.h"

#include <fmt/format.h>

namespace ternsim::cosim {

std::string verdict_line(std::span<const EngineRun> runs, const std::string& verdict) {
  if (!verdict.empty()) return "NOT identical: " + verdict;
  std::string line = "tokens identical: ";
  for (std::size_t i = 0; i < runs.size(); ++i) line += (i == 0 ? "" : " = ") + runs[i].engine;
  return line;
}

StatisticNode generation_node(std::span<const EngineRun> runs, const std::string& model, const std::string& prompt,
                              const std::string& text, const std::string& verdict) {
  StatisticNode node{"generation", "Generation", {}, {}};
  node.add("model", "Name of the model.", Quantity::Text, model)
      .add("prompt", "Text given to the model.", Quantity::Text, prompt)
      .add("text", "Text that the model wrote after the prompt.", Quantity::Text, text)
      .add("generated_tokens", "Tokens generated on each engine.", Quantity::Count,
           static_cast<std::uint64_t>(runs.front().tokens.size()))
      .add("identical", "Whether all engines computed the same bits: every int32 sum, every logit, every token.",
           Quantity::Text, verdict_line(runs, verdict));
  for (const EngineRun& run : runs) {
    StatisticNode& child = node.add_child(run.engine, run.engine);
    child.add("tiles", "Pieces of matmul that the engine was given at a time.", Quantity::Count, run.counters.tiles)
        .add("lane_adds", "Weight-activation pairs summed, counted by the engine.", Quantity::Count,
             run.counters.lane_adds)
        .add("graph_lane_adds", "The same as the model's graph has them.", Quantity::Count, run.graph_lane_adds);
    // The CPU has no modelled clock.
    if (run.counters.cycles != 0)
      child.add("cycles", "Clock cycles of the engine's matrix unit.", Quantity::Cycles, run.counters.cycles);
    child.add("sums_and_logits_hash", "XXH3-64 over all int32 sums and all logits, in order.", Quantity::Text, run.hash)
        .add("seconds", "Wall time of this engine's generation on this machine.", Quantity::Seconds, run.seconds,
             Tier::Measured);
  }
  return node;
}

}  // namespace ternsim::cosim
