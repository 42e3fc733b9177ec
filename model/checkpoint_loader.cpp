#include "model/checkpoint_loader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/error.h"
#include "model/gguf_reader.h"
#include "model/json_guard.h"
#include "model/model_loader.h"
#include "model/model_tensors.h"
#include "model/quantised_blocks.h"
#include "model/ternary_codecs.h"
#include "model/vocabulary_file.h"
#include "model/weight_reader.h"

namespace ternsim::model {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEmbedding = "model.embed_tokens.weight";
constexpr std::string_view kHead = "lm_head.weight";
constexpr std::string_view kOutputNorm = "model.norm.weight";

/// GGUF's word for a part of a block and Hugging Face's; sub-norms have two.
struct PartName {
  std::string_view gguf;
  std::string_view checkpoint;
};
constexpr std::array<PartName, 13> kParts = {{{"attn_norm", "input_layernorm"},
                                              {"attn_sub_norm", "self_attn.attn_sub_norm"},
                                              {"attn_sub_norm", "self_attn.inner_attn_ln"},
                                              {"ffn_norm", "post_attention_layernorm"},
                                              {"ffn_sub_norm", "mlp.ffn_sub_norm"},
                                              {"ffn_sub_norm", "mlp.ffn_layernorm"},
                                              {"attn_q", "self_attn.q_proj"},
                                              {"attn_k", "self_attn.k_proj"},
                                              {"attn_v", "self_attn.v_proj"},
                                              {"attn_output", "self_attn.o_proj"},
                                              {"ffn_gate", "mlp.gate_proj"},
                                              {"ffn_up", "mlp.up_proj"},
                                              {"ffn_down", "mlp.down_proj"}}};

std::string_view text_of(const FileBytes& file, std::uint64_t cap) {
  if (file.size() > cap)
    throw InputError(fmt::format("{}: {} bytes; at most {} are read", file.name(), file.size(), cap));
  return {reinterpret_cast<const char*>(file.mapped().data()), static_cast<std::size_t>(file.size())};
}

std::optional<ElementType> element_of(std::string_view dtype) {
  if (dtype == "F32") return ElementType::F32;
  if (dtype == "F16") return ElementType::F16;
  if (dtype == "BF16") return ElementType::BF16;
  return std::nullopt;
}

std::string where_of(const Checkpoint::Tensor& tensor) {
  return fmt::format("{}: tensor '{}'", tensor.file->name(), printable(tensor.info->name));
}

const Checkpoint::Tensor& need(const Checkpoint& checkpoint, std::string_view name,
                               const std::vector<std::int64_t>& dims) {
  const Checkpoint::Tensor* tensor = checkpoint.find(name);
  if (tensor == nullptr)
    throw InputError(fmt::format("{}: tensor '{}' is missing; a model of this config.json needs it",
                                 checkpoint.directory().string(), name));
  if (tensor->info->dims != dims)
    throw InputError(fmt::format("{} has shape [{}]; config.json says [{}]", where_of(*tensor),
                                 fmt::join(tensor->info->dims, ", "), fmt::join(dims, ", ")));
  return *tensor;
}

ElementType need_floats(const Checkpoint::Tensor& tensor) {
  const auto type = element_of(tensor.info->dtype);
  if (!type) throw InputError(fmt::format("{} is {}; F32, F16 or BF16 expected", where_of(tensor), tensor.info->dtype));
  return *type;
}

// `name`_scale: one element of any float type.
float read_scale(const Checkpoint& checkpoint, const std::string& name) {
  const Checkpoint::Tensor* tensor = checkpoint.find(name + "_scale");
  if (tensor == nullptr)
    throw InputError(fmt::format("{}: tensor '{}' is packed, but its scale '{}_scale' is missing",
                                 checkpoint.directory().string(), name, name));
  const ElementType type = need_floats(*tensor);
  if (tensor->info->elements != 1)
    throw InputError(
        fmt::format("{} has {} elements; one scale a tensor expected", where_of(*tensor), tensor->info->elements));
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(tensor->info->bytes));
  checkpoint.source(*tensor).read(0, bytes);
  float value = 0;
  decode_row(type, bytes, {&value, 1});
  if (checkpoint.config().scales == ScaleConvention::Divide) value = 1.0F / value;
  if (!std::isfinite(value) || value < 0)
    throw InputError(
        fmt::format("{} makes the scale {}; a finite number from 0 up expected", where_of(*tensor), value));
  return value;
}

