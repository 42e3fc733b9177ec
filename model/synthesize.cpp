#include "model/synthesize.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "model/load_jobs.h"
#include "model/model_tensors.h"
#include "model/quantised_blocks.h"
#include "model/ternary_codecs.h"
#include "model/vocabulary_gguf.h"

namespace ternsim::model {

namespace {

constexpr std::size_t kDraws = 65536;  // of sixteen random bits

/// Streams of random numbers that have nothing in common, one for each row of each tensor.
Random stream(std::uint64_t seed, std::uint64_t tensor, std::uint64_t row) {
  Random mixer(seed ^ (tensor * 0x9e3779b97f4a7c15ULL));
  return Random(mixer.next() + row * 0xd1342543de82ef95ULL);
}

/// For each draw of sixteen bits, four ternary codes in one byte of PackedTernary, in the shares asked for: the draws
/// are dealt to the 81 combinations in proportion, the largest remainders first.
std::array<std::uint8_t, kDraws> code_table(double zeros) {
  struct Share {
    std::uint8_t byte;
    std::size_t count;
    double rest;
  };
  std::vector<Share> shares;
  std::size_t dealt = 0;
  for (int combination = 0; combination < 81; ++combination) {
    double p = 1;
    int byte = 0;
    for (int n = 0, rest = combination; n < 4; ++n, rest /= 3) {
      p *= rest % 3 == 1 ? zeros : (1 - zeros) / 2;
      byte |= rest % 3 << (2 * n);
    }
    const double wanted = p * static_cast<double>(kDraws);
    const auto whole = static_cast<std::size_t>(wanted);
    shares.push_back({static_cast<std::uint8_t>(byte), whole, wanted - static_cast<double>(whole)});
    dealt += whole;
  }
  std::stable_sort(shares.begin(), shares.end(), [](const Share& a, const Share& b) { return a.rest > b.rest; });
  for (std::size_t i = 0; dealt < kDraws; i = (i + 1) % shares.size()) {
    if (shares[i].rest == 0 && shares[i].count == 0) continue;  // a combination that must not occur
    ++shares[i].count;
    ++dealt;
  }
  std::array<std::uint8_t, kDraws> table{};
  std::size_t at = 0;
  for (const Share& share : shares)
    for (std::size_t i = 0; i < share.count && at < kDraws; ++i) table[at++] = share.byte;
  return table;
}

void fill_row(std::span<std::uint8_t> row, const std::array<std::uint8_t, kDraws>& table, Random& random) {
  for (std::size_t i = 0; i < row.size(); i += 4) {  // rows are whole blocks of 32 bytes
    std::uint64_t bits = random.next();
    for (std::size_t j = 0; j < 4; ++j, bits >>= 16) row[i + j] = table[bits & (kDraws - 1)];
  }
}

/// Which neurons of a block are zero, drawn apart from the weights so that gate and up agree.
bool zero_neuron(const SynthesizeOptions& options, std::uint64_t network, std::int64_t row) {
  return stream(options.seed, 0x5a65726f00000000ULL + network, static_cast<std::uint64_t>(row)).uniform() <
         options.zero_rows;
}

/// Writes tensors in the order of their declaration.
class Synthesizer {
 public:
  Synthesizer(const ModelShape& shape, const std::filesystem::path& path, const SynthesizeOptions& options,
              const std::function<void(std::uint64_t)>& progress)
      : shape_(shape),
        path_(path),
        options_(options),
        progress_(progress),
        table_(code_table(options.zeros)),
        out_(path) {
    shape_.name = fmt::format("synthetic {}, seed {}", shape.name, options.seed);
    if (options.save.embedding) shape_.embedding_type = shape_.head_type = *options.save.embedding;
  }

  SaveReport run() {
    write_shape(out_, shape_, options_.save.ternary);
    Vocabulary none;
    none.kind = VocabularyKind::None;
    none.add_bos = false;
    write_vocabulary(out_, none);
    declare();
    const double spread = 2.0 / std::sqrt(static_cast<double>(shape_.embedding_length));
    write_dense(shape_.embedding_type, shape_.vocab_size, spread);
    for (std::int64_t b = 0; b < shape_.block_count; ++b) write_block(b);
    write_ones(shape_.embedding_length);
    if (!shape_.tied_embedding) write_dense(shape_.head_type, shape_.vocab_size, spread);
    out_.finish();
    return report_;
  }

