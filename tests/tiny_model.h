#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "model/half.h"
#include "model/weights.h"

namespace ternsim::test {

/// hidden 256, 2 layers, 4 query heads on 2 key/value heads of 64, FFN 256, vocabulary 300, context 64.
inline model::ModelShape tiny_shape() {
  model::ModelShape shape;
  shape.architecture = "bitnet-b1.58";
  shape.name = "tiny random";
  shape.vocab_size = 300;
  shape.context_length = 64;
  shape.embedding_length = 256;
  shape.block_count = 2;
  shape.feed_forward_length = 256;
  shape.head_count = 4;
  shape.head_count_kv = 2;
  shape.head_dim = 64;
  shape.norm_epsilon = 1e-5F;
  shape.rope_theta = 10000.0;
  shape.ffn_activation = model::FfnActivation::SquaredRelu;
  shape.embedding_type = model::ElementType::F16;
  return shape;
}

/// About 40 % zeros, or none if `binary`; the scale keeps outputs near unit size.
inline model::BitLinearWeights random_linear(Random& random, std::int64_t rows, std::int64_t cols,
                                             bool binary = false) {
  model::BitLinearWeights linear{kernels::PackedTernary(rows, cols), {}, 0.0F};
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t k = 0; k < cols; ++k) {
      const std::uint64_t draw = random.below(10);
      const int ternary = draw < 4 ? 0 : (draw < 7 ? 1 : -1);
      linear.codes.set_weight(r, k, binary ? (draw < 5 ? 1 : -1) : ternary);
    }
  }
  const double nonzero = binary ? 1.0 : 0.6;
  linear.scale = static_cast<float>((0.9 + 0.2 * random.uniform()) / std::sqrt(nonzero * static_cast<double>(cols)));
  return linear;
}

inline std::vector<float> random_gain(Random& random, std::int64_t width) {
  std::vector<float> gain(static_cast<std::size_t>(width));
  for (float& g : gain) g = static_cast<float>(0.75 + 0.5 * random.uniform());
  return gain;
}

/// The 256 bytes in GPT-2's byte-to-unicode spelling (bytes that print stand for themselves, the others for U+0100 on
/// in order), then control tokens.
inline model::Vocabulary byte_vocabulary(std::int64_t size) {
  model::Vocabulary vocabulary;
  char32_t next = 256;
  for (char32_t byte = 0; byte < 256; ++byte) {
    const bool prints = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    const char32_t point = prints ? byte : next++;
    std::string spelling;
    if (point < 0x80) {
      spelling += static_cast<char>(point);
    } else {
      spelling += static_cast<char>(0xc0 | (point >> 6));
      spelling += static_cast<char>(0x80 | (point & 0x3f));
    }
    vocabulary.tokens.push_back(spelling);
    vocabulary.types.push_back(1);
  }
  while (static_cast<std::int64_t>(vocabulary.tokens.size()) < size) {
    vocabulary.tokens.push_back("<|control_" + std::to_string(vocabulary.tokens.size()) + "|>");
    vocabulary.types.push_back(3);
  }
  vocabulary.bos = static_cast<std::int32_t>(size - 2);
  vocabulary.eos = static_cast<std::int32_t>(size - 1);
  return vocabulary;
}

/// Uniform in -0.5 ... 0.5, as float16.
inline model::DenseMatrix random_halves(Random& random, std::int64_t rows, std::int64_t cols) {
  model::DenseMatrix matrix;
  matrix.type = model::ElementType::F16;
  matrix.rows = rows;
  matrix.cols = cols;
  for (std::int64_t i = 0; i < rows * cols; ++i) {
    const std::uint16_t half = model::f32_to_f16(static_cast<float>(random.uniform() - 0.5));
    matrix.bytes.push_back(static_cast<std::uint8_t>(half & 0xff));
    matrix.bytes.push_back(static_cast<std::uint8_t>(half >> 8));
  }
  return matrix;
}

/// Uniform in -0.5 ... 0.5, float32.
inline model::DenseMatrix random_floats(Random& random, std::int64_t rows, std::int64_t cols) {
  model::DenseMatrix matrix;
  matrix.type = model::ElementType::F32;
  matrix.rows = rows;
  matrix.cols = cols;
  for (std::int64_t i = 0; i < rows * cols; ++i) {
    const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(random.uniform() - 0.5));
    for (int shift = 0; shift < 32; shift += 8) matrix.bytes.push_back(static_cast<std::uint8_t>(bits >> shift));
  }
  return matrix;
}

