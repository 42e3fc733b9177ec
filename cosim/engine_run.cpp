#include "cosim/engine_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "base/error.h"
#include "base/hash.h"
#include "model/cpu_engine.h"

namespace ternsim::cosim {

namespace {

constexpr std::array<std::string_view, 3> kEngines{"cpu", "systemc", "rtl"};

/// Injects the fault, if any, then takes the digests: what the inference goes on with is what is hashed.
class Witness : public model::MatmulObserver {
 public:
  explicit Witness(std::optional<int> fault_layer) : fault_layer_(fault_layer) {}

  void on_matmul(const model::Matmul& matmul, std::span<std::int32_t> sums) override {
    if (fault_layer_ && matmul.layer == *fault_layer_) {
      sums.front() += 1;
      fault_layer_.reset();
    }
    take(fmt::format("pass {}, {}", pass_, matmul.name), std::span<const std::int32_t>(sums));
  }
  void on_logits(std::span<const float> logits) {
    take(fmt::format("pass {}, logits", pass_), logits);
    ++pass_;
  }
  std::string hash() const { return all_.hex(); }
  std::vector<Digest> take_trail() { return std::move(trail_); }

 private:
  template <typename T>
  void take(std::string what, std::span<const T> values) {
    Hash one;
    one.update(values);
    all_.update(values);
    trail_.push_back({std::move(what), one.digest()});
  }
  std::optional<int> fault_layer_;
  std::int64_t pass_ = 0;
  Hash all_;
  std::vector<Digest> trail_;
};

}  // namespace

Fault parse_fault(const std::string& text, std::int64_t layers) {
  const std::size_t colon = text.find(':');
  Fault fault;
  fault.engine = text.substr(0, colon);
  const char* begin = text.data() + (colon == std::string::npos ? text.size() : colon + 1);
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(begin, end, fault.layer);
  if (colon == std::string::npos || error != std::errc() || rest != end ||
      std::ranges::find(kEngines, fault.engine) == kEngines.end())
    throw RequestError(fmt::format("fault '{}': expected ENGINE:LAYER with engine cpu, systemc or rtl", text));
  if (fault.layer < 0 || fault.layer >= layers)
    throw RequestError(fmt::format("fault '{}': the model has layers 0 ... {}", text, layers - 1));
  return fault;
}

EngineRun run_engine(const model::Model& model, model::MatrixEngine& engine, std::span<const std::int32_t> prompt,
                     std::int64_t count, const model::SamplingOptions& sampling, std::span<const std::int32_t> stop_ids,
                     const std::optional<Fault>& fault, const std::function<void(std::int32_t)>& on_token,
                     const model::InferenceOptions& options) {
  if (prompt.empty()) throw RequestError("the prompt is empty: give at least one token");
  const auto positions = static_cast<std::int64_t>(prompt.size()) + count - 1;
  if (positions > model.shape.context_length)
    throw RequestError(
        fmt::format("a prompt of {} tokens and {} generated ones need {} positions; the model's context is {}",
                    prompt.size(), count, positions, model.shape.context_length));
  const auto start = std::chrono::steady_clock::now();
  model::Inference inference(model, engine, options);
  Witness witness(fault && fault->engine == engine.name() ? std::optional<int>(fault->layer) : std::nullopt);
  inference.observe(witness);
  model::Sampler sampler(sampling);

  EngineRun run;
  run.engine = engine.name();
  run.kv = inference.options().kv;
  std::vector<std::int32_t> input(prompt.begin(), prompt.end());
  while (static_cast<std::int64_t>(run.tokens.size()) < count) {
    run.graph_lane_adds +=
        model::count_operations(
            inference.graph(),
            {.tokens = static_cast<std::int64_t>(input.size()), .context = inference.position(), .batch = 1})
            .ternary_adds;
    const std::span<const float> logits = inference.forward(input);
    witness.on_logits(logits);
    const std::int32_t token = sampler.next(logits);
    run.tokens.push_back(token);
    if (on_token) on_token(token);
    if (std::ranges::find(stop_ids, token) != stop_ids.end()) break;
    input.assign(1, token);
  }
  run.counters = engine.counters();
  run.hash = witness.hash();
  run.trail = witness.take_trail();
  run.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return run;
}

std::vector<std::int32_t> greedy_sequence(const model::Model& model, std::span<const std::int32_t> prompt,
                                          std::int64_t length) {
  std::vector<std::int32_t> tokens(prompt.begin(), prompt.end());
  const std::int64_t missing = length - static_cast<std::int64_t>(tokens.size());
  if (missing > 0) {
    model::CpuEngine engine;
    const EngineRun run = run_engine(model, engine, prompt, missing, {}, {}, {});
    tokens.insert(tokens.end(), run.tokens.begin(), run.tokens.end());
  }
  tokens.resize(static_cast<std::size_t>(length));
  return tokens;
}

std::string difference(const EngineRun& reference, const EngineRun& other) {
  const std::size_t shared = std::min(reference.trail.size(), other.trail.size());
  for (std::size_t i = 0; i < shared; ++i)
    if (reference.trail[i].value != other.trail[i].value)
      return fmt::format("{} and {} differ first in {}", reference.engine, other.engine, other.trail[i].what);
  if (reference.hash != other.hash)
    return fmt::format("{} and {} computed a different number of products", reference.engine, other.engine);
  if (reference.tokens != other.tokens)
    return fmt::format("{} and {} chose different tokens from equal logits", reference.engine, other.engine);
  for (const EngineRun* run : {&reference, &other})
    if (run->counters.lane_adds != run->graph_lane_adds)
      return fmt::format("{} summed {} weight-activation pairs, the graph has {}", run->engine, run->counters.lane_adds,
                         run->graph_lane_adds);
  if (reference.counters.cycles != 0 && other.counters.cycles != 0 &&
      reference.counters.cycles != other.counters.cycles)
    return fmt::format("{} took {} cycles, {} {}", reference.engine, reference.counters.cycles, other.engine,
                       other.counters.cycles);
  return {};
}

}  // namespace ternsim::cosim
