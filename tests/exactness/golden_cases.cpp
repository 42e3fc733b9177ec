#include "tests/exactness/golden_cases.h"

#include <algorithm>
#include <bit>
#include <span>
#include <stdexcept>

#include "base/hash.h"
#include "kernels/thread_pool.h"
#include "model/cpu_engine.h"
#include "model/dense.h"
#include "model/quantised_blocks.h"
#include "tests/tiny_model.h"

namespace ternsim::test {

namespace {

constexpr std::int64_t kTokens = 16;

using model::Compatibility;
using model::ElementType;
using model::KvPrecision;

constexpr ElementType kHeads[] = {ElementType::F32, ElementType::BF16, ElementType::Q8_0, ElementType::Q6_K,
                                  ElementType::Q4_0};
constexpr KvPrecision kCaches[] = {KvPrecision::F16, KvPrecision::Int8, KvPrecision::Int4, KvPrecision::Int3};
constexpr Compatibility kModes[] = {Compatibility::BitnetCpp, Compatibility::Transformers};

std::string head_name(ElementType type) { return "Head_" + std::string(name_of(type)); }
std::string cache_name(KvPrecision precision) { return "Cache_" + std::string(name_of(precision)); }
std::string mode_name(Compatibility mode) { return "Mode_" + std::string(name_of(mode)); }

/// The same numbers in another type of element.
model::DenseMatrix converted(const model::DenseMatrix& from, ElementType type) {
  model::DenseMatrix to;
  to.type = type;
  to.rows = from.rows;
  to.cols = from.cols;
  const std::int64_t bytes = model::row_bytes(type, from.cols);
  to.bytes.resize(static_cast<std::size_t>(bytes * from.rows));
  std::vector<float> row(static_cast<std::size_t>(from.cols));
  for (std::int64_t r = 0; r < from.rows; ++r) {
    model::widen_row(from, r, row);
    model::encode_row(type, row, std::span(to.bytes).subspan(r * bytes, bytes));
  }
  return to;
}

}  // namespace

std::vector<std::string> golden_names() {
  std::vector<std::string> names;
  for (const Variant& variant : tiny_variants()) names.push_back(variant.name);
  for (const ElementType type : kHeads) names.push_back(head_name(type));
  for (const KvPrecision precision : kCaches) names.push_back(cache_name(precision));
  for (const Compatibility mode : kModes) names.push_back(mode_name(mode));
  return names;
}

GoldenCase make_golden_case(const std::string& name) {
  GoldenCase golden;
  golden.name = name;
  golden.tokens = random_tokens(77, kTokens);
  for (const Variant& variant : tiny_variants()) {
    if (variant.name != name) continue;
    golden.model = make_random_model(variant.shape, 31, variant.binary);
    return golden;
  }
  golden.model = make_tiny_model(32);
  for (const ElementType type : kHeads) {
    if (head_name(type) != name) continue;
    golden.model.embedding = converted(golden.model.embedding, type);
    golden.model.shape.embedding_type = type;
    return golden;
  }
  for (const KvPrecision precision : kCaches) {
    if (cache_name(precision) != name) continue;
    golden.kv = precision;
    return golden;
  }
  for (const Compatibility mode : kModes) {
    if (mode_name(mode) != name) continue;
    golden.mode = mode;
    return golden;
  }
  throw std::invalid_argument("no golden case " + name);
}

void repack_linears(model::Model& model, kernels::Packing packing) {
  if (packing == kernels::Packing::TwoBit) return;
  const auto repack_one = [packing](model::BitLinearWeights& linear) {
    if (linear.codes.rows() == 0) return;
    linear.repacked = kernels::repack(linear.codes, packing);
    linear.codes.release();
  };
  for (model::BlockWeights& block : model.blocks) {
    for (model::BitLinearWeights* linear : {&block.attn_q, &block.attn_k, &block.attn_v, &block.attn_output,
                                            &block.ffn_gate, &block.ffn_up, &block.ffn_down}) {
      repack_one(*linear);
    }
    for (model::ExpertWeights& expert : block.experts) {
      for (model::BitLinearWeights* linear : {&expert.ffn_gate, &expert.ffn_up, &expert.ffn_down}) repack_one(*linear);
    }
  }
}

std::string logits_hash(const GoldenCase& golden, const GoldenRun& run) {
  static_assert(std::endian::native == std::endian::little, "the hash is of little-endian floats");
  kernels::ThreadPool pool(run.threads);
  model::CpuEngine engine(run.isa, &pool);
  model::InferenceOptions options;
  options.pool = &pool;
  options.kv = golden.kv;
  options.mode = golden.mode;
  options.share_from = 1;  // however little work there is, threads share it
  model::Inference inference(golden.model, engine, options);
  Hash hash;
  std::span<const std::int32_t> left(golden.tokens);
  while (!left.empty()) {
    const std::size_t piece = run.piece == 0 ? left.size() : std::min(left.size(), static_cast<std::size_t>(run.piece));
    hash.update(inference.forward_all(left.first(piece)));
    left = left.subspan(piece);
  }
  return hash.hex();
}

}  // namespace ternsim::test
