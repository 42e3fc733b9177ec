// The tree of a bench's results.
#include <algorithm>
#include <string>

#include "model/bench.h"
#include "model/quantised_head.h"

namespace ternsim::model {

namespace {

double best_of(const std::vector<double>& seconds) { return *std::min_element(seconds.begin(), seconds.end()); }

double median_of(std::vector<double> seconds) {
  std::sort(seconds.begin(), seconds.end());
  const std::size_t n = seconds.size();
  return n % 2 == 1 ? seconds[n / 2] : (seconds[n / 2 - 1] + seconds[n / 2]) / 2;
}

/// "best" and "median" tokens a second.
void add_rates(StatisticNode& node, const std::vector<double>& seconds, double tokens, const std::string& what) {
  node.add("tokens_per_second", what + ": tokens / seconds of the median repeat.", Quantity::TokensPerSecond,
           tokens / median_of(seconds), Tier::Measured)
      .add("best_tokens_per_second", what + ": tokens / seconds of the fastest repeat.", Quantity::TokensPerSecond,
           tokens / best_of(seconds), Tier::Measured);
}

std::string packing_of(const Model& model) {
  std::vector<std::string> names;
  for (const BlockWeights& block : model.blocks) {
    for (const BitLinearWeights* linear : {&block.attn_q, &block.ffn_gate, &block.ffn_down}) {
      if (linear->codes.rows() == 0) continue;
      const std::string name(name_of(linear->repacked.empty() ? kernels::Packing::TwoBit : linear->repacked.packing()));
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  }
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

void add_run(StatisticNode& bench, const Model& model, const kernels::ThreadPool& pool) {
  const DenseMatrix& head = model.shape.tied_embedding ? model.embedding : model.output;
  bench.add_child("run", "Run")
      .add("instruction_set", "Of the kernels, chosen by the processor or TERNSIM_ISA.", Quantity::Text,
           std::string(name_of(kernels::best_isa())))
      .add("threads", "Threads that compute, the main one included.", Quantity::Count,
           static_cast<std::uint64_t>(pool.threads()))
      .add("packing", "How the ternary weights lie in memory.", Quantity::Text, packing_of(model))
      .add("head_type", "Element type of the LM head.", Quantity::Text, std::string(name_of(head.type)));
}

void add_memory(StatisticNode& bench, const Model& model, const BenchLoad& load, const BenchResult& result) {
  const std::uint64_t weights = weight_bytes(model);
  const double rest = static_cast<double>(result.resident_bytes) - static_cast<double>(weights + result.kv_bytes);
  bench.add_child("memory", "Load and memory")
      .add("load_seconds", "Reading the file, repacking and reordering.", Quantity::Seconds, load.seconds,
           Tier::Measured)
      .add("resident_after_load", "Resident memory (VmRSS) once the model is loaded.", Quantity::Bytes,
           load.memory.resident, Tier::Measured)
      .add("peak_of_load", "Most resident memory (VmHWM) until the model was loaded.", Quantity::Bytes,
           load.memory.peak, Tier::Measured)
      .add("resident", "Resident memory (VmRSS) after the last repeat, its sequence held.", Quantity::Bytes,
           result.resident_bytes, Tier::Measured)
      .add("weights", "Weights in memory, each once: a tied embedding serves as head.", Quantity::Bytes, weights)
      .add("kv_cache", "Keys and values of the positions held after the last repeat.", Quantity::Bytes, result.kv_bytes)
      .add("other", "resident - weights - kv_cache: program, tokenizer, buffers.", Quantity::Bytes, rest,
           Tier::Measured)
      .add("huge_pages", "Of the memory resident after the load, what lies in pages of 2 MiB (AnonHugePages).",
           Quantity::Bytes, load.memory.huge_pages, Tier::Measured);
}

void add_machine(StatisticNode& bench, const kernels::MachineLimits& limits) {
  StatisticNode& node = bench.add_child("machine", "Machine's limits, measured before and after");
  for (std::size_t i = 0; i < limits.read_loops.size(); ++i) {
    node.add("read_loop_" + std::to_string(i + 1), "Read loop: " + limits.read_loops[i].name + ".",
             Quantity::BytesPerSecond, limits.read_loops[i].gb_per_s * 1e9, Tier::Measured);
  }
  node.add("read_bandwidth", "Of the fastest read loop: " + limits.best_read().name + ".", Quantity::BytesPerSecond,
           limits.best_read().gb_per_s * 1e9, Tier::Measured)
      .add("best_read_loop", "Which one that was.", Quantity::Text, limits.best_read().name)
      .add("int8_peak_gmac_per_second", "1e9 int8 multiply-accumulates a second: " + limits.int8_instruction + ".",
           Quantity::Ratio, limits.int8_gmac_s, Tier::Measured)
      .add("int8_instruction", "The instruction of that.", Quantity::Text, limits.int8_instruction);
  if (limits.tile_gmac_s > 0) {
    node.add("tile_peak_gmac_per_second",
             "1e9 int8 multiply-accumulates a second of the product of tiles: " + limits.tile_instruction + ".",
             Quantity::Ratio, limits.tile_gmac_s, Tier::Measured)
        .add("tile_instruction", "The instruction of that.", Quantity::Text, limits.tile_instruction);
  }
}

void add_decode(StatisticNode& bench, const BenchOptions& options, const BenchResult& result) {
  const auto tokens = static_cast<double>(options.decode);
  const double bytes = result.ternary_bytes + static_cast<double>(result.head_bytes);
  const double bandwidth = result.limits.best_read().gb_per_s * 1e9;
  StatisticNode& node = bench.add_child(
      "decode", "Decode, " + std::to_string(options.decode) + " tokens after " + std::to_string(options.context));
  add_rates(node, result.decode_seconds, tokens, "Decode, one token at a time");
  node.add("ternary_bytes_per_token", "Ternary weights read for a token, what is skipped left out.", Quantity::Bytes,
           result.ternary_bytes)
      .add("head_bytes_per_token", "LM head read for a token.", Quantity::Bytes, result.head_bytes)
      .add("bytes_per_token", "ternary_bytes_per_token + head_bytes_per_token; keys and values are not counted.",
           Quantity::Bytes, bytes)
      .add("read_rate", "bytes_per_token x tokens_per_second.", Quantity::BytesPerSecond,
           bytes * tokens / median_of(result.decode_seconds), Tier::Measured)
      .add("bandwidth_fraction", "read_rate / machine.read_bandwidth.", Quantity::Ratio,
           bytes * tokens / median_of(result.decode_seconds) / bandwidth, Tier::Measured)
      .add("best_bandwidth_fraction", "The same of the fastest repeat.", Quantity::Ratio,
           bytes * tokens / best_of(result.decode_seconds) / bandwidth, Tier::Measured);
}

void add_prefill(StatisticNode& bench, const BenchOptions& options, const BenchResult& result) {
  const auto tokens = static_cast<double>(options.prefill);
  const auto macs = static_cast<double>(result.ternary_macs);
  const double peak = result.limits.int8_gmac_s * 1e9;
  StatisticNode& node = bench.add_child("prefill", "Prefill, " + std::to_string(options.prefill) + " tokens");
  add_rates(node, result.prefill_seconds, tokens, "Prefill in one go");
  node.add("ternary_macs_per_token", "Weight-activation pairs of all ternary products, zero weights included.",
           Quantity::Count, result.ternary_macs)
      .add("int8_peak_fraction",
           "ternary_macs_per_token x tokens_per_second / int8 peak, that of the best dot product of vectors.",
           Quantity::Ratio, macs * tokens / median_of(result.prefill_seconds) / peak, Tier::Measured)
      .add("best_int8_peak_fraction", "The same of the fastest repeat.", Quantity::Ratio,
           macs * tokens / best_of(result.prefill_seconds) / peak, Tier::Measured);
  if (result.limits.tile_gmac_s > 0) {
    node.add(
        "tile_peak_fraction",
        "ternary_macs_per_token x tokens_per_second / tile peak: of what the product of tiles reaches on registers.",
        Quantity::Ratio, macs * tokens / median_of(result.prefill_seconds) / (result.limits.tile_gmac_s * 1e9),
        Tier::Measured);
  }
}

void add_breakdown(StatisticNode& bench, const DecodeBreakdown& step) {
  struct Part {
    const char* name;
    const char* what;
    double seconds;
  };
  const Part parts[] = {
      {"ternary_products", "Integer products of the BitLinears, in two-bit with their dequantisation", step.ternary},
      {"dequantise", "Rest of the BitLinears: the dequantisation with other packings", step.dequantise},
      {"head", "LM head", step.head},
      {"attention", "Attention with its keys' and values' storing", step.attention},
      {"norms", "Norms", step.norm},
      {"quantise", "Quantisation of activations", step.quantise},
      {"ffn_activation", "Activation of the feed-forward network", step.activation},
      {"rest", "Embedding, RoPE, residuals, routing", step.rest}};
  StatisticNode& time = bench.add_child("decode_step", "Where a decode step's time goes, in a pass of its own");
  time.add("seconds", "All operators of one step.", Quantity::Seconds, step.total(), Tier::Measured);
  for (const Part& part : parts) {
    time.add(std::string(part.name) + "_seconds", std::string(part.what) + ".", Quantity::Seconds, part.seconds,
             Tier::Measured);
  }
  for (const Part& part : parts) {
    time.add(std::string(part.name) + "_share", std::string(part.what) + ": share of the step.", Quantity::Ratio,
             part.seconds / step.total(), Tier::Measured);
  }
}

}  // namespace

StatisticNode bench_report(const Model& model, const kernels::ThreadPool& pool, const BenchOptions& options,
                           const BenchLoad& load, const BenchResult& result) {
  StatisticNode bench{"bench", "Speed of " + model.shape.name, {}, {}};
  add_run(bench, model, pool);
  add_decode(bench, options, result);
  add_prefill(bench, options, result);
  add_breakdown(bench, result.step);
  add_machine(bench, result.limits);
  add_memory(bench, model, load, result);
  return bench;
}

}  // namespace ternsim::model
