#include "model/model_saver.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "base/error.h"
#include "model/load_jobs.h"
#include "model/model_tensors.h"
#include "model/quantised_blocks.h"
#include "model/shape_limits.h"
#include "model/ternary_codecs.h"
#include "model/vocabulary_gguf.h"

namespace ternsim::model {

namespace {

// The numbers by which writers of these files say "mostly TQ1_0, TQ2_0, I2_S" and "second version of the quantisation
// formats".
constexpr std::uint32_t kFileTypeTq1 = 36;
constexpr std::uint32_t kFileTypeTq2 = 37;
constexpr std::uint32_t kFileTypeI2s = 40;
constexpr std::uint32_t kQuantizationVersion = 2;

std::uint32_t file_type(GgufTensorType ternary) {
  if (ternary == GgufTensorType::TQ1_0) return kFileTypeTq1;
  return ternary == GgufTensorType::TQ2_0 ? kFileTypeTq2 : kFileTypeI2s;
}

void write_variant(GgufWriter& out, const ModelShape& shape) {
  out.add_text(kActivationKey, shape.ffn_activation == FfnActivation::SquaredRelu ? "relu2" : "swiglu");
  const ArchitectureDefaults& usual = *find_architecture(shape.architecture);
  if (shape.sub_norms != usual.sub_norms) out.add_bool(kSubNormsKey, shape.sub_norms);
  if (shape.rope_pairing != usual.rope_pairing)
    out.add_text(kPairingKey, shape.rope_pairing == RopePairing::Halves ? "halves" : "neighbours");
  if (shape.norm_kind == NormKind::Layer) out.add_text(kNormKey, "layer");
  if (shape.activation_scheme == ActivationScheme::A48) out.add_text(kSchemeKey, "a4.8");
  if (shape.activation_scheme == ActivationScheme::HadamardInt4) out.add_text(kSchemeKey, "hadamard-int4");
}

std::span<const std::uint8_t> bytes_of(const std::vector<float>& values) {
  return {reinterpret_cast<const std::uint8_t*>(values.data()), values.size() * sizeof(float)};
}

void check(const Model& model, const SaveOptions& options, const std::string& where) {
  const ModelShape& shape = model.shape;
  check_types(shape, options, where);
  if (const std::string problem = rope_problem(shape); !problem.empty())
    throw RequestError(fmt::format("{}: {}", where, problem));
  if (std::ssize(model.blocks) != shape.block_count)
    throw RequestError(fmt::format("{}: the model has {} blocks, but its shape says {}", where, model.blocks.size(),
                                   shape.block_count));
  for (std::int64_t b = 0; b < shape.block_count; ++b) {
    const BlockWeights& block = model.blocks[static_cast<std::size_t>(b)];
    if (std::ssize(block.experts) != shape.expert_count)
      throw RequestError(fmt::format("{}: block {} has {} experts, but the model's shape says {}", where, b,
                                     block.experts.size(), shape.expert_count));
    visit_linears(shape, b, block,
                  [&](const std::string& name, const BitLinearWeights& w, std::int64_t rows, std::int64_t cols) {
                    if (w.codes.rows() != rows || w.codes.cols() != cols)
                      throw RequestError(fmt::format("{}: {} is {} x {}, but the model's shape says {} x {}", where,
                                                     name, w.codes.rows(), w.codes.cols(), rows, cols));
                    if (w.codes.released())
                      throw RequestError(
                          fmt::format("{}: {} has been repacked for the CPU kernels; load the model with "
                                      "its two-bit packing to write it",
                                      where, name));
                  });
  }
}

// Through float32, in pieces of some megabytes that the threads share.
void write_dense(GgufWriter& out, const DenseMatrix& matrix, ElementType type, int threads) {
  if (matrix.lane_order)
    throw std::logic_error("a head in lane order is no file's: write the model before prepare_head");
  if (type == matrix.type) {
    out.write(matrix.bytes);
    return;
  }
  constexpr std::int64_t kPiece = std::int64_t{1} << 20;  // elements
  constexpr std::int64_t kPieces = 16;
  const std::int64_t from_bytes = row_bytes(matrix.type, matrix.cols);
  const std::int64_t to_bytes = row_bytes(type, matrix.cols);
  const std::int64_t step = std::max<std::int64_t>(kPiece / matrix.cols, 1);
  for (std::int64_t start = 0; start < matrix.rows; start += kPieces * step) {
    const std::int64_t end = std::min(matrix.rows, start + kPieces * step);
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>((end - start) * to_bytes));
    LoadJobs jobs;
    for (std::int64_t first = start; first < end; first += step)
      jobs.add(static_cast<std::uint64_t>(step * to_bytes), [&, first] {
        std::vector<float> row(static_cast<std::size_t>(matrix.cols));
        for (std::int64_t r = first; r < std::min(end, first + step); ++r) {
          decode_row(matrix.type, {matrix.bytes.data() + r * from_bytes, static_cast<std::size_t>(from_bytes)}, row);
          encode_row(type, row, {bytes.data() + (r - start) * to_bytes, static_cast<std::size_t>(to_bytes)});
        }
      });
    jobs.run(threads);
    out.write_part(bytes);
  }
}

}  // namespace

