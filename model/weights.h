#pragma once

#include <cstdint>
#include <vector>

#include "kernels/packed_ternary.h"
#include "model/shape.h"
#include "model/vocabulary.h"

namespace ternsim::model {

/// A ternary linear with its one float32 scale: y = (float)acc / s * scale.
struct BitLinearWeights {
  kernels::PackedTernary codes;  ///< (out, in)
  float scale = 1.0F;
};

/// A dense matrix in its file's element type, row-major.
struct DenseMatrix {
  ElementType type = ElementType::F16;
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::vector<std::uint8_t> bytes;
};

struct BlockWeights {
  std::vector<float> attn_norm;      ///< (embedding)
  std::vector<float> attn_sub_norm;  ///< (q_length)
  std::vector<float> ffn_norm;       ///< (embedding)
  std::vector<float> ffn_sub_norm;   ///< (feed_forward)
  BitLinearWeights attn_q, attn_k, attn_v, attn_output, ffn_gate, ffn_up, ffn_down;
};

/// A whole model as read from a file. The LM head is the embedding (tied).
struct Model {
  ModelShape shape;
  DenseMatrix embedding;           ///< (vocab, embedding)
  std::vector<float> output_norm;  ///< (embedding)
  std::vector<BlockWeights> blocks;
  Vocabulary vocabulary;
};

}  // namespace ternsim::model
