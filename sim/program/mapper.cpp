#include "sim/program/mapper.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

#include "base/error.h"
#include "sim/program/memory_map.h"
#include "sim/program/token_blocks.h"
#include "sim/program/weight_stream.h"

namespace ternsim::sim {

using model::Op;
using model::OpKind;
using model::Slot;

namespace {

/// Banks of a buffer that loads fill in turn: each load waits for what used its bank last.
class Banks {
 public:
  explicit Banks(int count) : users_(static_cast<std::size_t>(count), Command::kNone) {}
  std::int32_t user() const { return users_[next_]; }
  void use(std::int32_t command) {
    users_[next_] = command;
    next_ = (next_ + 1) % users_.size();
  }

 private:
  std::vector<std::int32_t> users_;
  std::size_t next_ = 0;
};

/// Walks the graph once per token block and emits commands; remembers which command last produced each value.
class Mapper {
 public:
  Mapper(const model::Graph& graph, const AcceleratorConfig& accelerator, const model::Pass& pass,
         const ValueProfile& profile, std::int64_t positions)
      : graph_(graph),
        accelerator_(accelerator),
        pass_(pass),
        profile_(profile),
        memory_(graph, accelerator, profile, positions, pass.batch),
        weight_banks_(accelerator.buffers.weight_banks) {}

  Program run() {
    program_.token_block = token_block_of(graph_, accelerator_, pass_);
    program_.resident_bytes = memory_.resident_bytes();
    program_.dram_weight_bytes = memory_.dram_weight_bytes();
    program_.kv_bytes = memory_.kv_bytes();
    for (std::int64_t token0 = 0; token0 < pass_.tokens; token0 += program_.token_block) {
      token0_ = token0;
      tokens_ = std::min(program_.token_block, pass_.tokens - token0);
      emit_block();
    }
    return std::move(program_);
  }

  Program run_products(std::span<const std::int64_t> tokens) {
    program_.resident_bytes = memory_.resident_bytes();
    program_.dram_weight_bytes = memory_.dram_weight_bytes();
    for (std::size_t i = 0; i < graph_.ops.size(); ++i) {
      const Op& op = graph_.ops[i];
      const std::int64_t block = product_block_of(op, accelerator_, tokens[i]);
      program_.token_block = std::max(program_.token_block, block);
      for (token0_ = 0; token0_ < tokens[i]; token0_ += block) {
        command_tokens_ = std::min(block, tokens[i] - token0_);
        emit_bitlinear(static_cast<std::int32_t>(i), op);
      }
    }
    return std::move(program_);
  }

 private:
  bool last_block() const { return token0_ + tokens_ == pass_.tokens; }

  std::int32_t emit(Command command) {
    constexpr std::size_t kMaxCommands = 8'000'000;
    if (program_.commands.size() >= kMaxCommands)
      throw RequestError(
          fmt::format("{}: a pass of {} tokens takes more than {} commands; raise buffers.weight_bytes, "
                      "buffers.kv_bytes or buffers.accumulator_bytes, or use fewer tokens",
                      accelerator_.where(), pass_.tokens, kMaxCommands));
    if (command.unit == Unit::Dma && !accelerator_.dram.present()) refuse_without_dram(command);
    program_.commands.push_back(command);
    return static_cast<std::int32_t>(program_.commands.size()) - 1;
  }

  [[noreturn]] void refuse_without_dram(const Command& command) const {
    const std::string& name = graph_.ops[static_cast<std::size_t>(command.op)].name;
    if (command.kind == CommandKind::LoadKv || command.kind == CommandKind::StoreKv)
      throw RequestError(
          fmt::format("{}: dram.memory is none, so keys and values need kv_cache.storage sram ({} bytes)",
                      accelerator_.where(), memory_.kv_bytes()));
    throw RequestError(
        fmt::format("{}: dram.memory is none, and {} does not fit resident_weights.bytes {}: all weights take {}",
                    accelerator_.where(), name, accelerator_.resident.bytes,
                    memory_.resident_bytes() + memory_.dram_weight_bytes()));
  }

  std::int32_t producer(Slot slot) const {
    const auto it = producer_.find(slot);
    return it == producer_.end() ? Command::kNone : it->second;
  }