/// A model with random weights of that shape; equal seeds give equal models on every machine. F16 embedding and head.
inline model::Model make_random_model(const model::ModelShape& shape, std::uint64_t seed, bool binary = false) {
  Random random(seed);
  model::Model model;
  model.shape = shape;
  const std::int64_t width = shape.embedding_length;
  const std::int64_t ffn = shape.feed_forward_length;
  const auto sub_norm = [&](std::int64_t n) { return shape.sub_norms ? random_gain(random, n) : std::vector<float>(); };
  const auto linear = [&](std::int64_t rows, std::int64_t cols) { return random_linear(random, rows, cols, binary); };
  model.embedding = random_halves(random, shape.vocab_size, width);
  model.output_norm = random_gain(random, width);
  for (std::int64_t l = 0; l < shape.block_count; ++l) {
    model::BlockWeights block;
    block.attn_norm = random_gain(random, width);
    block.attn_sub_norm = sub_norm(shape.q_length());
    block.ffn_norm = random_gain(random, width);
    if (shape.expert_count == 0) block.ffn_sub_norm = sub_norm(ffn);
    block.attn_q = linear(shape.q_length(), width);
    block.attn_k = linear(shape.kv_length(), width);
    block.attn_v = linear(shape.kv_length(), width);
    block.attn_output = linear(width, shape.q_length());
    if (shape.expert_count == 0) {
      block.ffn_gate = linear(ffn, width);
      block.ffn_up = linear(ffn, width);
      block.ffn_down = linear(width, ffn);
    } else {
      block.ffn_router = random_floats(random, shape.expert_count, width);
    }
    for (std::int64_t e = 0; e < shape.expert_count; ++e) {
      model::ExpertWeights expert;
      expert.ffn_sub_norm = sub_norm(ffn);
      expert.ffn_gate = linear(ffn, width);
      expert.ffn_up = linear(ffn, width);
      expert.ffn_down = linear(width, ffn);
      block.experts.push_back(std::move(expert));
    }
    model.blocks.push_back(std::move(block));
  }
  if (!shape.tied_embedding) model.output = random_halves(random, shape.vocab_size, width);
  model.vocabulary = byte_vocabulary(shape.vocab_size);
  return model;
}

/// A tiny shape of one published kind of BitNet, or with one option turned.
struct Variant {
  std::string name;  ///< letters and digits
  model::ModelShape shape;
  bool binary = false;
};

/// Every architecture and activation scheme; the first is tiny_shape() itself.
inline std::vector<Variant> tiny_variants() {
  std::vector<Variant> variants;
  const auto add = [&](const char* name, auto change, bool binary = false) {
    Variant variant{name, tiny_shape(), binary};
    variant.shape.name = name;
    change(variant.shape);
    variants.push_back(variant);
  };
  using model::ModelShape;
  const auto swiglu = [](ModelShape& s) { s.ffn_activation = model::FfnActivation::SwiGlu; };
  const auto llama = [&](ModelShape& s) {
    swiglu(s);
    s.architecture = "llama";
    s.sub_norms = false;
    s.tied_embedding = false;
    s.rope_pairing = model::RopePairing::Neighbours;
  };
  add("B158", [](ModelShape&) {});
  add("B158SwiGluAllHeads", [&](ModelShape& s) {  // the 700M ... 3B family: arch `bitnet`
    swiglu(s);
    s.architecture = "bitnet";
    s.head_count_kv = s.head_count;
    s.feed_forward_length = 300;
  });
  add("OwnHead", [](ModelShape& s) { s.tied_embedding = false; });
  add("NoSubNorms", [](ModelShape& s) { s.sub_norms = false; });
  add("Llama", llama);
  add("LlamaScaledRope", [&](ModelShape& s) {
    llama(s);
    s.rope_scale = 4.0;
    for (std::int64_t i = 0; i < s.head_dim / 2; ++i) s.rope_factors.push_back(1.0F + static_cast<float>(i) * 0.25F);
  });
  add(
      "V1Binary", [](ModelShape& s) { s.norm_kind = model::NormKind::Layer; }, true);
  add("A48", [](ModelShape& s) { s.activation_scheme = model::ActivationScheme::A48; });
  add("V2Hadamard", [](ModelShape& s) {
    s.activation_scheme = model::ActivationScheme::HadamardInt4;
    s.feed_forward_length = 320;  // Hadamard blocks of 64
  });
  add("Experts", [](ModelShape& s) {
    s.expert_count = 4;
    s.expert_used_count = 2;
    s.feed_forward_length = 160;
  });
  add("ExpertsA48SwiGlu", [&](ModelShape& s) {
    swiglu(s);
    s.expert_count = 5;
    s.expert_used_count = 3;
    s.sub_norms = false;
    s.activation_scheme = model::ActivationScheme::A48;
  });
  return variants;
}

inline model::Model make_tiny_model(std::uint64_t seed) { return make_random_model(tiny_shape(), seed); }

/// `count` ids below `vocab`, the same for the same seed.
inline std::vector<std::int32_t> random_tokens(std::uint64_t seed, std::int64_t count, std::int64_t vocab = 300) {
  Random random(seed);
  std::vector<std::int32_t> tokens;
  for (std::int64_t i = 0; i < count; ++i) {
    tokens.push_back(static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(vocab))));
  }
  return tokens;
}

}  // namespace ternsim::test
