// The whole forward pass against a second one, written from the papers' formulas in double with Eigen: whole matrices,
// the C library's functions, no code of the reference but the model's data. Only the int8 activations are taken over
// from the reference, each after a check that it is a nearest integer of the oracle's own value up to rounding noise: a
// value at a boundary may fall either way, and one that fell differently would hide everything behind it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <Eigen/Core>
#include <cmath>
#include <map>
#include <ostream>
#include <string>

#include "model/cpu_engine.h"
#include "model/inference.h"
#include "tests/tiny_model.h"

namespace ternsim::model {
namespace {

using Matrix = Eigen::MatrixXd;  // (tokens, width) or (out, in)

Matrix dense(const DenseMatrix& m) {
  Matrix out(m.rows, m.cols);
  for (std::int64_t r = 0; r < m.rows; ++r) {
    for (std::int64_t k = 0; k < m.cols; ++k) {
      const std::size_t at = static_cast<std::size_t>(2 * (r * m.cols + k));
      const auto bits = static_cast<std::uint16_t>(m.bytes[at] | (m.bytes[at + 1] << 8));
      out(r, k) = static_cast<double>(static_cast<float>(Eigen::numext::bit_cast<Eigen::half>(bits)));
    }
  }
  return out;
}

Matrix norm(const Matrix& x, const std::vector<float>& gain, double epsilon) {
  const Eigen::VectorXd g =
      Eigen::Map<const Eigen::VectorXf>(gain.data(), static_cast<Eigen::Index>(gain.size())).cast<double>();
  const Eigen::VectorXd r = (x.array().square().rowwise().mean() + epsilon).rsqrt();
  return r.asDiagonal() * x * g.asDiagonal();
}

/// The int8 activations of every BitLinear by name, as the reference has them.
struct Recorder : MatmulObserver {
  void on_matmul(const Matmul& matmul, std::span<std::int32_t> /*sums*/) override {
    Matrix q(matmul.tokens, matmul.weights.cols());
    for (std::int64_t t = 0; t < q.rows(); ++t) {
      for (std::int64_t k = 0; k < q.cols(); ++k) q(t, k) = matmul.activations[t * q.cols() + k];
    }
    activations[std::string(matmul.name)] = q;
  }
  std::map<std::string, Matrix> activations;
};

Matrix bit_linear(const Matrix& x, const BitLinearWeights& w, const Matrix& q) {
  Matrix codes(w.codes.rows(), w.codes.cols());
  for (std::int64_t r = 0; r < codes.rows(); ++r) {
    for (std::int64_t k = 0; k < codes.cols(); ++k) codes(r, k) = w.codes.weight(r, k);
  }
  const Eigen::VectorXd s = 127.0 / x.array().abs().rowwise().maxCoeff().max(1e-5);
  EXPECT_LT((s.asDiagonal() * x - q).cwiseAbs().maxCoeff(), 0.5 + 1e-3);
  return s.cwiseInverse().asDiagonal() * q * codes.transpose() * static_cast<double>(w.scale);
}

Matrix rope(const Matrix& x, std::int64_t d, double theta) {
  Matrix y = x;
  for (std::int64_t t = 0; t < x.rows(); ++t) {
    for (std::int64_t head = 0; head < x.cols(); head += d) {
      for (std::int64_t i = 0; i < d / 2; ++i) {
        const double angle =
            static_cast<double>(t) * std::pow(theta, -2.0 * static_cast<double>(i) / static_cast<double>(d));
        const double a = x(t, head + i);
        const double b = x(t, head + d / 2 + i);
        y(t, head + i) = a * std::cos(angle) - b * std::sin(angle);
        y(t, head + d / 2 + i) = b * std::cos(angle) + a * std::sin(angle);
      }
    }
  }
  return y;
}

Matrix attention(const Matrix& q, const Matrix& k, const Matrix& v, const ModelShape& s) {
  Matrix out(q.rows(), q.cols());
  const std::int64_t d = s.head_dim;
  for (std::int64_t h = 0; h < s.head_count; ++h) {
    const std::int64_t kv = h * s.head_count_kv / s.head_count;
    Matrix scores = q.middleCols(h * d, d) * k.middleCols(kv * d, d).transpose() / std::sqrt(static_cast<double>(d));
    for (std::int64_t t = 0; t < scores.rows(); ++t) {
      for (std::int64_t u = t + 1; u < scores.cols(); ++u) scores(t, u) = -INFINITY;
    }
    const Matrix e = scores.array().exp();
    const Eigen::VectorXd z = e.rowwise().sum();
    out.middleCols(h * d, d) = z.cwiseInverse().asDiagonal() * e * v.middleCols(kv * d, d);
  }
  return out;
}

Matrix oracle(const Model& model, const std::vector<std::int32_t>& tokens, const Recorder& recorder) {
  const ModelShape& s = model.shape;
  const Matrix embedding = dense(model.embedding);
  Matrix x(static_cast<Eigen::Index>(tokens.size()), s.embedding_length);
  for (std::size_t t = 0; t < tokens.size(); ++t) x.row(static_cast<Eigen::Index>(t)) = embedding.row(tokens[t]);
  const double eps = static_cast<double>(s.norm_epsilon);
  for (std::size_t l = 0; l < model.blocks.size(); ++l) {
    const BlockWeights& b = model.blocks[l];
    const auto linear = [&](const Matrix& input, const BitLinearWeights& w, const char* name) {
      return bit_linear(input, w, recorder.activations.at("blk." + std::to_string(l) + "." + name));
    };
    const Matrix a = norm(x, b.attn_norm, eps);
    const Matrix mixed =
        attention(rope(linear(a, b.attn_q, "attn_q"), s.head_dim, s.rope_theta),
                  rope(linear(a, b.attn_k, "attn_k"), s.head_dim, s.rope_theta), linear(a, b.attn_v, "attn_v"), s);
    x += linear(norm(mixed, b.attn_sub_norm, eps), b.attn_output, "attn_output");
    const Matrix f = norm(x, b.ffn_norm, eps);
    const Eigen::ArrayXXd gate = linear(f, b.ffn_gate, "ffn_gate").array();
    const Eigen::ArrayXXd up = linear(f, b.ffn_up, "ffn_up").array();
    Eigen::ArrayXXd act = gate / (1.0 + (-gate).exp());
    if (s.ffn_activation == FfnActivation::SquaredRelu) act = gate.max(0.0).square();
    x += linear(norm(act * up, b.ffn_sub_norm, eps), b.ffn_down, "ffn_down");
  }
  return norm(x, model.output_norm, eps) * embedding.transpose();
}

struct Case {
  const char* name;
  FfnActivation activation;
  std::int64_t ffn;
  std::int64_t kv_heads;
};

/// Keeps the test's name free of the bytes of a pointer.
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class Oracle : public ::testing::TestWithParam<Case> {};

TEST_P(Oracle, LogitsAgree) {
  ModelShape shape = test::tiny_shape();
  shape.ffn_activation = GetParam().activation;
  shape.feed_forward_length = GetParam().ffn;
  shape.head_count_kv = GetParam().kv_heads;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const Model model = test::make_random_model(shape, seed);
    const std::vector<std::int32_t> tokens = test::random_tokens(seed + 100, 24);
    CpuEngine engine;
    Inference inference(model, engine);
    Recorder recorder;
    inference.observe(recorder);
    const auto logits = inference.forward_all(tokens);
    const Matrix exact = oracle(model, tokens, recorder);
    const auto got = Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(
                         logits.data(), exact.rows(), exact.cols())
                         .cast<double>();
    const double rms = std::sqrt(exact.array().square().mean());
    const double error = std::sqrt((got - exact).array().square().mean()) / rms;
    RecordProperty("relative_rms_error_" + std::to_string(seed), fmt::format("{:.2e}", error));
    EXPECT_GT(rms, 0.1);
    EXPECT_LT(error, 2e-6) << "seed " << seed;
    EXPECT_LT((got - exact).cwiseAbs().maxCoeff(), 2e-5 * rms) << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Variants, Oracle,
                         ::testing::Values(Case{"SquaredRelu", FfnActivation::SquaredRelu, 256, 2},
                                           Case{"SwiGlu", FfnActivation::SwiGlu, 256, 2},
                                           Case{"OddWidthAllHeads", FfnActivation::SquaredRelu, 300, 4},
                                           Case{"OneKeyValueHead", FfnActivation::SwiGlu, 130, 1}),
                         [](const auto& parameter) { return std::string(parameter.param.name); });

}  // namespace
}  // namespace ternsim::model