  void emit_block() {
    const auto count = static_cast<std::int32_t>(graph_.ops.size());
    for (std::int32_t i = 0; i < count;) {
      if (graph_.ops[static_cast<std::size_t>(i)].rank < 0) {
        command_tokens_ = tokens_ * pass_.batch;
        emit_op(i++);
        continue;
      }
      // All ranks of one layer: the operators of rank 0 stand for each expert's.
      const std::int32_t begin = i;
      std::int32_t end_of_first = begin;
      while (i < count && graph_.ops[static_cast<std::size_t>(i)].rank >= 0) {
        if (graph_.ops[static_cast<std::size_t>(i)].rank == 0) end_of_first = i + 1;
        ++i;
      }
      emit_experts(begin, end_of_first);
    }
    emit_store();
  }

  void emit_experts(std::int32_t begin, std::int32_t end) {
    const std::int64_t tokens = tokens_ * pass_.batch;
    const std::int64_t reached = experts_reached(graph_.shape, tokens);
    const std::int64_t visits = tokens * graph_.shape.expert_used_count;
    producer_.erase(Slot::Combined);
    for (std::int64_t e = 0; e < reached; ++e) {
      command_tokens_ = visits / reached + (e < visits % reached ? 1 : 0);
      expert_ = static_cast<std::int32_t>(e);
      for (std::int32_t i = begin; i < end; ++i) emit_op(i);
    }
    expert_ = -1;
    command_tokens_ = tokens;
  }

  void emit_op(std::int32_t index) {
    const Op& op = graph_.ops[static_cast<std::size_t>(index)];
    switch (op.kind) {
      case OpKind::Embedding:
        return emit_embedding(index, op);
      case OpKind::BitLinear:
        return emit_bitlinear(index, op);
      case OpKind::Attention:
        return emit_attention(index, op);
      case OpKind::LmHead:
        if (last_block()) emit_head(index, op);  // only the last token's logits are asked for
        return;
      case OpKind::Router:
        return emit_router(index, op);
      case OpKind::RmsNorm:
        if (op.layer < 0 && !last_block()) return;  // output_norm feeds the LM head alone
        return emit_vector(index, op);
      case OpKind::Quantise:
        quantiser_[op.output] = op.quantiser;
        return emit_vector(index, op);
      case OpKind::Rope:
      case OpKind::FfnActivation:
      case OpKind::Residual:
      case OpKind::Combine:
        return emit_vector(index, op);
    }
  }

  Command command_for(Unit unit, CommandKind kind, std::int32_t index) const {
    Command c;
    c.unit = unit;
    c.kind = kind;
    c.op = index;
    c.token0 = token0_;
    c.tokens = command_tokens_;
    c.expert = expert_;
    const Op& op = graph_.ops[static_cast<std::size_t>(index)];
    c.linear = op.kind == OpKind::BitLinear || op.kind == OpKind::Quantise;
    if (op.layer < 0 && op.kind != OpKind::Embedding) {
      c.token0 = pass_.tokens - 1;
      c.tokens = pass_.batch;
    }
    return c;
  }

  void emit_embedding(std::int32_t index, const Op& op) {
    const WeightPlace& place = memory_.weights(index);
    Command c = place.resident ? command_for(Unit::Vector, CommandKind::VectorOp, index)
                               : command_for(Unit::Dma, CommandKind::LoadEmbedding, index);
    c.rows = op.cols;
    c.resident = place.resident;
    if (!place.resident) {
      c.address = place.address;
      c.bytes = c.tokens * model::row_bytes(graph_.shape.embedding_type, op.cols);
    }
    c.wait_for(producer(Slot::Residual));
    producer_[op.output] = emit(c);
  }

  void emit_vector(std::int32_t index, const Op& op) {
    Command c = command_for(Unit::Vector, CommandKind::VectorOp, index);
    c.rows = op.cols;
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
    if (op.kind == OpKind::Combine) {
      c.wait_for(producer(Slot::Routed));
      c.wait_for(producer(Slot::Combined));
    }
    const std::int32_t id = emit(c);
    producer_[op.output] = id;
    if (op.kind == OpKind::Rope) producer_[Slot::Query] = producer_[Slot::Key] = id;
  }

