#include "sim/program/memory_map.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace ternsim::sim {

using model::OpKind;

namespace {

constexpr std::uint64_t kAlignment = 4096;

std::uint64_t aligned(std::uint64_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

/// Routers are small and always float32 (GGUF's ffn_gate_inp).
std::int64_t weight_bytes(const model::Graph& graph, std::int32_t index, const AcceleratorConfig& accelerator,
                          const ValueProfile& profile) {
  const model::Op& op = graph.ops[static_cast<std::size_t>(index)];
  switch (op.kind) {
    case OpKind::BitLinear:
      return profile.rows(index, op.rows) * accelerator.matrix.packed_bytes(op.cols);
    case OpKind::Router:
      return op.rows * model::row_bytes(model::ElementType::F32, op.cols);
    case OpKind::LmHead:
      return op.rows * model::row_bytes(graph.shape.lm_head_type(), op.cols);
    case OpKind::Embedding:
      return op.rows * model::row_bytes(graph.shape.embedding_type, op.cols);
    default:
      return 0;
  }
}

}  // namespace

std::int64_t kv_position_bytes(const model::ModelShape& shape, const KvCacheConfig& cache) {
  const std::int64_t values = 2 * shape.kv_length();
  const std::int64_t scales = cache.bits < 16 ? 2 * shape.head_count_kv * 2 : 0;
  return (values * cache.bits + 7) / 8 + scales;
}

MemoryMap::MemoryMap(const model::Graph& graph, const AcceleratorConfig& accelerator, const ValueProfile& profile,
                     std::int64_t positions, std::int64_t batch)
    : places_(graph.ops.size()),
      kv_position_bytes_(sim::kv_position_bytes(graph.shape, accelerator.kv_cache)),
      positions_(positions),
      batch_(batch) {
  const auto count = static_cast<std::int32_t>(graph.ops.size());
  const model::Op* embedding = nullptr;
  for (std::int32_t i = 0; i < count; ++i) {
    const model::Op& op = graph.ops[static_cast<std::size_t>(i)];
    if (op.kind == OpKind::Embedding) embedding = &op;
    if (op.rank > 0) continue;
    WeightPlace& place = places_[static_cast<std::size_t>(i)];
    place.bytes = weight_bytes(graph, i, accelerator, profile);
    if (op.rank == 0) place.copies = graph.shape.expert_count;
  }
  // A tied embedding is the head's.
  const bool tied = graph.shape.tied_embedding && embedding != nullptr;
  const auto make_resident = [&](OpKind kind) {
    for (std::int32_t i = 0; i < count; ++i) {
      WeightPlace& place = places_[static_cast<std::size_t>(i)];
      if (graph.ops[static_cast<std::size_t>(i)].kind != kind || place.bytes == 0) continue;
      const std::int64_t bytes = place.bytes * place.copies;
      if (resident_bytes_ + bytes > accelerator.resident.bytes) continue;
      resident_bytes_ += bytes;
      place.resident = true;
    }
  };
  for (const OpKind kind : {OpKind::BitLinear, OpKind::Router, OpKind::LmHead}) make_resident(kind);
  if (!tied) make_resident(OpKind::Embedding);

  std::uint64_t next = 0;
  const auto place_in_dram = [&](WeightPlace& place) {
    if (place.resident || place.bytes == 0) return;
    place.address = next;
    next = aligned(next + static_cast<std::uint64_t>(place.bytes * place.copies));
    dram_weight_bytes_ += place.bytes * place.copies;
  };
  WeightPlace* head = nullptr;
  WeightPlace* rows = nullptr;
  for (std::int32_t i = 0; i < count; ++i) {
    WeightPlace& place = places_[static_cast<std::size_t>(i)];
    const OpKind kind = graph.ops[static_cast<std::size_t>(i)].kind;
    if (kind == OpKind::Embedding) rows = &place;
    if (kind == OpKind::LmHead) head = &place;
    if (!(tied && kind == OpKind::Embedding)) place_in_dram(place);
  }
  if (tied && rows != nullptr && head != nullptr) *rows = *head;

  kv_base_ = next;
  kv_bytes_ = kv_position_bytes_ * positions * batch * graph.shape.block_count;
  const KvCacheConfig& cache = accelerator.kv_cache;
  if (cache.on_chip && kv_bytes_ > cache.sram_bytes) {
    const std::int64_t per_position = kv_position_bytes_ * graph.shape.block_count;
    throw RequestError(
        fmt::format("{}: kv_cache.sram_bytes {} is too small: {} positions of {} sequences take {} bytes; {} positions "
                    "in all would fit",
                    accelerator.where(), cache.sram_bytes, positions, batch, kv_bytes_,
                    per_position == 0 ? 0 : cache.sram_bytes / per_position));
  }
}

std::uint64_t MemoryMap::kv_address(std::int64_t layer, std::int64_t sequence, std::int64_t position) const {
  return kv_base_ +
         static_cast<std::uint64_t>(((layer * batch_ + sequence) * positions_ + position) * kv_position_bytes_);
}

}  // namespace ternsim::sim
