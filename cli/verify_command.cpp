#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>

#include "base/error.h"
#include "base/hash.h"
#include "base/progress.h"
#include "cli/data_paths.h"
#include "cli/inference_setup.h"
#include "cli/model_options.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/run_block.h"
#include "cosim/engine_run.h"
#include "cosim/lockstep_run.h"
#include "cosim/lockstep_tree.h"
#include "cosim/product_wave.h"
#include "cosim/synthetic_layer.h"
#include "model/shape_yaml.h"
#include "model/tokenizer.h"
#include "reports/json_writer.h"
#include "reports/text_writer.h"
#include "rtl/waveforms.h"
#include "sim/program/mapper.h"
#include "sim/reference_recorder.h"

namespace ternsim::cli {

namespace {

namespace fs = std::filesystem;

/// Tokens of the pass whose activations the random products of a model take.
constexpr std::int64_t kRecordedTokens = 16;

using Outcome = std::optional<cosim::ProductMismatch>;

sim::EngineGeometry engine_geometry(const std::string& name) {
  const std::string known = sim::find_rtl_config(rtl_configs_path(), name).name;  // or the nearest, in its message
  const std::vector<sim::EngineGeometry> all = sim::load_rtl_engines(rtl_configs_path());
  return *std::ranges::find(all, known, [](const sim::EngineGeometry& g) { return g.unit.name; });
}

/// A model with what the reference computes in one pass of it.
struct Recording {
  model::Model model;
  model::Graph graph;
  sim::WeightTable weights;
  sim::PassRecord record;
  model::Pass pass;
};

void record(Recording& r, const sim::Workload& workload, std::span<const std::int32_t> tokens) {
  r.graph = model::Graph::build(r.model.shape);
  r.weights = sim::weight_table(r.graph, r.model);
  r.record = sim::record_reference(r.model, workload, tokens).front();
  r.pass = {.tokens = std::max<std::int64_t>(workload.prefill_tokens, 1), .context = workload.context, .batch = 1};
}

std::vector<std::int32_t> prompt_tokens(const model::Model& model, const fs::path& path, const std::string& text) {
  if (model.vocabulary.tokens.empty()) return {std::max(model.vocabulary.bos, 0)};
  const auto tokens = model::Tokenizer(model.vocabulary, path.string()).encode(text, model.vocabulary.add_bos);
  if (tokens.empty()) throw RequestError("the prompt is empty: give some text with -p");
  return tokens;
}

/// One token behind the prompt, or a pass of kRecordedTokens that begins with it.
Recording record_model(const VerifyOptions& options, bool one_token) {
  Recording r;
  const fs::path path = find_weights(options.model.empty() ? "embedded" : options.model);
  r.model = load_to_run(path, load_options(options.read, path));
  const std::vector<std::int32_t> prompt =
      prompt_tokens(r.model, path, options.prompt.empty() ? "Once upon a time" : options.prompt);
  sim::Workload workload;
  if (one_token) {
    workload.context = static_cast<std::int64_t>(prompt.size());
    workload.decode_tokens = 1;
  } else {
    workload.prefill_tokens = std::min(kRecordedTokens, r.model.shape.context_length);
  }
  record(r, workload, cosim::greedy_sequence(r.model, prompt, workload.positions()));
  return r;
}

/// The first token through one layer.
Recording record_layer(const VerifyOptions& options) {
  Recording r;
  const fs::path path = find_model(options.model.empty() ? "bitnet-b158-2b4t" : options.model);
  if (!is_shape_file(path))
    throw RequestError(
        fmt::format("{}: --program layer takes a shape (YAML file or name in configs/models/), whose "
                    "weights it makes; --program token takes a model's own",
                    path.string()));
  r.model = cosim::synthetic_layer(model::load_shape(path), options.seed);
  sim::Workload workload;
  workload.decode_tokens = 1;
  const std::int32_t first = 0;
  record(r, workload, {&first, 1});
  return r;
}

Outcome verify_program(const VerifyOptions& options, cosim::Lockstep& lockstep) {
  const Recording r = options.program == "layer" ? record_layer(options) : record_model(options, true);
  const sim::AcceleratorConfig accelerator =
      cosim::with_unit(sim::load_accelerator(find_config("accelerators", options.accelerator), rtl_configs_path()),
                       lockstep.geometry().unit);
  const sim::Program program = sim::map_pass(r.graph, accelerator, r.pass);
  Progress progress(fmt::format("verifying {}", options.rtl), cosim::matmul_commands(program));
  return cosim::run_program(lockstep, {r.graph, program, r.weights, r.record}, [&] { progress.advance(); });
}

/// What is of a model is said for nothing where none runs.
void check_use(const VerifyOptions& options) {
  const ReadOptions& read = options.read;
  if (options.program == "token" || (!options.model.empty() && options.program.empty())) return;
  if (!read.ffn_activation.empty() || read.i2s_layout != 0 || read.ternarise || !read.weight_scheme.empty() ||
      !options.prompt.empty())
    throw RequestError(
        "--prompt, --ffn-activation, --i2s-layout, --ternarise and --weight-scheme are of a model's weights: give "
        "--model or --program token");
}

Outcome verify_vectors(const VerifyOptions& options, cosim::Lockstep& lockstep) {
  const auto run = [&](cosim::ProductSource& source) {
    Progress progress(fmt::format("verifying {}", options.rtl), static_cast<std::uint64_t>(options.vectors));
    return cosim::run_products(lockstep, source, options.vectors, [&](std::uint64_t n) { progress.advance(n); });
  };
  if (!options.model.empty()) {
    const Recording r = record_model(options, false);
    cosim::LayerProducts source(lockstep.geometry(), options.seed, r.graph, r.weights, r.record);
    return run(source);
  }
  const std::int64_t most = options.max_columns == 0 ? lockstep.geometry().max_cols() : options.max_columns;
  cosim::RandomProducts source(lockstep.geometry(), options.seed, options.min_columns, most);
  return run(source);
}

/// Runs `step`. What hinders it is added to `what`, which says what differs: that must be what the run ends with.
template <typename Step>
void attempt(std::string& what, const char* failed, const Step& step) {
  try {
    step();
  } catch (const std::exception& e) {
    what += fmt::format("; {}: {}", failed, e.what());
  }
}

/// Saves a product that differs, and its waveform. Adds to `what` where they are and what to do with them, or why they
/// are not there.
void save_mismatch(const cosim::ProductMismatch& found, const std::string& folder, std::string& what) {
  const cosim::Product& product = found.product;
  Hash hash;
  hash.update(std::span(product.weights));
  hash.update(std::span(product.activations));
  const fs::path file = fs::path(folder) / fmt::format("ternsim-mismatch-{}-{}.txt", product.config, hash.hex());
  bool saved = false;
  attempt(what, "the product is not saved, choose another --output", [&] {
    std::error_code failed;  // save() says where it could not write
    fs::create_directories(folder, failed);
    cosim::save(product, file);
    what += fmt::format("; saved {}", file.string());
    saved = true;
  });
  if (!saved) return;
  if (rtl::kWaveforms) {
    attempt(what, "its waveform is not saved", [&] {
      fs::path wave = file;
      wave.replace_extension(".fst");
      cosim::write_wave(product, found.mismatch.body, wave);
      what += fmt::format(" and its waveform {}", wave.string());
    });
  } else {
    what += "; for a waveform, build with -DTERNSIM_WAVEFORMS=ON and replay with --wave FILE";
  }
  what += fmt::format("; replay: {}", cosim::replay_command(file));
}

void print_report(const cosim::Lockstep& lockstep, const Outcome& found, std::chrono::steady_clock::time_point start,
                  bool json) {
  StatisticNode root{"results", "ternsim verify", {}, {}};
  StatisticNode run = run_block(start);
  run.children.push_back(cosim::speed_node(lockstep.figures()));
  root.children.push_back(std::move(run));
  root.children.push_back(cosim::lockstep_node(lockstep.figures(), lockstep.geometry(),
                                               found ? std::optional(found->mismatch) : std::nullopt));
  if (json) return print_all(reports::json_report(root));
  print_all(reports::text_report(root));
  if (!found)
    print_all(cosim::simulated_line(lockstep.figures()) + "\n" + cosim::matched_line(lockstep.figures()) + "\n");
}

int replay(const VerifyOptions& options, std::chrono::steady_clock::time_point start) {
  const cosim::Product product = cosim::load_product(options.replay);
  cosim::Lockstep lockstep(engine_geometry(product.config));
  const Outcome found = cosim::run_saved(lockstep, product);
  const auto report = [&] { print_report(lockstep, found, start, options.json); };
  const auto wave = [&] {
    if (!options.wave.empty())
      cosim::write_wave(product, found ? found->mismatch.body : cosim::Body::Engine, options.wave);
  };
  if (found) {
    std::string what = found->mismatch.what;
    attempt(what, "the report is not printed", report);
    attempt(what, "the waveform is not saved", wave);
    throw MismatchError(what);
  }
  wave();
  report();
  return kOk;
}

/// Why a fault that was injected was not seen.
std::string unseen(const cosim::ProductFault& fault, std::uint64_t products) {
  if (fault.kind == cosim::FaultKind::Cycles && fault.product < products)
    return fmt::format("the run has no undisturbed product from number {} on, and cycles are compared in no other",
                       fault.product);
  return fmt::format("the run has {} products only, counted from 0", products);
}

}  // namespace

int run_verify(const VerifyOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  check_use(options);
  if (!options.replay.empty()) return replay(options, start);
  cosim::Lockstep lockstep(engine_geometry(options.rtl));
  std::optional<cosim::ProductFault> fault;
  if (!options.inject_fault.empty()) fault = cosim::parse_product_fault(options.inject_fault);
  if (fault) lockstep.inject(*fault);
  const Outcome found = options.program.empty() ? verify_vectors(options, lockstep) : verify_program(options, lockstep);
  const auto report = [&] { print_report(lockstep, found, start, options.json); };
  if (found) {
    std::string what = found->mismatch.what;
    attempt(what, "the report is not printed", report);
    save_mismatch(*found, options.output, what);
    throw MismatchError(what);
  }
  report();
  if (fault)
    throw RequestError(
        fmt::format("fault '{}': {}", options.inject_fault, unseen(*fault, lockstep.figures().products)));
  return kOk;
}

}  // namespace ternsim::cli