// A head's rows from two halves to neighbouring pairs: row i + j d/2 becomes row 2i + j.
BitLinearWeights interleave_halves(BitLinearWeights from, std::int64_t head_dim, kernels::WeightArena* arena) {
  BitLinearWeights to{kernels::PackedTernary::unfilled(from.codes.rows(), from.codes.cols(), arena), {}, from.scale};
  for (std::int64_t r = 0; r < from.codes.rows(); ++r) {
    const std::int64_t in_head = r % head_dim;
    const std::int64_t target = r - in_head + 2 * (in_head % (head_dim / 2)) + in_head / (head_dim / 2);
    std::memcpy(to.codes.mutable_row(target).data(), from.codes.row(r).data(), from.codes.row(r).size());
  }
  return to;
}

}  // namespace

void Checkpoint::add_file(const fs::path& path) {
  std::shared_ptr<const FileBytes> file = FileBytes::open(path, "a safetensors file");
  headers_.push_back(std::make_unique<SafetensorsHeader>(SafetensorsHeader::parse(file->mapped(), file->name())));
  for (const SafetensorsTensor& tensor : headers_.back()->tensors()) {
    const auto [at, fresh] = tensors_.try_emplace(tensor.name, Tensor{&tensor, file});
    if (!fresh)
      throw InputError(fmt::format("{}: tensor '{}' stands in '{}' too", file->name(), printable(tensor.name),
                                   at->second.file->name()));
  }
}

void Checkpoint::open_shards(const fs::path& index) {
  constexpr std::uint64_t kMaxIndex = std::uint64_t{16} << 20;
  const auto file = FileBytes::open(index, "a safetensors index");
  const nlohmann::json object = parse_json(text_of(*file, kMaxIndex), file->name(), {.bytes = kMaxIndex, .depth = 4});
  const auto map = object.is_object() ? object.find("weight_map") : object.end();
  if (!object.is_object() || map == object.end() || !map->is_object())
    throw InputError(fmt::format("{}: no object 'weight_map' in it", file->name()));
  std::set<std::string> shards;
  for (const auto& item : map->items()) {
    if (!item.value().is_string()) throw InputError(fmt::format("{}: weight_map holds no file names", file->name()));
    const std::string& shard = item.value().get_ref<const std::string&>();
    // A name in this directory, nothing that leads out of it, and fit for a message.
    const bool control = std::any_of(shard.begin(), shard.end(), [](char c) {
      const auto byte = static_cast<unsigned char>(c);
      return byte < 0x20 || byte == 0x7f;
    });
    if (shard.empty() || control || shard.find('/') != std::string::npos || !shard.ends_with(".safetensors"))
      throw InputError(
          fmt::format("{}: '{}' is not the name of a .safetensors file beside it", file->name(), printable(shard)));
    shards.insert(shard);
  }
  for (const std::string& shard : shards) add_file(directory_ / shard);
  for (const auto& item : map->items()) {
    const Tensor* tensor = find(item.key());
    if (tensor == nullptr || fs::path(tensor->file->name()).filename() != item.value().get_ref<const std::string&>())
      throw InputError(
          fmt::format("{}: tensor '{}' is not in the file that weight_map names", file->name(), printable(item.key())));
  }
}

// What only the tensors tell.
void Checkpoint::complete_shape() {
  ModelShape& shape = config_.shape;
  shape.sub_norms = false;
  for (const PartName& part : kParts)
    if (part.gguf == "attn_sub_norm" && find(fmt::format("model.layers.0.{}.weight", part.checkpoint)) != nullptr)
      shape.sub_norms = true;
  if (!shape.sub_norms)
    shape.architecture = "llama";
  else
    shape.architecture = shape.ffn_activation == FfnActivation::SquaredRelu ? "bitnet-b1.58" : "bitnet";
  shape.rope_pairing = find_architecture(shape.architecture)->rope_pairing;
  shape.tied_embedding = config_.tie_word_embeddings || find(kHead) == nullptr;
  if (const Tensor* tensor = find(kEmbedding)) shape.embedding_type = need_floats(*tensor);
  if (const Tensor* tensor = find(kHead)) shape.head_type = need_floats(*tensor);
  if (shape.name.empty()) {
    // Resolved, and without the end of a path like "model/", so that it ends with a name.
    std::error_code ec;
    const fs::path whole = fs::weakly_canonical(directory_, ec);
    shape.name = printable((ec ? directory_ : whole).filename().string());
  }
}

Checkpoint Checkpoint::open(const fs::path& path, const LoadOptions& options) {
  Checkpoint out;
  std::error_code ec;
  const bool directory = fs::is_directory(path, ec);
  out.directory_ = directory ? path : path.parent_path();
  if (out.directory_.empty()) out.directory_ = ".";
  const fs::path index = out.directory_ / "model.safetensors.index.json";
  const fs::path single = out.directory_ / "model.safetensors";
  const auto config = FileBytes::open(out.directory_ / "config.json", "a checkpoint's configuration");
  out.config_ = parse_checkpoint_config(text_of(*config, std::uint64_t{1} << 20), config->name(), options);
  if (!directory)
    out.add_file(path);
  else if (fs::exists(index, ec))
    out.open_shards(index);
  else if (fs::exists(single, ec))
    out.add_file(single);
  else
    throw InputError(
        fmt::format("{}: neither model.safetensors nor model.safetensors.index.json is in it", path.string()));
  out.complete_shape();
  return out;
}

