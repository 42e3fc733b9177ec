// Every logit of the reference against the scalar oracle, bit by bit: all architectures and schemes, cache precisions
// and compatibility modes.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "model/cpu_engine.h"
#include "model/inference.h"
#include "tests/scalar_oracle.h"
#include "tests/tiny_model.h"

namespace ternsim::model {
namespace {

struct Case {
  test::Variant variant;
  InferenceOptions options;
  std::string name;
};
/// Keeps the test's name free of the bytes of a pointer.
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const test::Variant& v : test::tiny_variants()) {
    all.push_back({v, {}, v.name});
    all.push_back({v, {.mode = Compatibility::BitnetCpp}, v.name + "BitnetCpp"});
    if (v.shape.activation_scheme == ActivationScheme::Absmax8)
      all.push_back({v, {.mode = Compatibility::Transformers}, v.name + "Transformers"});
  }
  const test::Variant plain = test::tiny_variants().front();
  for (const KvPrecision kv : {KvPrecision::F16, KvPrecision::Int8, KvPrecision::Int4, KvPrecision::Int3})
    all.push_back({plain, {.kv = kv}, "Kv_" + std::string(name_of(kv))});
  for (const std::int64_t ffn : {256, 300}) {
    test::Variant variant = plain;
    variant.shape.head_count_kv = 1;
    variant.shape.feed_forward_length = ffn;
    if (ffn == 256) variant.shape.ffn_activation = FfnActivation::SwiGlu;
    all.push_back({variant, {}, ffn == 256 ? "SwiGluOneKeyHead" : "SquaredReluOddWidthOneKeyHead"});
  }
  return all;
}

class ReferenceBits : public ::testing::TestWithParam<Case> {};

TEST_P(ReferenceBits, EveryLogitOfTheDefinition) {
  const test::Variant& variant = GetParam().variant;
  const bool plain = GetParam().options.mode == Compatibility::Reference;
  for (std::uint64_t seed = 1; seed <= (plain ? 2U : 1U); ++seed) {
    const Model model = test::make_random_model(variant.shape, seed, variant.binary);
    const std::vector<std::int32_t> tokens = test::random_tokens(seed + 200, 24);
    CpuEngine engine;
    Inference inference(model, engine, GetParam().options);
    const auto got = inference.forward_all(tokens);
    const std::vector<float> defined =
        test::all_logits(model, tokens, rounding_points(inference.options().mode), inference.options().kv);
    ASSERT_EQ(got.size(), defined.size());
    ASSERT_EQ(got.size(), 24U * 300U);
    std::size_t different = 0;
    for (std::size_t i = 0; i < got.size(); ++i)
      different += std::bit_cast<std::uint32_t>(got[i]) != std::bit_cast<std::uint32_t>(defined[i]) ? 1U : 0U;
    EXPECT_EQ(different, 0U) << "of " << got.size() << " logits, seed " << seed;
    EXPECT_NE(*std::ranges::max_element(got), *std::ranges::min_element(got));
  }
}

INSTANTIATE_TEST_SUITE_P(Variants, ReferenceBits, ::testing::ValuesIn(cases()),
                         [](const auto& parameter) { return parameter.param.name; });

}  // namespace
}  // namespace ternsim::model
