#include "model/inspection.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>

#include "base/error.h"
#include "base/quantity.h"
#include "model/checkpoint_loader.h"
#include "model/load_jobs.h"
#include "model/model_loader.h"
#include "model/model_tensors.h"
#include "model/shape_limits.h"
#include "model/ternary_codecs.h"

namespace ternsim::model {

namespace {

/// A matrix that may be ternary, and what of it is wanted beyond the facts.
struct Candidate {
  std::size_t tensor;  // of ModelFacts
  std::string where;   // to compare gate and up: the name with "ffn_up" for both; else empty
  std::function<BitLinearWeights()> read;
};
struct Found {
  std::string problem;
  std::vector<bool> zero_rows;
};

// Reads all matrices, on several threads, and writes down what they are like.
std::vector<Found> read_candidates(const std::vector<Candidate>& candidates, ModelFacts& facts, int threads) {
  constexpr int kZeros = 0b01010101;  // four weights 0
  std::vector<Found> found(candidates.size());
  LoadJobs jobs;
  for (std::size_t i = 0; i < candidates.size(); ++i)
    jobs.add(facts.tensors[candidates[i].tensor].bytes, [&, i] {
      TensorFacts& tensor = facts.tensors[candidates[i].tensor];
      try {
        const BitLinearWeights weights = candidates[i].read();
        tensor.scale = weights.scale;
        tensor.zeros = static_cast<std::uint64_t>(weights.codes.count_zeros());
        tensor.rows = static_cast<std::uint64_t>(weights.codes.rows());
        for (std::int64_t r = 0; r < weights.codes.rows(); ++r) {
          const auto row = weights.codes.row(r);
          found[i].zero_rows.push_back(std::ranges::all_of(row, [](std::uint8_t b) { return b == kZeros; }));
          tensor.zero_rows += found[i].zero_rows.back();
        }
      } catch (const InputError& e) {
        found[i].problem = e.what();
      }
    });
  jobs.run(threads);
  return found;
}

void compare_zero_rows(const std::vector<Candidate>& candidates, const std::vector<Found>& found, ModelFacts& facts) {
  std::map<std::string, std::vector<bool>> first;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (candidates[i].where.empty() || !found[i].problem.empty()) continue;
    const auto [at, fresh] = first.try_emplace(candidates[i].where, found[i].zero_rows);
    if (!fresh && at->second != found[i].zero_rows)
      facts.oddities.push_back(
          fmt::format("The all-zero rows of '{}' are not those of the gate or up matrix beside it.",
                      facts.tensors[candidates[i].tensor].name));
  }
}

std::string pair_of(const std::string& gguf_name) {
  for (const std::string_view part : {"ffn_gate", "ffn_up"})
    if (const std::size_t at = gguf_name.find(part); at != std::string::npos)
      return std::string(gguf_name).replace(at, part.size(), "ffn_up");
  return "";
}

/// Oddities of one kind, of which a damaged or hostile file may have millions: the first ones and a count.
class Repeated {
 public:
  void add(const std::string& sentence) {
    if (++count_ <= kShown) shown_.push_back(sentence);
  }
  /// `what`: "tensors are missing".
  void tell(ModelFacts& facts, std::string_view what) {
    facts.oddities.insert(facts.oddities.end(), shown_.begin(), shown_.end());
    if (count_ > kShown) facts.oddities.push_back(fmt::format("... and {} more {}.", count_ - kShown, what));
  }