 private:
  BlockWeights empty_block() const {
    BlockWeights block;
    block.experts.resize(static_cast<std::size_t>(shape_.expert_count));
    return block;
  }
  void declare() {
    const auto dense = [&](const std::string& name, ElementType type, std::int64_t rows) {
      out_.declare(name, static_cast<GgufTensorType>(type), {shape_.embedding_length, rows});
    };
    dense("token_embd.weight", shape_.embedding_type, shape_.vocab_size);
    const BlockWeights block = empty_block();
    for (std::int64_t b = 0; b < shape_.block_count; ++b) {
      visit_norms(shape_, b, block, [&](const std::string& name, const std::vector<float>&, std::int64_t length) {
        out_.declare(name, GgufTensorType::F32, {length});
      });
      if (shape_.expert_count > 0) dense(router_tensor(b), ElementType::F32, shape_.expert_count);
      visit_linears(shape_, b, block,
                    [&](const std::string& name, const BitLinearWeights&, std::int64_t rows, std::int64_t cols) {
                      out_.declare(name, options_.save.ternary, {cols, rows});
                    });
    }
    out_.declare("output_norm.weight", GgufTensorType::F32, {shape_.embedding_length});
    if (!shape_.tied_embedding) dense("output.weight", shape_.head_type, shape_.vocab_size);
  }

  void write_block(std::int64_t b) {
    const BlockWeights block = empty_block();
    visit_norms(shape_, b, block,
                [&](const std::string&, const std::vector<float>&, std::int64_t length) { write_ones(length); });
    if (shape_.expert_count > 0)
      write_dense(ElementType::F32, shape_.expert_count, 1.0 / std::sqrt(static_cast<double>(shape_.embedding_length)));
    std::uint64_t network = static_cast<std::uint64_t>(b) << 20;
    visit_linears(
        shape_, b, block, [&](const std::string& name, const BitLinearWeights&, std::int64_t rows, std::int64_t cols) {
          const bool neurons = name.find(".ffn_gate") != std::string::npos || name.find(".ffn_up") != std::string::npos;
          write_linear(name, rows, cols, neurons ? &network : nullptr);
          if (name.find(".ffn_down") != std::string::npos) ++network;
        });
  }

  // `network` numbers the feed-forward network whose neurons the rows are; null where they are none.
  void write_linear(const std::string& name, std::int64_t rows, std::int64_t cols, const std::uint64_t* network) {
    BitLinearWeights weights{kernels::PackedTernary(rows, cols), {}, 0.0F};
    weights.scale = static_cast<float>(1.0 / std::sqrt(std::max(1 - options_.zeros, 1e-3) * static_cast<double>(cols)));
    const std::uint64_t tensor = ++tensors_;
    LoadJobs jobs;
    for (std::int64_t first = 0; first < rows; first += kRowsAJob)
      jobs.add(static_cast<std::uint64_t>(kRowsAJob * cols), [&, first] {
        for (std::int64_t r = first; r < std::min(rows, first + kRowsAJob); ++r) {
          if (network != nullptr && zero_neuron(options_, *network, r)) continue;  // they are zero as they are
          Random random = stream(options_.seed, tensor, static_cast<std::uint64_t>(r));
          fill_row(weights.codes.mutable_row(r), table_, random);
          for (std::int64_t k = cols; k < weights.codes.padded_cols(); ++k) weights.codes.set_weight(r, k, 0);
        }
      });
    jobs.run(options_.save.threads);
    const double loss = options_.save.ternary == GgufTensorType::I2_S ? 0 : tq_scale_loss(weights.scale);
    if (loss > report_.largest_scale_loss) report_ = {loss, name};
    put(encode_linear(weights, options_.save, fmt::format("{}: tensor '{}'", path_.string(), name)));
  }