  /// Loads a matrix chunk by chunk, or takes it from the on-chip store, and has `use` called for each chunk with the
  /// load to wait for (or none); it returns the command that uses the chunk.
  template <typename Use>
  void stream_weights(std::int32_t index, const MatrixLayout& matrix, Use use) {
    const WeightPlace& place = memory_.weights(index);
    if (place.resident) {
      for (const WeightChunk& chunk : cut_resident(matrix, accelerator_)) use(chunk, Command::kNone);
      return;
    }
    const auto expert = static_cast<std::uint64_t>(std::max(expert_, 0) * place.bytes);
    for (const WeightChunk& chunk : cut(matrix, accelerator_)) {
      Command load = command_for(Unit::Dma, CommandKind::LoadWeights, index);
      load.row0 = chunk.row0;
      load.rows = chunk.rows;
      load.col0 = chunk.col0;
      load.cols = chunk.cols;
      load.part = chunk.part;
      load.parts = chunk.parts;
      load.address = place.address + expert + static_cast<std::uint64_t>(chunk.offset);
      load.bytes = chunk.bytes;
      load.wait_for(weight_banks_.user());
      if (expert_ >= 0) load.wait_for(producer(Slot::Routed));  // which expert's weights, only the router tells
      weight_banks_.use(use(chunk, emit(load)));
    }
  }

  Command product_for(Unit unit, CommandKind kind, std::int32_t index, const WeightChunk& chunk,
                      std::int32_t load) const {
    Command c = command_for(unit, kind, index);
    c.row0 = chunk.row0;
    c.rows = chunk.rows;
    c.col0 = chunk.col0;
    c.cols = chunk.cols;
    c.part = chunk.part;
    c.parts = chunk.parts;
    c.resident = load == Command::kNone;
    c.wait_for(load);
    c.wait_for(producer(graph_.ops[static_cast<std::size_t>(index)].input));
    return c;
  }

  void emit_bitlinear(std::int32_t index, const Op& op) {
    const MatrixUnitConfig& unit = accelerator_.matrix;
    if (unit.exact() && op.cols > unit.geometry.max_cols())
      throw RequestError(fmt::format(
          "{}: matrix_unit.accumulator_bits {} can overflow on the {} inputs of {}; it is good for {}",
          accelerator_.where(), unit.geometry.accumulator_bits, op.cols, op.name, unit.geometry.max_cols()));
    const model::Quantiser quantiser = quantiser_[op.input];
    const MatrixLayout matrix{op.name,
                              profile_.rows(index, op.rows),
                              op.cols,
                              unit.geometry.rows,
                              unit.geometry.lanes,
                              [&unit](std::int64_t cols) { return unit.packed_bytes(cols); }};
    std::int32_t last = producer(op.input);  // of a matrix without a row that is stored, nothing more is computed
    stream_weights(index, matrix, [&](const WeightChunk& chunk, std::int32_t load) {
      Command c = product_for(Unit::Matrix, CommandKind::MatmulChunk, index, chunk, load);
      c.activation_bits = std::min(bits_of(quantiser), unit.activation_bits);
      c.zero_inputs = profile_.zero_inputs(graph_, index, quantiser);
      const std::int32_t matmul = emit(c);
      if (chunk.part + 1 < chunk.parts) return matmul;
      Command d = command_for(Unit::Vector, CommandKind::Dequantise, index);
      d.row0 = chunk.row0;
      d.rows = chunk.rows;
      d.wait_for(matmul);
      last = emit(d);
      return matmul;
    });
    producer_[op.output] = last;
    emit_store();
  }

