#include "sim/program/mapper.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.h"

namespace ternsim::sim {

using model::Op;
using model::OpKind;
using model::Slot;

namespace {

constexpr std::int64_t kFloatBytes = 4;

/// Walks the graph once per token block and emits commands; remembers which command last produced each value.
class Mapper {
 public:
  Mapper(const model::Graph& graph, const AcceleratorConfig& accelerator, const model::Pass& pass)
      : graph_(graph), accelerator_(accelerator), pass_(pass) {}

  Program run() {
    check_context();
    program_.token_block = token_block();
    for (std::int64_t token0 = 0; token0 < pass_.tokens; token0 += program_.token_block)
      emit_block(token0, std::min(program_.token_block, pass_.tokens - token0));
    return std::move(program_);
  }

 private:
  void check_context() const {
    const std::int64_t positions = pass_.context + pass_.tokens;
    if (positions > graph_.shape.context_length)
      throw RequestError(fmt::format("context {} + {} tokens is longer than the model's context_length {}",
                                     pass_.context, pass_.tokens, graph_.shape.context_length));
  }

  /// Tokens per sequence that fit the on-chip buffers together, at least one, a multiple of the accumulator slots where
  /// that many fit.
  std::int64_t token_block() const {
    const model::ModelShape& s = graph_.shape;
    const std::int64_t attention_values = s.q_length() + 2 * s.kv_length();
    const std::int64_t ffn_values = 3 * s.feed_forward_length;
    // Beside the residual: q, k, v; or gate, up, hidden; or a norm's or projection's own width.
    const std::int64_t float_bytes =
        kFloatBytes * (s.embedding_length + std::max({attention_values, ffn_values, s.embedding_length})) * pass_.batch;
    const std::int64_t widest = std::max({s.embedding_length, s.q_length(), s.feed_forward_length});
    const std::int64_t input_bytes = widest * accelerator_.matrix.activation_bits / 8 * pass_.batch;
    const BufferConfig& b = accelerator_.buffers;
    if (float_bytes > b.accumulator_bytes)
      throw RequestError(
          fmt::format("{}: buffers.accumulator_bytes {} is too small: one token of {} sequences takes {}",
                      accelerator_.name, b.accumulator_bytes, pass_.batch, float_bytes));
    if (input_bytes > b.activation_bytes)
      throw RequestError(fmt::format("{}: buffers.activation_bytes {} is too small: one token of {} sequences takes {}",
                                     accelerator_.name, b.activation_bytes, pass_.batch, input_bytes));
    std::int64_t block = std::min({b.accumulator_bytes / float_bytes, b.activation_bytes / input_bytes, pass_.tokens});
    const std::int64_t slots = accelerator_.matrix.geometry.slots;
    if (block > slots && block < pass_.tokens) block -= block % slots;
    return block;
  }

  std::int32_t emit(Command command) {
    constexpr std::size_t kMaxCommands = 20'000'000;
    if (program_.commands.size() >= kMaxCommands)
      throw RequestError(
          fmt::format("{}: a pass of {} tokens takes more than {} commands; raise buffers.weight_bytes or "
                      "buffers.accumulator_bytes, or "
                      "use fewer tokens",
                      accelerator_.name, pass_.tokens, kMaxCommands));
    program_.commands.push_back(command);
    return static_cast<std::int32_t>(program_.commands.size()) - 1;
  }

  std::int32_t producer(Slot slot) const {
    const auto it = producer_.find(slot);
    return it == producer_.end() ? Command::kNone : it->second;
  }

  void emit_block(std::int64_t token0, std::int64_t tokens) {
    token0_ = token0;
    tokens_ = tokens;
    for (std::size_t i = 0; i < graph_.ops.size(); ++i) emit_op(static_cast<std::int32_t>(i), graph_.ops[i]);
  }

