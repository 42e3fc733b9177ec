#pragma once

#include "model/float_bodies_attention.h"
#include "model/float_bodies_head.h"
#include "model/float_bodies_rows.h"

namespace ternsim::model {

namespace {

constexpr FloatBodies kBodies = {
    tree_sum,    tree_dot, all_finite, largest_magnitude, scale_by_gain, quantise, dequantise,    squared_relu_gate,
    swiglu_gate, add,      exp,        widen_f16,         widen_bf16,    scores,   softmax_terms, mix,
    rows_f32,    rows_f16, rows_bf16,  head_q8_0,         head_q6_k,     head_q4_0};

}  // namespace

}  // namespace ternsim::model