  void emit_attention(std::int32_t index, const Op& op) {
    const std::int64_t earlier = pass_.context + token0_;
    const std::int64_t position_bytes = memory_.kv_position_bytes();
    const bool on_chip = accelerator_.kv_cache.on_chip;
    const std::vector<PositionChunk> chunks = on_chip ? on_chip_positions(earlier) : streamed_positions(earlier);
    const auto parts = static_cast<std::int32_t>(chunks.size()) + 1;

    Command own = command_for(Unit::Attention, CommandKind::Attend, index);
    own.rows = op.cols;
    own.parts = parts;
    own.positions = tokens_ * (tokens_ + 1) / 2 * pass_.batch;  // causal: token t of the block sees t + 1 of it
    own.wait_for(producer(Slot::Query));
    own.wait_for(producer(Slot::Key));
    own.wait_for(producer(Slot::Value));
    std::int32_t last = emit(own);

    for (std::size_t i = 0; i < chunks.size(); ++i) {
      const PositionChunk& chunk = chunks[i];
      Command attend = command_for(Unit::Attention, CommandKind::Attend, index);
      attend.rows = op.cols;
      attend.part = static_cast<std::int32_t>(i) + 1;
      attend.parts = parts;
      attend.tokens = tokens_ * chunk.sequences;
      attend.positions = chunk.count * chunk.sequences * tokens_;  // every token of the block sees all of them
      attend.kv_bytes = chunk.count * chunk.sequences * position_bytes;
      attend.wait_for(last);  // the running maxima and sums
      if (!on_chip) attend.wait_for(emit_kv_loads(index, op, chunk));
      last = emit(attend);
      if (!on_chip) kv_banks_.use(last);
    }
    producer_[op.output] = last;
    if (on_chip) return;
    store_ = command_for(Unit::Dma, CommandKind::StoreKv, index);
    store_.rows = 2 * graph_.shape.kv_length();
    store_.tokens = tokens_;
    store_.bytes = position_bytes * tokens_;
    store_position_ = earlier;
    store_.wait_for(producer(Slot::Key));
    store_.wait_for(producer(Slot::Value));
    store_waits_ = true;
  }

  /// Stores the new keys and values of the last attention, sequence by sequence, if that is still to be done.
  void emit_store() {
    if (!store_waits_) return;
    const int layer = graph_.ops[static_cast<std::size_t>(store_.op)].layer;
    for (std::int64_t s = 0; s < pass_.batch; ++s) {
      store_.address = memory_.kv_address(layer, s, store_position_);
      kv_stored_[layer] = emit(store_);
    }
    store_waits_ = false;
  }

  struct PositionChunk {
    std::int64_t sequence0 = 0, sequences = 0;
    std::int64_t position0 = 0, count = 0;
  };

  /// One descriptor a sequence, all into one bank; returns the last, behind which the DMA has done them all.
  std::int32_t emit_kv_loads(std::int32_t index, const Op& op, const PositionChunk& chunk) {
    std::int32_t last = Command::kNone;
    for (std::int64_t s = chunk.sequence0; s < chunk.sequence0 + chunk.sequences; ++s) {
      Command load = command_for(Unit::Dma, CommandKind::LoadKv, index);
      load.tokens = tokens_;
      load.address = memory_.kv_address(op.layer, s, chunk.position0);
      load.bytes = chunk.count * memory_.kv_position_bytes();
      load.wait_for(kv_banks_.user());
      if (const auto stored = kv_stored_.find(op.layer); stored != kv_stored_.end()) load.wait_for(stored->second);
      last = emit(load);
    }
    return last;
  }

  std::vector<PositionChunk> on_chip_positions(std::int64_t earlier) const {
    if (earlier == 0) return {};
    return {{0, pass_.batch, 0, earlier}};
  }

  /// Whole sequences where several fit a bank, else parts of one.
  std::vector<PositionChunk> streamed_positions(std::int64_t earlier) const {
    std::vector<PositionChunk> chunks;
    if (earlier == 0) return chunks;
    const std::int64_t bank = accelerator_.buffers.kv_bytes / kKvBanks;
    const std::int64_t fit = bank / memory_.kv_position_bytes();
    if (fit == 0)
      throw RequestError(
          fmt::format("{}: buffers.kv_bytes {} is too small: keys and values of one position take {} bytes, one of {} "
                      "banks holds {}; at least {} are needed",
                      accelerator_.where(), accelerator_.buffers.kv_bytes, memory_.kv_position_bytes(), kKvBanks, bank,
                      kKvBanks * memory_.kv_position_bytes()));
    if (fit >= earlier) {
      const std::int64_t together = fit / earlier;
      for (std::int64_t s = 0; s < pass_.batch; s += together)
        chunks.push_back({s, std::min(together, pass_.batch - s), 0, earlier});
      return chunks;
    }
    for (std::int64_t s = 0; s < pass_.batch; ++s)
      for (std::int64_t p = 0; p < earlier; p += fit) chunks.push_back({s, 1, p, std::min(fit, earlier - p)});
    return chunks;
  }

