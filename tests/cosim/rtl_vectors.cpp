#include "cosim/rtl_vectors.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/hash.h"
#include "rtl/verilated_engine.h"

namespace ternsim::rtl_test {

std::vector<std::int32_t> rtl_sums(const Vector& v, rtl::RtlEngine& engine) {
  const kernels::PackedTernary weights = packed(v);
  std::vector<std::int32_t> sums(static_cast<std::size_t>(v.tokens * v.rows), 0x5A5A5A5A);
  engine.multiply(cosim::matmul_of(v, weights), sums);
  return sums;
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
  Vector saved = v;
  saved.machine = cosim::describe(rtl::VerilatedEngine::make(v.config)->geometry());
  cosim::save(saved, path);
  const auto rows = static_cast<std::size_t>(v.rows);
  return testing::AssertionFailure() << fmt::format(
             "{} {}x{}, {} tokens: {} sums for {}; first difference at token {} row {}: RTL {}, expected {}\nreplay: "
             "{}",
             v.config, v.rows, v.cols, v.tokens, sums.size(), expected.size(), at / rows, at % rows,
             at < sums.size() ? std::to_string(sums[at]) : "missing",
             at < expected.size() ? std::to_string(expected[at]) : "none", cosim::replay_command(path));
}

testing::AssertionResult matches(const Vector& v) {
  rtl::RtlEngine engine(v.config, v.disturbance);
  return matches(v, rtl_sums(v, engine));
}

}  // namespace ternsim::rtl_test
