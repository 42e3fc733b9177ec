#pragma once

#include <cmath>
#include <cstdint>
#include <string>
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

/// About 40 % zeros; the scale keeps outputs near unit size.
inline model::BitLinearWeights random_linear(Random& random, std::int64_t rows, std::int64_t cols) {
  model::BitLinearWeights linear{kernels::PackedTernary(rows, cols), 0.0F};
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t k = 0; k < cols; ++k) {
      const std::uint64_t draw = random.below(10);
      linear.codes.set_weight(r, k, draw < 4 ? 0 : (draw < 7 ? 1 : -1));
    }
  }
  linear.scale = static_cast<float>((0.9 + 0.2 * random.uniform()) / std::sqrt(0.6 * static_cast<double>(cols)));
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

/// A model with random weights of that shape; equal seeds give equal models on every machine. F16 embedding.
inline model::Model make_random_model(const model::ModelShape& shape, std::uint64_t seed) {
  Random random(seed);
  model::Model model;
  model.shape = shape;
  const std::int64_t width = shape.embedding_length;
  const std::int64_t ffn = shape.feed_forward_length;
  model.embedding.type = model::ElementType::F16;
  model.embedding.rows = shape.vocab_size;
  model.embedding.cols = width;
  for (std::int64_t i = 0; i < shape.vocab_size * width; ++i) {
    const std::uint16_t half = model::f32_to_f16(static_cast<float>(random.uniform() - 0.5));
    model.embedding.bytes.push_back(static_cast<std::uint8_t>(half & 0xff));
    model.embedding.bytes.push_back(static_cast<std::uint8_t>(half >> 8));
  }
  model.output_norm = random_gain(random, width);
  for (std::int64_t l = 0; l < shape.block_count; ++l) {
    model::BlockWeights block;
    block.attn_norm = random_gain(random, width);
    block.attn_sub_norm = random_gain(random, shape.q_length());
    block.ffn_norm = random_gain(random, width);
    block.ffn_sub_norm = random_gain(random, ffn);
    block.attn_q = random_linear(random, shape.q_length(), width);
    block.attn_k = random_linear(random, shape.kv_length(), width);
    block.attn_v = random_linear(random, shape.kv_length(), width);
    block.attn_output = random_linear(random, width, shape.q_length());
    block.ffn_gate = random_linear(random, ffn, width);
    block.ffn_up = random_linear(random, ffn, width);
    block.ffn_down = random_linear(random, width, ffn);
    model.blocks.push_back(std::move(block));
  }
  model.vocabulary = byte_vocabulary(shape.vocab_size);
  return model;
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
