#include "sim/program/token_blocks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace ternsim::sim {

namespace {

constexpr std::int64_t kFloatBytes = 4;

void check(const AcceleratorConfig& accelerator, const char* key, std::int64_t bytes, std::int64_t needed,
           std::int64_t tokens, std::int64_t batch) {
  if (needed <= bytes) return;
  const std::string one = batch == 1 ? "one token" : fmt::format("one token of {} sequences", batch);
  if (tokens == 1)
    throw RequestError(
        fmt::format("{}: buffers.{} {} is too small: {} takes {}", accelerator.where(), key, bytes, one, needed));
  throw RequestError(fmt::format("{}: mapping.token_block {} does not fit buffers.{} {}: {} takes {}, {} would fit",
                                 accelerator.where(), accelerator.mapping.token_block, key, bytes, one, needed / tokens,
                                 bytes / (needed / tokens)));
}

/// `float_bytes`, `input_bytes`: what one token of all sequences takes of the accumulator and the activation SRAM.
std::int64_t block_of(const AcceleratorConfig& accelerator, std::int64_t float_bytes, std::int64_t input_bytes,
                      std::int64_t tokens, std::int64_t batch) {
  const BufferConfig& b = accelerator.buffers;
  const std::int64_t given = std::min(accelerator.mapping.token_block, tokens);
  const std::int64_t least = std::max<std::int64_t>(given, 1);
  check(accelerator, "accumulator_bytes", b.accumulator_bytes, float_bytes * least, least, batch);
  check(accelerator, "activation_bytes", b.activation_bytes, input_bytes * least, least, batch);
  if (given > 0) return given;
  const std::int64_t fit = std::min({b.accumulator_bytes / float_bytes, b.activation_bytes / input_bytes, tokens});
  // The fewest blocks, since each reads the weights again; then blocks of one size, in whole groups of slots if that
  // fits.
  const std::int64_t blocks = (tokens + fit - 1) / fit;
  std::int64_t block = (tokens + blocks - 1) / blocks;
  const std::int64_t slots = accelerator.matrix.geometry.slots;
  const std::int64_t grouped = (block + slots - 1) / slots * slots;
  if (grouped <= fit) block = grouped;
  return block;
}

}  // namespace

std::int64_t token_block_of(const model::Graph& graph, const AcceleratorConfig& accelerator, const model::Pass& pass) {
  const model::ModelShape& s = graph.shape;
  const std::int64_t attention_values = s.q_length() + 2 * s.kv_length();
  const std::int64_t ffn_values = 3 * s.feed_forward_length;
  // Beside the residual (and the experts' sum): q, k, v; or gate, up, hidden; or a norm's or projection's own width.
  const std::int64_t kept = (s.expert_count > 0 ? 2 : 1) * s.embedding_length;
  const std::int64_t float_bytes =
      kFloatBytes * (kept + std::max({attention_values, ffn_values, s.embedding_length})) * pass.batch;
  const std::int64_t widest = std::max({s.embedding_length, s.q_length(), s.feed_forward_length});
  const std::int64_t input_bytes = widest * accelerator.matrix.activation_bits / 8 * pass.batch;
  return block_of(accelerator, float_bytes, input_bytes, pass.tokens, pass.batch);
}

std::int64_t product_block_of(const model::Op& op, const AcceleratorConfig& accelerator, std::int64_t tokens) {
  return block_of(accelerator, kFloatBytes * op.rows, (op.cols * accelerator.matrix.activation_bits + 7) / 8, tokens,
                  1);
}

std::int64_t experts_reached(const model::ModelShape& shape, std::int64_t tokens) {
  const auto experts = static_cast<double>(shape.expert_count);
  const double missed = 1 - static_cast<double>(shape.expert_used_count) / experts;
  const double reached = experts * (1 - std::pow(missed, static_cast<double>(tokens)));
  return std::clamp<std::int64_t>(std::llround(reached), shape.expert_used_count, shape.expert_count);
}

}  // namespace ternsim::sim