  // Uniform values of standard deviation `spread`, rows of the embedding's width.
  void write_dense(ElementType type, std::int64_t rows, double spread) {
    const std::int64_t cols = shape_.embedding_length;
    const std::int64_t bytes = row_bytes(type, cols);
    const std::uint64_t tensor = ++tensors_;
    const auto step = static_cast<float>(spread * std::sqrt(3.0) / 32768);
    const std::int64_t rows_a_piece = kRowsAJob * 64;
    for (std::int64_t start = 0; start < rows; start += rows_a_piece) {
      const std::int64_t end = std::min(rows, start + rows_a_piece);
      std::vector<std::uint8_t> piece(static_cast<std::size_t>((end - start) * bytes));
      LoadJobs jobs;
      for (std::int64_t first = start; first < end; first += kRowsAJob)
        jobs.add(static_cast<std::uint64_t>(kRowsAJob * cols), [&, first] {
          std::vector<float> row(static_cast<std::size_t>(cols));
          for (std::int64_t r = first; r < std::min(end, first + kRowsAJob); ++r) {
            Random random = stream(options_.seed, tensor, static_cast<std::uint64_t>(r));
            for (std::size_t k = 0; k < row.size();) {
              std::uint64_t bits = random.next();
              for (int j = 0; j < 4 && k < row.size(); ++j, bits >>= 16)
                row[k++] = step * static_cast<float>(static_cast<std::int16_t>(bits & 0xffff));
            }
            encode_row(type, row, {piece.data() + (r - start) * bytes, static_cast<std::size_t>(bytes)});
          }
        });
      jobs.run(options_.save.threads);
      put(piece);
    }
  }

  void write_ones(std::int64_t length) {
    const std::vector<float> ones(static_cast<std::size_t>(length), 1.0F);
    put({reinterpret_cast<const std::uint8_t*>(ones.data()), ones.size() * sizeof(float)});
  }
  void put(std::span<const std::uint8_t> bytes) {
    out_.write_part(bytes);
    if (progress_) progress_(bytes.size());
  }

  static constexpr std::int64_t kRowsAJob = 64;
  ModelShape shape_;
  const std::filesystem::path& path_;
  const SynthesizeOptions& options_;
  const std::function<void(std::uint64_t)>& progress_;
  const std::array<std::uint8_t, kDraws> table_;
  GgufWriter out_;
  std::uint64_t tensors_ = 0;
  SaveReport report_;
};

}  // namespace

SaveReport synthesize(const ModelShape& shape, const std::filesystem::path& path, const SynthesizeOptions& options,
                      const std::function<void(std::uint64_t)>& progress) {
  const auto share = [&](const char* what, double value) {
    if (!(value >= 0 && value <= 1))
      throw RequestError(fmt::format("{}: the share of {} is {}; 0 ... 1 expected", path.string(), what, value));
  };
  share("zero weights", options.zeros);
  share("zero neurons", options.zero_rows);
  if (!shape.rope_factors.empty())
    throw RequestError(fmt::format("{}: RoPE factors are a model's own; a synthetic one has none", path.string()));
  check_types(shape, options.save, path.string());
  return Synthesizer(shape, path, options, progress).run();
}

std::uint64_t synthetic_bytes(const ModelShape& shape, const SynthesizeOptions& options) {
  const auto dense = [&](ElementType type, std::int64_t rows) {
    return static_cast<std::uint64_t>(rows * row_bytes(type, shape.embedding_length));
  };
  std::uint64_t bytes = dense(options.save.embedding.value_or(shape.embedding_type), shape.vocab_size);
  if (!shape.tied_embedding) bytes += dense(options.save.embedding.value_or(shape.head_type), shape.vocab_size);
  const GgufBlock unit = block_of(options.save.ternary);
  BlockWeights block;
  block.experts.resize(static_cast<std::size_t>(shape.expert_count));
  std::uint64_t of_block = dense(ElementType::F32, shape.expert_count);
  visit_norms(shape, 0, block, [&](const std::string&, const std::vector<float>&, std::int64_t length) {
    of_block += static_cast<std::uint64_t>(length) * sizeof(float);
  });
  visit_linears(shape, 0, block,
                [&](const std::string&, const BitLinearWeights&, std::int64_t rows, std::int64_t cols) {
                  const auto weights = static_cast<std::uint64_t>(rows * cols);
                  of_block += unit.elements == 0 ? i2s_bytes(weights) : weights / unit.elements * unit.bytes;
                });
  return bytes + of_block * static_cast<std::uint64_t>(shape.block_count) +
         static_cast<std::uint64_t>(shape.embedding_length) * sizeof(float);
}

}  // namespace ternsim::model