  void emit_op(std::int32_t index, const Op& op) {
    switch (op.kind) {
      case OpKind::Embedding:
        return emit_embedding(index, op);
      case OpKind::BitLinear:
        return emit_bitlinear(index, op);
      case OpKind::Attention:
        return emit_attention(index, op);
      case OpKind::LmHead:
        // Only the last token's logits are asked for.
        if (token0_ + tokens_ == pass_.tokens) emit_head(index, op);
        return;
      case OpKind::RmsNorm:
        if (op.layer < 0 && token0_ + tokens_ != pass_.tokens) return;  // output_norm feeds the LM head alone
        return emit_vector(index, op);
      case OpKind::Quantise:
      case OpKind::Rope:
      case OpKind::FfnActivation:
      case OpKind::Residual:
        return emit_vector(index, op);
    }
  }

  Command command_for(Unit unit, CommandKind kind, std::int32_t index) const {
    Command c;
    c.unit = unit;
    c.kind = kind;
    c.op = index;
    c.token0 = token0_;
    c.tokens = tokens_ * pass_.batch;
    const OpKind operation = graph_.ops[static_cast<std::size_t>(index)].kind;
    c.linear = operation == OpKind::BitLinear || operation == OpKind::Quantise;
    return c;
  }

  void emit_embedding(std::int32_t index, const Op& op) {
    Command c = command_for(Unit::Dma, CommandKind::LoadEmbedding, index);
    c.rows = op.cols;
    c.bytes = c.tokens * op.cols * model::element_bytes(graph_.shape.embedding_type);
    c.wait_for(producer(Slot::Residual));
    producer_[op.output] = emit(c);
  }

  void emit_vector(std::int32_t index, const Op& op) {
    Command c = command_for(Unit::Vector, CommandKind::VectorOp, index);
    c.rows = op.cols;
    if (op.layer < 0) {
      c.token0 = pass_.tokens - 1;
      c.tokens = pass_.batch;
    }
    c.wait_for(producer(op.input));
    if (op.kind == OpKind::Residual) c.wait_for(producer(Slot::Residual));
    if (op.kind == OpKind::FfnActivation) {
      c.wait_for(producer(Slot::Gate));
      c.wait_for(producer(Slot::Up));
    }
    if (op.kind == OpKind::Rope) {
      c.wait_for(producer(Slot::Query));
      c.wait_for(producer(Slot::Key));
    }
    const std::int32_t id = emit(c);
    producer_[op.output] = id;
    if (op.kind == OpKind::Rope) producer_[Slot::Query] = producer_[Slot::Key] = id;
  }

  /// Loads and uses a weight matrix chunk by chunk through the two halves of the weight SRAM. `make` gets (row0, rows,
  /// load command) and returns the command that uses the chunk.
  template <typename Use>
  void stream_weights(std::int32_t index, const Op& op, std::int64_t bits_per_weight, std::int64_t row_step, Use use) {
    const std::int64_t row_bytes = (op.cols * bits_per_weight + 7) / 8;
    const std::int64_t half = accelerator_.buffers.weight_bytes / 2;
    const std::int64_t step = std::min(row_step, op.rows);
    if (row_bytes * step > half)
      throw RequestError(
          fmt::format("{}: buffers.weight_bytes {} is too small for {}: {} rows of {} weights take {} bytes, half of "
                      "it holds {}; at "
                      "least {} are needed",
                      accelerator_.name, accelerator_.buffers.weight_bytes, op.name, step, op.cols, row_bytes * step,
                      half, 2 * row_bytes * step));
    const std::int64_t chunk_rows = half / (row_bytes * step) * step;
    for (std::int64_t row0 = 0; row0 < op.rows; row0 += chunk_rows) {
      const std::int64_t rows = std::min(chunk_rows, op.rows - row0);
      Command load = command_for(Unit::Dma, CommandKind::LoadWeights, index);
      load.row0 = row0;
      load.rows = rows;
      load.cols = op.cols;
      load.bytes = rows * row_bytes;
      load.wait_for(buffer_user_[next_buffer_]);
      const std::int32_t load_id = emit(load);
      buffer_user_[next_buffer_] = use(row0, rows, load_id);
      next_buffer_ = 1 - next_buffer_;
    }
  }

