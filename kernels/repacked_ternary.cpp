#include "kernels/repacked_ternary.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "kernels/base3_packing.h"
#include "kernels/packing_body.h"
#include "kernels/pair_lookup_packing.h"
#include "kernels/ternary_gemm.h"
#include "kernels/triple_lookup_packing.h"

namespace ternsim::kernels {

namespace {

/// By Packing; TwoBit is PackedTernary itself and has none.
constexpr const PackingBody* kBodies[] = {nullptr, &kTwoBitColumns, &kBase3, &kPairLookup, &kTripleLookup};

const PackingBody& body_of(Packing packing) {
  const auto index = static_cast<std::size_t>(packing);
  if (index >= std::size(kBodies) || kBodies[index] == nullptr) {
    throw std::invalid_argument("repacked ternary matrix: no kernels for the packing " + std::string(name_of(packing)));
  }
  return *kBodies[index];
}

}  // namespace

std::string_view name_of(Packing packing) {
  switch (packing) {
    case Packing::TwoBit:
      return "two-bit";
    case Packing::TwoBitColumns:
      return "columns";
    case Packing::Base3:
      return "base3";
    case Packing::PairLookup:
      return "pair";
    case Packing::TripleLookup:
      return "triple";
  }
  return "unknown";
}

RepackedTernary repack(const PackedTernary& weights, Packing packing, WeightArena* arena) {
  const PackingBody& body = body_of(packing);
  if (weights.released()) throw std::invalid_argument("repack: the matrix has released its storage");
  if (weights.cols() > kMaxCols) {
    throw std::invalid_argument("repack: " + std::to_string(weights.cols()) + " columns; at most " +
                                std::to_string(kMaxCols));
  }
  if (weights.rows() == 0 || weights.cols() == 0) {
    return {packing, weights.rows(), weights.cols(), allocate_aligned(0), 0};
  }
  return body.repack(weights, arena);
}

PackedTernary unpack(const RepackedTernary& weights) {
  const PackingBody& body = body_of(weights.packing());
  PackedTernary out(weights.rows(), weights.cols());
  if (weights.rows() > 0 && weights.cols() > 0) {
    body.two_bit_rows(weights, 0, weights.rows(), out.mutable_row(0).data());
  }
  return out;
}

void ternary_gemm(const RepackedTernary& weights, std::span<const std::int8_t> activations, std::int64_t tokens,
                  std::span<std::int32_t> sums, Isa isa, ThreadPool* pool) {
  const PackingBody& body = body_of(weights.packing());
  check_product(weights.rows(), weights.cols(), activations.size(), tokens, sums.size(), isa);
  if (sums.empty()) return;
  if (weights.cols() == 0) {
    std::ranges::fill(sums, 0);
    return;
  }
  body.multiply(weights, activations, tokens, sums, isa, pool);
}

std::uint64_t bytes_read(const RepackedTernary& weights, std::span<const std::int8_t> activations) {
  if (weights.rows() == 0 || weights.cols() == 0) return 0;
  return body_of(weights.packing()).bytes_read(weights, activations);
}

}  // namespace ternsim::kernels
