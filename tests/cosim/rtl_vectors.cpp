#include "cosim/rtl_vectors.h"

#include <fmt/format.h>

#include <fstream>

#include "base/error.h"
#include "base/hash.h"
#include "base/random.h"
#include "sim/program/matrix_geometry.h"

namespace ternsim::rtl_test {

Vector random_vector(const std::string& config, std::int64_t rows, std::int64_t cols, std::int64_t tokens,
                     std::uint64_t seed) {
  Random random(seed);
  Vector v{.config = config, .rows = rows, .cols = cols, .tokens = tokens};
  for (std::int64_t i = 0; i < rows * cols; ++i) v.weights.push_back(static_cast<std::int8_t>(random.below(3)) - 1);
  for (std::int64_t i = 0; i < tokens * cols; ++i) {
    v.activations.push_back(static_cast<std::int8_t>(static_cast<int>(random.below(256)) - 128));
  }
  return v;
}

kernels::PackedTernary packed(const Vector& v) {
  kernels::PackedTernary out(v.rows, v.cols);
  for (std::int64_t r = 0; r < v.rows; ++r)
    for (std::int64_t k = 0; k < v.cols; ++k) out.set_weight(r, k, v.weights[static_cast<std::size_t>(r * v.cols + k)]);
  return out;
}

std::vector<std::int32_t> naive_sums(const Vector& v) {
  std::vector<std::int32_t> out;
  for (std::int64_t t = 0; t < v.tokens; ++t)
    for (std::int64_t r = 0; r < v.rows; ++r) {
      std::int32_t sum = 0;
      for (std::int64_t k = 0; k < v.cols; ++k) {
        sum += v.weights[static_cast<std::size_t>(r * v.cols + k)] *
               v.activations[static_cast<std::size_t>(t * v.cols + k)];
      }
      out.push_back(sum);
    }
  return out;
}

std::vector<std::int32_t> rtl_sums(const Vector& v, rtl::RtlEngine& engine) {
  const kernels::PackedTernary weights = packed(v);
  std::vector<std::int32_t> sums(static_cast<std::size_t>(v.tokens * v.rows), 0x5A5A5A5A);
  engine.multiply({weights, v.activations, v.tokens, 0, "vector"}, sums);
  return sums;
}

void save(const Vector& v, const std::filesystem::path& path) {
  std::ofstream out(path);
  out << "ternsim-rtl-vector 1\n" << v.config << ' ' << v.rows << ' ' << v.cols << ' ' << v.tokens << '\n';
  out << v.disturbance.seed << ' ' << fmt::format("{} {}", v.disturbance.input_gap, v.disturbance.output_stall) << '\n';
  for (std::size_t i = 0; i < v.weights.size(); ++i) {
    out << "-0+"[v.weights[i] + 1];
    if ((i + 1) % static_cast<std::size_t>(v.cols) == 0) out << '\n';
  }
  for (std::size_t i = 0; i < v.activations.size(); ++i) {
    out << int{v.activations[i]} << ((i + 1) % static_cast<std::size_t>(v.cols) == 0 ? '\n' : ' ');
  }
  if (!out.flush()) throw InputError(fmt::format("{}: cannot write", path.string()));
}

Vector load(const std::filesystem::path& path) {
  std::ifstream in(path);
  const auto bad = [&](const char* what) { return InputError(fmt::format("{}: {}", path.string(), what)); };
  std::string magic, row;
  int version = 0;
  Vector v;
  in >> magic >> version >> v.config >> v.rows >> v.cols >> v.tokens >> v.disturbance.seed >> v.disturbance.input_gap >>
      v.disturbance.output_stall;
  constexpr std::int64_t kMax = 1 << 20;
  if (!in || magic != "ternsim-rtl-vector" || version != 1) throw bad("not an RTL vector of version 1");
  if (v.rows < 1 || v.cols < 1 || v.tokens < 1 || v.rows > kMax || v.cols > kMax || v.tokens > kMax) {
    throw bad("rows, columns and tokens must lie in 1..1048576");
  }
  for (std::int64_t r = 0; r < v.rows; ++r) {
    if (!(in >> row) || row.size() != static_cast<std::size_t>(v.cols) || row.find_first_not_of("-0+") != row.npos) {
      throw bad("a row of weights is not (cols) characters of - 0 +");
    }
    for (const char c : row) v.weights.push_back(static_cast<std::int8_t>(c == '-' ? -1 : c == '+'));
  }
  for (std::int64_t i = 0; i < v.tokens * v.cols; ++i) {
    int value = 0;
    if (!(in >> value) || value < -128 || value > 127) throw bad("an activation is missing or not an int8");
    v.activations.push_back(static_cast<std::int8_t>(value));
  }
  return v;
}

testing::AssertionResult matches(const Vector& v, const std::vector<std::int32_t>& sums) {
  const std::vector<std::int32_t> expected = naive_sums(v);
  if (sums == expected) return testing::AssertionSuccess();
  std::size_t at = 0;
  while (at < std::min(sums.size(), expected.size()) && sums[at] == expected[at]) ++at;
  Hash hash;
  hash.update(std::span(v.weights));
  hash.update(std::span(v.activations));
  const std::filesystem::path path =
      std::filesystem::absolute(fmt::format("rtl_failing_{}_{}.txt", v.config, hash.hex()));
  save(v, path);
  const auto rows = static_cast<std::size_t>(v.rows);
  return testing::AssertionFailure() << fmt::format(
             "{} {}x{}, {} tokens: {} sums for {}; first difference at token {} row {}: RTL {}, expected {}\nreplay: "
             "TERNSIM_REPLAY={} {} --gtest_filter=RtlReplay.*",
             v.config, v.rows, v.cols, v.tokens, sums.size(), expected.size(), at / rows, at % rows,
             at < sums.size() ? std::to_string(sums[at]) : "missing",
             at < expected.size() ? std::to_string(expected[at]) : "none", path.string(),
             std::filesystem::read_symlink("/proc/self/exe").parent_path().append("rtl_cosim_test").string());
}

testing::AssertionResult matches(const Vector& v) {
  rtl::RtlEngine engine(v.config, v.disturbance);
  return matches(v, rtl_sums(v, engine));
}

}  // namespace ternsim::rtl_test