void write_shape(GgufWriter& out, const ModelShape& shape, GgufTensorType ternary) {
  const std::string prefix = shape.architecture + ".";
  const auto count = [&](const char* key, std::int64_t value) {
    out.add_u32(prefix + key, static_cast<std::uint32_t>(value));
  };
  out.add_text("general.architecture", shape.architecture);
  out.add_text("general.name", shape.name);
  out.add_u32("general.file_type", file_type(ternary));
  out.add_u32("general.quantization_version", kQuantizationVersion);
  count("vocab_size", shape.vocab_size);
  count("context_length", shape.context_length);
  count("embedding_length", shape.embedding_length);
  count("block_count", shape.block_count);
  count("feed_forward_length", shape.feed_forward_length);
  count("rope.dimension_count", shape.head_dim);
  count("attention.head_count", shape.head_count);
  count("attention.head_count_kv", shape.head_count_kv);
  if (shape.expert_count > 0) {
    count("expert_count", shape.expert_count);
    count("expert_used_count", shape.expert_used_count);
  }
  // Where heads are not the embedding's width divided by their number, other readers need these two.
  if (shape.q_length() != shape.embedding_length) {
    count("attention.key_length", shape.head_dim);
    count("attention.value_length", shape.head_dim);
  }
  out.add_f32(prefix + "attention.layer_norm_rms_epsilon", shape.norm_epsilon);
  // float32 is what other readers expect; a number that it cannot hold keeps its value instead.
  const auto number = [&](const char* key, double value) {
    if (const auto narrow = static_cast<float>(value); static_cast<double>(narrow) == value)
      out.add_f32(prefix + key, narrow);
    else
      out.add_f64(prefix + key, value);
  };
  number("rope.freq_base", shape.rope_theta);
  if (shape.rope_scale != 1.0) {
    out.add_text(prefix + "rope.scaling.type", "linear");
    number("rope.scaling.factor", shape.rope_scale);
  }
  write_variant(out, shape);
}

void check_types(const ModelShape& shape, const SaveOptions& options, const std::string& where) {
  if (find_architecture(shape.architecture) == nullptr)
    throw RequestError(fmt::format("{}: a model of architecture '{}' could not be read back; name it one of {}", where,
                                   shape.architecture, architecture_names()));
  const auto check_dense = [&](const char* name, ElementType type) {
    if (type == ElementType::Q4_0)
      throw RequestError(
          fmt::format("{}: {} is not written as Q4_0; choose F32, F16, BF16, Q8_0 or Q6_K", where, name));
    if (shape.embedding_length % block_elements(type) != 0)
      throw RequestError(fmt::format(
          "{}: {} has rows of {} elements, which are no multiple of {}'s block of {}; choose F16, BF16, F32{}", where,
          name, shape.embedding_length, name_of(type), block_elements(type),
          shape.embedding_length % 32 == 0 ? " or Q8_0" : ""));
  };
  check_dense("token_embd.weight", options.embedding.value_or(shape.embedding_type));
  if (!shape.tied_embedding) check_dense("output.weight", options.embedding.value_or(shape.head_type));
  BlockWeights block;
  block.experts.resize(static_cast<std::size_t>(shape.expert_count));
  visit_linears(
      shape, 0, block, [&](const std::string& name, const BitLinearWeights&, std::int64_t rows, std::int64_t cols) {
        if (options.ternary == GgufTensorType::I2_S) {
          const std::int64_t unit = i2s_block(options.i2s_layout);
          if (rows * cols % unit != 0)
            throw RequestError(fmt::format("{}: {}: {} x {} weights are no multiple of I2_S's block of {}{}", where,
                                           name, rows, cols, unit,
                                           rows * cols % 64 == 0 ? "; blocks of 64 would fit" : ""));
        } else if (cols % kTqBlock != 0) {
          throw RequestError(fmt::format(
              "{}: {} has rows of {} weights, which are no multiple of the TQ types' block of 256; write i2_s, "
              "whose blocks may straddle rows",
              where, name, cols));
        }
      });
}

