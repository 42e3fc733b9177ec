#pragma once

#include <cstdint>
#include <span>

namespace ternsim::model {

// The float32 operations of the reference, one row (token) at a time. Each arithmetic operation is rounded on its own,
// and every sum has one order, `tree`: 16 partial sums p_j = ((0 + v_j) + v_{j+16}) + ... , then p_j += p_{j+h} for
// h = 8, 4, 2, 1. Spans of one call have equal lengths. Each operation has bodies for several instruction sets
// (float_bodies.h), which give the same bits; kernels::best_isa() says which runs.

float tree_sum(std::span<const float> v);
/// tree over a_i * b_i, each product rounded first.
float tree_dot(std::span<const float> a, std::span<const float> b);

bool all_finite(std::span<const float> v);

/// y_i = (x_i * r) * gain_i with r = 1 / sqrt(tree(x * x) / n + epsilon). Returns false, and leaves y unspecified, when
/// the sum of squares is infinite or NaN.
bool rms_norm(std::span<const float> x, std::span<const float> gain, float epsilon, std::span<float> y);

/// Absmax int8: s = 127 / max(max |x|, 1e-5), q_i = clamp(round_half_even(x_i * s), -128, 127); returns s. x is finite.
float quantise_absmax(std::span<const float> x, std::span<std::int8_t> q);

/// y_i = ((float)sums_i / s) * scale; returns whether all are finite.
bool dequantise(std::span<const std::int32_t> sums, float s, float scale, std::span<float> y);

/// h = (relu(g) * relu(g)) * u; a NaN in g stays one.
void squared_relu_gate(std::span<const float> g, std::span<const float> u, std::span<float> h);
/// h = (g / (1 + exp(-g))) * u.
void swiglu_gate(std::span<const float> g, std::span<const float> u, std::span<float> h);

/// x_i = x_i + delta_i.
void add_residual(std::span<const float> delta, std::span<float> x);

}  // namespace ternsim::model
