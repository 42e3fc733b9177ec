#pragma once

#include <cstdint>
#include <vector>

#include "kernels/packed_ternary.h"
#include "kernels/repacked_ternary.h"
#include "kernels/weight_arena.h"
#include "model/shape.h"
#include "model/vocabulary.h"

namespace ternsim::model {

/// A ternary linear with its one float32 scale: y = (float)acc / s * scale.
struct BitLinearWeights {
  kernels::PackedTernary codes;       ///< (out, in); its storage may be released once `repacked` stands in
  kernels::RepackedTernary repacked;  ///< the same in a packing of the CPU kernels' own, or empty
  float scale = 1.0F;
};

/// A dense matrix in its file's element type, row-major; each row is `row_bytes(type, cols)` bytes.
struct DenseMatrix {
  ElementType type = ElementType::F16;
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  kernels::WeightBytes bytes;
  bool lane_order = false;  ///< each row's bytes are as prepare_head (quantised_head.h) leaves them, not as in files
};

/// One feed-forward network of a mixture of experts.
struct ExpertWeights {
  std::vector<float> ffn_sub_norm;  ///< (feed_forward), or empty without sub-norms
  BitLinearWeights ffn_gate, ffn_up, ffn_down;
};

struct BlockWeights {
  std::vector<float> attn_norm;      ///< (embedding)
  std::vector<float> attn_sub_norm;  ///< (q_length), or empty without sub-norms
  std::vector<float> ffn_norm;       ///< (embedding)
  std::vector<float> ffn_sub_norm;   ///< (feed_forward), or empty without sub-norms
  BitLinearWeights attn_q, attn_k, attn_v, attn_output;
  BitLinearWeights ffn_gate, ffn_up, ffn_down;  ///< empty where there are experts
  DenseMatrix ffn_router;                       ///< (experts, embedding), F32; empty without experts
  std::vector<ExpertWeights> experts;
};

/// A whole model as read from a file.
struct Model {
  ModelShape shape;
  DenseMatrix embedding;           ///< (vocab, embedding)
  DenseMatrix output;              ///< LM head (vocab, embedding); empty where the embedding serves (tied)
  std::vector<float> output_norm;  ///< (embedding)
  std::vector<BlockWeights> blocks;
  Vocabulary vocabulary;
};

}  // namespace ternsim::model