  /// Dense weights at `type`, on the LM-head unit.
  template <typename Use>
  void stream_dense(std::int32_t index, const Op& op, model::ElementType type, Use use) {
    const MatrixLayout matrix{op.name, op.rows, op.cols, 1, model::block_elements(type), [type](std::int64_t cols) {
                                return model::row_bytes(type, cols);
                              }};
    stream_weights(index, matrix, [&](const WeightChunk& chunk, std::int32_t load) {
      return use(emit(product_for(Unit::LmHead, CommandKind::HeadChunk, index, chunk, load)));
    });
  }

  void emit_head(std::int32_t index, const Op& op) {
    stream_dense(index, op, graph_.shape.lm_head_type(), [](std::int32_t command) { return command; });
  }

  /// Logits on the LM-head unit, then softmax and choice of the experts on the vector unit.
  void emit_router(std::int32_t index, const Op& op) {
    std::int32_t last = Command::kNone;
    stream_dense(index, op, model::ElementType::F32, [&last](std::int32_t command) { return last = command; });
    Command c = command_for(Unit::Vector, CommandKind::VectorOp, index);
    c.rows = op.rows;
    c.wait_for(last);
    producer_[op.output] = emit(c);
  }

  static constexpr int kKvBanks = 2;

  const model::Graph& graph_;
  const AcceleratorConfig& accelerator_;
  const model::Pass& pass_;
  const ValueProfile& profile_;
  MemoryMap memory_;
  Program program_;
  std::map<Slot, std::int32_t> producer_;
  std::map<Slot, model::Quantiser> quantiser_;  ///< of the values in the slot
  std::map<int, std::int32_t> kv_stored_;       ///< by layer: the last store, if any
  Banks weight_banks_;
  Banks kv_banks_{kKvBanks};
  Command store_;
  std::int64_t store_position_ = 0;
  bool store_waits_ = false;
  std::int64_t token0_ = 0;
  std::int64_t tokens_ = 0;          ///< of one sequence, in this block
  std::int64_t command_tokens_ = 0;  ///< that the next command works on
  std::int32_t expert_ = -1;
};

}  // namespace

Program map_pass(const model::Graph& graph, const AcceleratorConfig& accelerator, const model::Pass& pass,
                 const ValueProfile& profile, std::int64_t positions) {
  // All of the workload at once: nobody wants to learn in the last pass that there is no room for it.
  positions = std::max(positions, pass.context + pass.tokens);
  if (const std::int64_t limit = graph.shape.context_length; positions > limit)
    throw RequestError(
        fmt::format("context {} + {} tokens is longer than the model's context_length {}; {} tokens would fit",
                    pass.context, positions - pass.context, limit, std::max<std::int64_t>(limit - pass.context, 0)));
  return Mapper(graph, accelerator, pass, profile, positions).run();
}

Program map_products(const model::Graph& graph, const AcceleratorConfig& accelerator,
                     std::span<const std::int64_t> tokens, const ValueProfile& profile) {
  const auto is_product = [](const Op& op) { return op.kind == OpKind::BitLinear && op.layer >= 0; };
  if (tokens.size() != graph.ops.size() || !std::ranges::all_of(graph.ops, is_product) ||
      std::ranges::any_of(tokens, [](std::int64_t n) { return n < 1; }))
    throw std::logic_error("a list of products needs BitLinears of a layer and input vectors for each");
  const model::Pass pass;
  return Mapper(graph, accelerator, pass, profile, 0).run_products(tokens);
}

Program map_workload_pass(const model::Graph& graph, const AcceleratorConfig& accelerator, const Workload& workload,
                          const model::Pass& pass, const ValueProfile& profile) {
  if (!workload.op_tokens.empty()) return map_products(graph, accelerator, workload.op_tokens, profile);
  return map_pass(graph, accelerator, pass, profile, workload.positions());
}

}  // namespace ternsim::sim