std::vector<std::uint8_t> encode_linear(const BitLinearWeights& weights, const SaveOptions& options,
                                        const std::string& where) {
  if (options.ternary == GgufTensorType::I2_S) return write_i2s(weights, options.i2s_layout, where);
  return write_tq(weights, options.ternary, where);
}

SaveReport save_model(const Model& model, const std::filesystem::path& path, const SaveOptions& options) {
  check(model, options, path.string());
  const ModelShape& shape = model.shape;
  const ElementType embedding = options.embedding.value_or(model.embedding.type);
  const ElementType head = options.embedding.value_or(model.output.type);
  GgufWriter out(path);
  write_shape(out, shape, options.ternary);
  write_vocabulary(out, model.vocabulary);

  SaveReport report;
  const auto declare_dense = [&](const std::string& name, const DenseMatrix& matrix, ElementType type) {
    out.declare(name, static_cast<GgufTensorType>(type), {matrix.cols, matrix.rows});
  };
  declare_dense("token_embd.weight", model.embedding, embedding);
  for (std::int64_t b = 0; b < shape.block_count; ++b) {
    const BlockWeights& block = model.blocks[static_cast<std::size_t>(b)];
    visit_norms(shape, b, block, [&](const std::string& name, const std::vector<float>&, std::int64_t length) {
      out.declare(name, GgufTensorType::F32, {length});
    });
    if (shape.expert_count > 0) declare_dense(router_tensor(b), block.ffn_router, ElementType::F32);
    visit_linears(shape, b, block,
                  [&](const std::string& name, const BitLinearWeights& w, std::int64_t rows, std::int64_t cols) {
                    out.declare(name, options.ternary, {cols, rows});
                    const double loss = options.ternary == GgufTensorType::I2_S ? 0 : tq_scale_loss(w.scale);
                    if (loss > report.largest_scale_loss) report = {loss, name};
                  });
  }
  out.declare("output_norm.weight", GgufTensorType::F32, {shape.embedding_length});
  if (!shape.rope_factors.empty())
    out.declare(std::string(kRopeFactors), GgufTensorType::F32, {static_cast<std::int64_t>(shape.rope_factors.size())});
  if (!shape.tied_embedding) declare_dense("output.weight", model.output, head);

  write_dense(out, model.embedding, embedding, options.threads);
  for (std::int64_t b = 0; b < shape.block_count; ++b) {
    const BlockWeights& block = model.blocks[static_cast<std::size_t>(b)];
    visit_norms(shape, b, block,
                [&](const std::string&, const std::vector<float>& v, std::int64_t) { out.write(bytes_of(v)); });
    if (shape.expert_count > 0) write_dense(out, block.ffn_router, ElementType::F32, options.threads);
    // Encoded side by side, written in order.
    std::vector<std::function<std::vector<std::uint8_t>()>> encoders;
    visit_linears(shape, b, block, [&](const std::string& name, const BitLinearWeights& w, std::int64_t, std::int64_t) {
      encoders.push_back([&options, &w, where = fmt::format("{}: tensor '{}'", path.string(), name)] {
        return encode_linear(w, options, where);
      });
    });
    std::vector<std::vector<std::uint8_t>> encoded(encoders.size());
    LoadJobs jobs;
    for (std::size_t i = 0; i < encoders.size(); ++i)
      jobs.add(std::uint64_t{1} << 22, [&, i] { encoded[i] = encoders[i](); });
    jobs.run(options.threads);
    for (const auto& bytes : encoded) out.write(bytes);
  }
  out.write(bytes_of(model.output_norm));
  if (!shape.rope_factors.empty()) out.write(bytes_of(shape.rope_factors));
  if (!shape.tied_embedding) write_dense(out, model.output, head, options.threads);
  out.finish();
  return report;
}

}  // namespace ternsim::model