  void emit_bitlinear(std::int32_t index, const Op& op) {
    const MatrixGeometry& g = accelerator_.matrix.geometry;
    if (accelerator_.matrix.datapath == Datapath::AdderTree && op.cols > g.max_cols())
      throw RequestError(
          fmt::format("{}: matrix_unit.accumulator_bits {} can overflow on the {} inputs of {}; it is good for {}",
                      accelerator_.name, g.accumulator_bits, op.cols, op.name, g.max_cols()));
    std::int32_t last = Command::kNone;
    stream_weights(index, op, accelerator_.matrix.weight_bits, accelerator_.matrix.geometry.rows,
                   [&](std::int64_t row0, std::int64_t rows, std::int32_t load) {
                     Command c = command_for(Unit::Matrix, CommandKind::MatmulChunk, index);
                     c.row0 = row0;
                     c.rows = rows;
                     c.cols = op.cols;
                     c.wait_for(load);
                     c.wait_for(producer(op.input));
                     const std::int32_t matmul = emit(c);
                     Command d = command_for(Unit::Vector, CommandKind::Dequantise, index);
                     d.row0 = row0;
                     d.rows = rows;
                     d.wait_for(matmul);
                     last = emit(d);
                     return matmul;
                   });
    producer_[op.output] = last;
  }

  void emit_attention(std::int32_t index, const Op& op) {
    const model::ModelShape& s = graph_.shape;
    const std::int64_t position_bytes = 2 * s.kv_length() * accelerator_.kv_cache_bits / 8;
    Command store = command_for(Unit::Dma, CommandKind::StoreKv, index);
    store.bytes = position_bytes * store.tokens;
    store.wait_for(producer(Slot::Key));
    store.wait_for(producer(Slot::Value));
    const std::int32_t store_id = emit(store);

    const std::int64_t end = pass_.context + token0_ + tokens_;
    Command load = command_for(Unit::Dma, CommandKind::LoadKv, index);
    load.bytes = position_bytes * end * pass_.batch;
    load.wait_for(store_id);
    const std::int32_t load_id = emit(load);

    Command attend = command_for(Unit::Attention, CommandKind::Attend, index);
    attend.rows = op.cols;
    // Token t of the block attends to everything up to and including itself.
    const std::int64_t first = pass_.context + token0_ + 1;
    attend.positions = (first + end) * tokens_ / 2 * pass_.batch;
    attend.wait_for(load_id);
    attend.wait_for(producer(Slot::Query));
    producer_[op.output] = emit(attend);
  }

  void emit_head(std::int32_t index, const Op& op) {
    const std::int64_t bits = 8 * model::element_bytes(graph_.shape.embedding_type);
    stream_weights(index, op, bits, 1, [&](std::int64_t row0, std::int64_t rows, std::int32_t load) {
      Command c = command_for(Unit::LmHead, CommandKind::HeadChunk, index);
      c.token0 = pass_.tokens - 1;
      c.tokens = pass_.batch;
      c.row0 = row0;
      c.rows = rows;
      c.cols = op.cols;
      c.wait_for(load);
      c.wait_for(producer(op.input));
      return emit(c);
    });
  }

  const model::Graph& graph_;
  const AcceleratorConfig& accelerator_;
  const model::Pass& pass_;
  Program program_;
  std::map<Slot, std::int32_t> producer_;
  std::int32_t buffer_user_[2] = {Command::kNone, Command::kNone};
  int next_buffer_ = 0;
  std::int64_t token0_ = 0;
  std::int64_t tokens_ = 0;
};

}  // namespace

Program map_pass(const model::Graph& graph, const AcceleratorConfig& accelerator, const model::Pass& pass) {
  return Mapper(graph, accelerator, pass).run();
}

}  // namespace ternsim::sim