 private:
  static constexpr std::size_t kShown = 16;
  std::vector<std::string> shown_;
  std::size_t count_ = 0;
};

// Calls visit(name, whether it is a BitLinear, (out, in) of one) for every tensor that a block of this shape has in
// GGUF.
template <typename Visit>
void for_each_block_tensor(const ModelShape& shape, Visit visit) {
  BlockWeights block;
  block.experts.resize(static_cast<std::size_t>(shape.expert_count));
  for (std::int64_t b = 0; b < shape.block_count; ++b) {
    visit_norms(shape, b, block, [&](const std::string& name, const auto&, std::int64_t length) {
      visit(name, false, std::pair(length, std::int64_t{1}));
    });
    visit_linears(shape, b, block, [&](const std::string& name, const auto&, std::int64_t rows, std::int64_t cols) {
      visit(name, true, std::pair(rows, cols));
    });
    if (shape.expert_count > 0) visit(router_tensor(b), false, std::pair(shape.expert_count, shape.embedding_length));
  }
}

// The names of BitLinears that a file of this shape has: no more of them than it has tensors.
std::set<std::string> linears_in(const GgufFile& file, const ModelShape& shape) {
  std::set<std::string> out;
  for_each_block_tensor(shape, [&](const std::string& name, bool linear, const auto&) {
    if (linear && file.find_tensor(name) != nullptr) out.insert(name);
  });
  return out;
}

void look_at_keys(const GgufFile& file, ModelFacts& facts) {
  constexpr std::array kKnown = {"vocab_size",
                                 "context_length",
                                 "embedding_length",
                                 "block_count",
                                 "feed_forward_length",
                                 "attention.head_count",
                                 "attention.head_count_kv",
                                 "attention.key_length",
                                 "attention.value_length",
                                 "attention.layer_norm_rms_epsilon",
                                 "attention.layer_norm_epsilon",
                                 "rope.dimension_count",
                                 "rope.freq_base",
                                 "rope.scaling.type",
                                 "rope.scaling.factor",
                                 "rope.scale_linear",
                                 "expert_count",
                                 "expert_used_count"};
  const std::string prefix = facts.shape ? facts.shape->architecture + "." : "";
  Repeated unread;
  for (const GgufEntry& entry : file.metadata()) {
    if (entry.key.starts_with("general.") || entry.key.starts_with("tokenizer.") || entry.key.starts_with("ternsim."))
      continue;
    const bool known = !prefix.empty() && entry.key.starts_with(prefix) &&
                       std::ranges::find(kKnown, entry.key.substr(prefix.size())) != kKnown.end();
    if (!known) unread.add(fmt::format("Metadata key '{}' is not one that is read.", printable(entry.key)));
  }
  unread.tell(facts, "metadata keys are not read");
  if (!file.has(kActivationKey))
    facts.oddities.push_back(fmt::format(
        "No key names the feed-forward activation: {} is taken; override it where that is wrong.", facts.activation));
  if (file.has("tokenizer.ggml.model") && file.text("tokenizer.ggml.model") == "gpt2" &&
      !file.has("tokenizer.ggml.pre"))
    facts.oddities.push_back("Metadata key 'tokenizer.ggml.pre' is missing: text is split as LLaMA 3 does.");
}

void look_at_tensors(const GgufFile& file, const LoadOptions& options, ModelFacts& facts) {
  std::vector<Candidate> candidates;
  std::set<std::string_view> companions;
  const auto linears = facts.shape ? linears_in(file, *facts.shape) : std::set<std::string>();
  bool i2s = false;
  for (const GgufTensor& tensor : file.tensors()) {
    const std::string_view type = tensor_type_name(static_cast<std::uint32_t>(tensor.type));
    const std::string name = printable(tensor.name);
    facts.tensors.push_back({name, std::string(type), fmt::format("[{}]", fmt::join(tensor.dims, ", ")),
                             tensor.elements, tensor.bytes, std::nullopt, 0, 0, 0});
    i2s |= tensor.type == GgufTensorType::I2_S;
    const bool ternary = tensor.type == GgufTensorType::I2_S || tensor.type == GgufTensorType::TQ1_0 ||
                         tensor.type == GgufTensorType::TQ2_0;
    const bool linear = linears.contains(name);
    // Beyond these widths no model is read, and padded rows would take many times the file's bytes.
    if (tensor.dims.size() > 2 || tensor.dims[0] < kMinWidth || tensor.dims[0] > kMaxWidth) continue;
    if (!ternary && !linear) continue;
    const GgufTensor* companion = find_companion(file, tensor.name);
    if (companion != nullptr) companions.insert(companion->name);
    if (linear && !ternary)
      facts.oddities.push_back(fmt::format("BitLinear '{}' is stored as {}{}.", name, type,
                                           type == "Q4_0" ? ", which cannot hold both +s and -s exactly" : ""));
    candidates.push_back({facts.tensors.size() - 1, linear ? pair_of(name) : "", [&file, &tensor, companion, &options] {
                            return read_linear(file, tensor, companion, options);
                          }});
  }
  if (i2s)
    facts.oddities.push_back(
        fmt::format("Nothing tells whether the I2_S blocks are of 128 weights (x86) or 64 (ARM): {} is taken.",
                    i2s_block(options.i2s_layout)));
  const auto found = read_candidates(candidates, facts, options.threads);
  for (const Found& one : found)
    if (!one.problem.empty()) facts.oddities.push_back(one.problem);
  compare_zero_rows(candidates, found, facts);
}

// The names that a model of this shape has, against those of the file.
void look_at_names(const GgufFile& file, ModelFacts& facts) {
  if (!facts.shape) return;
  std::set<std::string> known = {"token_embd.weight", "output_norm.weight", "output.weight", std::string(kRopeFactors)};
  Repeated missing;
  const auto look = [&](const std::string& name) {
    if (file.find_tensor(name) != nullptr)
      known.insert(name);
    else
      missing.add(fmt::format("Tensor '{}' is missing.", name));
  };
  look("token_embd.weight");
  look("output_norm.weight");
  for_each_block_tensor(*facts.shape, [&](const std::string& name, bool, const auto&) { look(name); });
  Repeated unknown;
  for (const GgufTensor& tensor : file.tensors()) {
    std::string name(tensor.name);
    if (name.ends_with(".scale")) name = name.substr(0, name.size() - 6) + ".weight";
    if (!known.contains(name))
      unknown.add(fmt::format("Tensor '{}' is not one of a model of this architecture.", printable(tensor.name)));
  }
  unknown.tell(facts, "tensors are not of a model of this architecture");
  missing.tell(facts, "tensors are missing");
}

std::string describe(const Vocabulary& vocabulary) {
  switch (vocabulary.kind) {
    case VocabularyKind::None:
      return "none";
    case VocabularyKind::ByteLevelBpe:
      return fmt::format("byte-level BPE, {} tokens, {} merges", vocabulary.tokens.size(), vocabulary.merges.size());
    case VocabularyKind::SentencePiece:
      return fmt::format("SentencePiece BPE, {} pieces", vocabulary.tokens.size());
  }
  return "unknown";
}

// What a reader would refuse is told, not thrown.
template <typename Body>
void noting(ModelFacts& facts, Body body, std::string_view before = "") {
  try {
    body();
  } catch (const InputError& e) {
    facts.oddities.push_back(std::string(before) + e.what());
  }
}
constexpr std::string_view kNotLoaded = "It cannot be loaded: ";

ModelFacts inspect_gguf(const std::filesystem::path& path, const LoadOptions& options) {
  const GgufFile file = GgufFile::open(path);
  ModelFacts facts;
  facts.container = fmt::format("GGUF version {}", file.version());
  facts.bytes = file.size();
  noting(facts, [&] { facts.activation = describe_choice(choose_activation(file, options)); });
  noting(facts, [&] { facts.shape = read_shape(file, options); });
  noting(facts, [&] {
    facts.tokenizer = describe(facts.shape ? read_vocabulary(file, facts.shape->vocab_size) : read_vocabulary(file));
  });
  noting(facts, [&] { look_at_keys(file, facts); });
  look_at_names(file, facts);
  if (facts.shape)
    noting(
        facts, [&] { check_tensors(file, options); }, kNotLoaded);
  look_at_tensors(file, options, facts);
  return facts;
}

ModelFacts inspect_checkpoint(const std::filesystem::path& path, const LoadOptions& options) {
  const Checkpoint checkpoint = Checkpoint::open(path, options);
  ModelFacts facts;
  facts.container = "safetensors";
  facts.shape = checkpoint.shape();
  facts.activation = describe_choice(checkpoint.config().activation);
  noting(facts, [&] { facts.tokenizer = describe(checkpoint.vocabulary()); });
  std::map<std::string_view, std::size_t> places;
  for (const auto& [name, tensor] : checkpoint.tensors()) {
    places.emplace(name, facts.tensors.size());
    facts.tensors.push_back({printable(name), tensor.info->dtype,
                             fmt::format("[{}]", fmt::join(tensor.info->dims, ", ")), tensor.info->elements,
                             tensor.info->bytes, std::nullopt, 0, 0, 0});
    facts.bytes += tensor.info->bytes;
  }
  std::vector<Candidate> candidates;
  std::size_t masters = 0;
  Repeated missing;
  for_each_block_tensor(checkpoint.shape(), [&](const std::string& gguf, bool linear, const auto& size) {
    const std::string name = checkpoint_name(checkpoint, gguf);
    const auto at = places.find(name);
    if (at == places.end()) return missing.add(fmt::format("Tensor '{}' is missing.", name));
    if (!linear) return;
    masters += facts.tensors[at->second].type != "U8";
    candidates.push_back({at->second, pair_of(gguf), [&checkpoint, &options, name, size] {
                            return read_linear(checkpoint, name, size.first, size.second, options);
                          }});
  });
  missing.tell(facts, "tensors are missing");
  noting(
      facts, [&] { check_tensors(checkpoint, options); }, kNotLoaded);
  if (masters > 0)
    facts.oddities.push_back(
        fmt::format("{} BitLinears are stored as floating-point numbers; figures are of what they are quantised to{}.",
                    masters, checkpoint.weight_scheme(options) ? "" : " where they are ternary already"));
  const auto found = read_candidates(candidates, facts, options.threads);
  for (const Found& one : found)
    if (!one.problem.empty()) facts.oddities.push_back(one.problem);
  compare_zero_rows(candidates, found, facts);
  return facts;
}

}  // namespace

ModelFacts inspect_model(const std::filesystem::path& path, const LoadOptions& options) {
  std::error_code ec;
  if (std::filesystem::is_directory(path, ec)) return inspect_checkpoint(path, options);
  const auto file = FileBytes::open(path, "a model: a GGUF or .safetensors file, or a checkpoint's directory");
  if (SafetensorsHeader::looks_like(file->mapped())) return inspect_checkpoint(path, options);
  return inspect_gguf(path, options);
}

}  // namespace ternsim::model