const Checkpoint::Tensor* Checkpoint::find(std::string_view name) const {
  const auto it = tensors_.find(name);
  return it == tensors_.end() ? nullptr : &it->second;
}

TensorSource Checkpoint::source(const Tensor& tensor) const {
  return source_of(tensor.file, tensor.info->offset, tensor.info->bytes, where_of(tensor));
}

std::optional<WeightScheme> Checkpoint::weight_scheme(const LoadOptions& options) const {
  if (options.ternarise || config_.model_type == "bitnet" || shape().sub_norms)
    return options.weight_scheme.value_or(WeightScheme::Ternary);
  return std::nullopt;
}

Vocabulary Checkpoint::vocabulary() const {
  Vocabulary out;
  std::error_code ec;
  const fs::path path = directory_ / "tokenizer.json";
  if (!fs::exists(path, ec)) {
    out.kind = VocabularyKind::None;
    out.add_bos = false;
  } else {
    out = load_vocabulary(path, shape().vocab_size);
  }
  if (config_.bos) out.bos = static_cast<std::int32_t>(*config_.bos);
  for (std::size_t i = 0; i < config_.eos.size(); ++i) {
    const auto id = static_cast<std::int32_t>(config_.eos[i]);
    if (i == 0)
      out.eos = id;
    else
      out.stop_ids.push_back(id);
  }
  return out;
}

std::string checkpoint_name(const Checkpoint& checkpoint, std::string_view gguf_name) {
  const std::size_t block_end = gguf_name.find('.', 4);
  const std::size_t part_end = gguf_name.rfind('.');
  const std::string_view block = gguf_name.substr(4, block_end - 4);
  const std::string_view part = gguf_name.substr(block_end + 1, part_end - block_end - 1);
  std::string first;
  for (const PartName& known : kParts) {
    if (known.gguf != part) continue;
    std::string name = fmt::format("model.layers.{}.{}.weight", block, known.checkpoint);
    if (checkpoint.find(name) != nullptr) return name;
    if (first.empty()) first = std::move(name);
  }
  return first;
}

BitLinearWeights read_linear(const Checkpoint& checkpoint, const std::string& name, std::int64_t rows,
                             std::int64_t cols, const LoadOptions& options, kernels::WeightArena* arena) {
  const Checkpoint::Tensor* found = checkpoint.find(name);
  if (found == nullptr) need(checkpoint, name, {rows, cols});
  if (found->info->dtype == "U8") {
    if (rows % 4 != 0) throw InputError(fmt::format("{}: {} rows cannot be packed by four", where_of(*found), rows));
    const Checkpoint::Tensor& packed = need(checkpoint, name, {rows / 4, cols});
    return read_packed_rows(checkpoint.source(packed), rows, cols, read_scale(checkpoint, name), arena);
  }
  const Checkpoint::Tensor& dense = need(checkpoint, name, {rows, cols});
  const TensorSource source = checkpoint.source(dense);
  const ElementType type = need_floats(dense);
  if (checkpoint.find(name + "_scale") == nullptr)
    return read_dense_ternary(source, type, rows, cols, checkpoint.weight_scheme(options), arena);
  // Such a scale belongs to weights that are quantised already; they were not packed only.
  const float scale = read_scale(checkpoint, name);
  if (!holds_ternary_values(source, type, rows, cols))
    throw InputError(
        fmt::format("{} holds values other than -s, 0 and +s, but has a scale '{}_scale' beside it, which only weights "
                    "that are ternary already have; take master weights without scales, or packed ones",
                    where_of(dense), name));
  BitLinearWeights out = read_dense_ternary(source, type, rows, cols, std::nullopt, arena);
  out.scale *= scale;
  if (!std::isfinite(out.scale))
    throw InputError(fmt::format("{} times its scale is no float32; the model is damaged", where_of(dense)));
  return out;
}

