#pragma once

#include <cstdint>

#include "energy/technology.h"
#include "model/graph.h"
#include "model/shape.h"

namespace ternsim::energy {

/// The operation-level energy that the BitNet papers print: multiplications and additions of the linear layers and of
/// the two attention products, nothing else. No SRAM, DRAM, KV cache, norms, softmax, embedding or LM head.
///
/// It is the energy of one whole pass over n tokens (n = 512 in the papers), NOT of one token, and attention is counted
/// over the full n x n square, not causally. It is here to reproduce the published figures; the energy of a machine
/// comes from `EnergyModel`.

/// What the formulas need of a decoder.
struct ArithmeticWork {
  double linear_weights = 0;   ///< P_lin: weights of all linears, which is their multiply-accumulates per token
  double linear_ends = 0;      ///< sum over all linears of inputs + outputs
  double linear_outputs = 0;   ///< sum over all linears of outputs
  double attention_width = 0;  ///< 2 * layers * heads * head_dim; times n^2 it is the attention's multiply-accumulates
};
/// Of a gated decoder with grouped-query attention (q, k, v, o, gate, up, down per layer). Throws RequestError on a
/// dimension that is not positive.
ArithmeticWork arithmetic_work(const model::ModelShape& shape);
/// The same from the graph's BitLinear operators.
ArithmeticWork arithmetic_work(const model::Graph& graph);
/// Of the GPT blocks of BitNet v1 (arXiv 2310.11453): multi-head attention, ungated FFN of 4 * hidden.
ArithmeticWork arithmetic_work_gpt(std::int64_t hidden, std::int64_t layers);

/// Joules of one pass, in the two columns of BitNet v1's Table 1.
struct ArithmeticEnergy {
  double multiplications = 0;
  double additions = 0;
  double total() const { return multiplications + additions; }
};

enum class FloatFormat { Fp16, Fp32 };
/// How many additions a dot product of `in` terms takes. The 2B4T report counts one per multiplication; v1's Table 1
/// counts in - 1.
enum class AddsPerDot { In, InMinusOne };

/// (P_lin * n + 2 L n^2 heads head_dim) multiplications and as many additions, in floating point.
ArithmeticEnergy floating_pass(const ArithmeticWork& work, const Technology& technology, std::int64_t tokens,
                               FloatFormat format, AddsPerDot adds = AddsPerDot::In);
/// P_lin * n int8 additions, attention in FP16 as above, and per linear (n * in + n * out) FP16 multiplications for
/// quantising its inputs and scaling its outputs.
ArithmeticEnergy bitnet_pass(const ArithmeticWork& work, const Technology& technology, std::int64_t tokens);
/// The two attention products of either pass, in FP16. In 2B4T's 0.028 J they are 72 %.
ArithmeticEnergy attention_pass(const ArithmeticWork& work, const Technology& technology, std::int64_t tokens);

/// (FP16 add + FP16 mul) / INT8 add: 71.4 at 7 nm (arXiv 2402.17764, Fig. 3). Arithmetic only, one operation of each.
double published_ratio(const Technology& technology);

}  // namespace ternsim::energy