namespace {

// Asks for every tensor of a model of this shape, and refuses those that none has asked for. `reader` is null where
// nothing shall be read.
void take_all(const Checkpoint& checkpoint, const LoadOptions& options, Model& model, WeightReader* reader) {
  const ModelShape& shape = model.shape;
  std::set<std::string, std::less<>> taken;
  const auto take = [&](std::string_view name, const std::vector<std::int64_t>& dims) -> const Checkpoint::Tensor& {
    taken.emplace(name);
    return need(checkpoint, name, dims);
  };
  const auto dense = [&](DenseMatrix& to, std::string_view name) {
    const Checkpoint::Tensor& tensor = take(name, {shape.vocab_size, shape.embedding_length});
    const ElementType type = need_floats(tensor);
    if (reader != nullptr) reader->dense(to, type, shape.vocab_size, shape.embedding_length, checkpoint.source(tensor));
  };
  const auto floats = [&](std::vector<float>& to, std::string_view name, std::int64_t length) {
    const Checkpoint::Tensor& tensor = take(name, {length});
    const ElementType type = need_floats(tensor);
    if (reader != nullptr) reader->floats(to, type, length, checkpoint.source(tensor));
  };

  dense(model.embedding, kEmbedding);
  if (!shape.tied_embedding)
    dense(model.output, kHead);
  else
    taken.emplace(kHead);  // a copy of the embedding, where it stands at all
  floats(model.output_norm, kOutputNorm, shape.embedding_length);
  model.blocks.reserve(static_cast<std::size_t>(shape.block_count));
  for (std::int64_t b = 0; b < shape.block_count; ++b) {
    BlockWeights& block = model.blocks.emplace_back();
    visit_norms(shape, b, block, [&](const std::string& name, std::vector<float>& to, std::int64_t length) {
      floats(to, checkpoint_name(checkpoint, name), length);
    });
    visit_linears(
        shape, b, block, [&](const std::string& gguf, BitLinearWeights& to, std::int64_t rows, std::int64_t cols) {
          const std::string name = checkpoint_name(checkpoint, gguf);
          taken.insert(name);
          taken.insert(name + "_scale");
          const Checkpoint::Tensor* tensor = checkpoint.find(name);
          if (tensor == nullptr) need(checkpoint, name, {rows, cols});
          if (reader == nullptr) return;  // its shape and scale are looked at when it is read
          const bool turns = shape.rope_pairing == RopePairing::Neighbours &&
                             (gguf.ends_with(".attn_q.weight") || gguf.ends_with(".attn_k.weight"));
          reader->linear(
              to, tensor->info->bytes, gguf.find(".ffn_down") != std::string::npos,
              [&checkpoint, &options, name, rows, cols, turns, d = shape.head_dim](kernels::WeightArena* arena) {
                if (!turns) return read_linear(checkpoint, name, rows, cols, options, arena);
                return interleave_halves(read_linear(checkpoint, name, rows, cols, options, nullptr), d, arena);
              });
        });
  }
  for (const auto& [name, tensor] : checkpoint.tensors())
    if (!taken.contains(name) && !name.ends_with("rotary_emb.inv_freq"))  // what RoPE computes itself
      throw InputError(
          fmt::format("{} cannot be used: its name is not one of a ternary decoder, or its layer is beyond "
                      "num_hidden_layers; leaving it out would change the model",
                      where_of(tensor)));
}

}  // namespace

Model load_checkpoint(const Checkpoint& checkpoint, const LoadOptions& options) {
  Model model;
  model.shape = checkpoint.shape();
  const ModelShape& shape = model.shape;
  model.vocabulary = checkpoint.vocabulary();
  std::uint64_t file_bytes = 0;
  for (const auto& [name, tensor] : checkpoint.tensors()) file_bytes += tensor.info->bytes;
  const std::int64_t block_weights =
      shape.embedding_length * (2 * shape.q_length() + 2 * shape.kv_length() + 3 * shape.feed_forward_length);
  WeightReader reader(options, std::min(static_cast<std::uint64_t>(shape.block_count * block_weights / 4), file_bytes));
  take_all(checkpoint, options, model, &reader);
  reader.run();
  return model;
}

void check_tensors(const Checkpoint& checkpoint, const LoadOptions& options) {
  Model model;
  model.shape = checkpoint.shape();
  take_all(checkpoint, options, model, nullptr);
}

Model load_checkpoint(const fs::path& path, const LoadOptions& options) {
  return load_checkpoint(Checkpoint::open(path, options), options);
}

bool is_gguf(const fs::path& path) {
  std::error_code ec;
  if (fs::is_directory(path, ec)) return false;
  const auto file = FileBytes::open(path, "a model: a GGUF or .safetensors file, or a checkpoint's directory");
  const auto bytes = file->mapped();
  return bytes.size() >= 4 && std::memcmp(bytes.data(), "GGUF", 4) == 0;
}

Model load_any(const fs::path& path, const LoadOptions& options) {
  std::error_code ec;
  if (fs::is_directory(path, ec)) return load_checkpoint(path, options);
  const auto file = FileBytes::open(path, "a model: a GGUF or .safetensors file, or a checkpoint's directory");
  if (SafetensorsHeader::looks_like(file->mapped())) return load_checkpoint(path, options);
  return load_model(GgufFile::open(path), options);  // which says what it is if it is no GGUF file either
}

}  // namespace ternsim::model
