// Activations that are infinite or NaN, wherever they arise, and models whose tensors do not fit: refused by name.
#include <gtest/gtest.h>

#include <atomic>
#include <cfenv>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <thread>

#include "base/error.h"
#include "model/cpu_engine.h"
#include "model/inference.h"
#include "tests/tiny_model.h"

namespace ternsim::model {
namespace {

const test::Variant& variant(const std::string& name) {
  static const std::vector<test::Variant> all = test::tiny_variants();
  for (const test::Variant& v : all)
    if (v.name == name) return v;
  throw std::logic_error("no variant " + name);
}

/// What a forward pass of 5 tokens says about the model that `damage` leaves.
std::string refusal(const std::string& name, const std::function<void(Model&)>& damage,
                    const InferenceOptions& options = {}) {
  Model model = test::make_random_model(variant(name).shape, 31, variant(name).binary);
  damage(model);
  CpuEngine engine;
  try {
    Inference inference(model, engine, options);
    inference.forward(test::random_tokens(31, 5));
  } catch (const Error& error) {
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return "";
}

#define EXPECT_NAMES(message, part) EXPECT_NE((message).find(part), std::string::npos) << (message)

constexpr float kMax = std::numeric_limits<float>::max();

TEST(Refusals, AnOverflowOfTheGateIsToldInFrontOfTheQuantiser) {
  // Without a sub-norm nothing else stands between g * g * u and the int8 maximum, which would drop a NaN.
  const std::string message = refusal("NoSubNorms", [](Model& m) {
    m.blocks[1].ffn_gate.scale = 1e18F;
    m.blocks[1].ffn_up.scale = 1e18F;
  });
  EXPECT_NAMES(message, "blk.1.ffn_down_quantise (layer 1)");
  EXPECT_NAMES(message, "token at position 0 ");
}

TEST(Refusals, AnExpertsOverflowIsTold) {
  EXPECT_NAMES(refusal("Experts",
                       [](Model& m) {
                         for (ExpertWeights& e : m.blocks[0].experts) e.ffn_up.scale = kMax;
                       }),
               "blk.0.ffn_up_rank0 (layer 0)");
}

TEST(Refusals, ARoutersOverflowIsTold) {
  EXPECT_NAMES(refusal("Experts",
                       [](Model& m) {
                         m.blocks[1].ffn_norm.assign(256, 3e38F / 20);
                         for (std::size_t i = 3; i < m.blocks[1].ffn_router.bytes.size(); i += 4)
                           m.blocks[1].ffn_router.bytes[i] = 0x50;  // about 1e10
                       }),
               "blk.1.ffn_router (layer 1)");
}

TEST(Refusals, AFourBitMeanBeyondFloat32IsTold) {
  // Every input is finite, but not the sum of their magnitudes.
  EXPECT_NAMES(refusal("A48", [](Model& m) { m.blocks[0].attn_norm.assign(256, 1e37F); }),
               "blk.0.attn_quantise (layer 0)");
}

TEST(Refusals, AKeyTooLargeForAHalfIsTold) {
  const auto damage = [](Model& m) { m.blocks[1].attn_k.scale = 1e6F; };
  EXPECT_NAMES(refusal("B158", damage, {.kv = KvPrecision::F16}), "blk.1.attention (layer 1)");
  EXPECT_NAMES(refusal("B158", damage, {.mode = Compatibility::BitnetCpp}), "blk.1.attention (layer 1)");
}

TEST(Refusals, AHeadInputTooLargeForAHalfIsTold) {
  EXPECT_NAMES(refusal("B158", [](Model& m) { m.output_norm.assign(256, 1e6F); }, {.mode = Compatibility::BitnetCpp}),
               "output_norm (outside of the blocks)");
}

TEST(Refusals, TheFirstBadTokenIsNamedOnAnyThreads) {
  for (const int threads : {1, 2, 5}) {
    kernels::ThreadPool pool(threads);
    Model model = test::make_random_model(variant("B158").shape, 32);
    // Tokens 7 and 9 alone are large; 9 comes first.
    for (const std::size_t id : {7U, 9U})
      for (std::size_t i = 0; i < 256; ++i) model.embedding.bytes[512 * id + 2 * i + 1] = 0x7b;  // tens of thousands
    model.blocks[0].attn_norm.assign(256, 2.0F);
    model.blocks[0].attn_q.scale = 1e-3F;
    model.shape.norm_epsilon = 1.0F;
    for (std::size_t i = 0; i < 300 * 256; ++i)
      if (i / 256 != 7 && i / 256 != 9) model.embedding.bytes[2 * i + 1] = 0;  // so small that norms stay near 0
    model.blocks[0].attn_v.scale = 2e38F;
    CpuEngine engine;
    Inference inference(model, engine, {.pool = &pool, .share_from = 1});
    try {
      inference.forward(std::vector<std::int32_t>{1, 2, 3, 9, 4, 7, 5, 6});
      ADD_FAILURE() << "nothing was thrown";
    } catch (const Error& error) {
      EXPECT_NAMES(std::string(error.what()), "blk.0.attn_v (layer 0)");
      EXPECT_NAMES(std::string(error.what()), "position 3 ");
    }
  }
}

/// One worker of three rounds upwards; whichever thread is quick, it must be found.
TEST(Refusals, AWorkersFloatEnvironmentIsChecked) {
  const Model model = test::make_tiny_model(5);
  for (int round = 0; round < 20; ++round) {
    kernels::ThreadPool pool(3);
    CpuEngine engine(kernels::best_isa(), &pool);
    EXPECT_NO_THROW(Inference(model, engine, {.pool = &pool}));
    const std::thread::id caller = std::this_thread::get_id();
    std::atomic<int> turned{0};
    pool.on_every_thread([&] {
      if (std::this_thread::get_id() != caller && turned++ == 0) std::fesetround(FE_UPWARD);
    });
    EXPECT_THROW(Inference(model, engine, {.pool = &pool}), Error);
  }
}

TEST(Refusals, TensorsOfOtherArchitecturesThatDoNotFit) {
  EXPECT_EQ(refusal("OwnHead", [](Model& m) { m.output = DenseMatrix{}; }),
            "output: is 0 x 0, the model's shape asks for 300 x 256");
  EXPECT_EQ(refusal("B158", [](Model& m) { m.output = m.embedding; }),
            "output: an LM head is there, the model's shape says that the embedding serves as one");
  EXPECT_EQ(refusal("NoSubNorms", [](Model& m) { m.blocks[1].attn_sub_norm.assign(256, 1.0F); }),
            "blk.1: has sub-norms, the model's shape says that there are none");
  EXPECT_EQ(refusal("Experts", [](Model& m) { m.blocks[0].experts.pop_back(); }),
            "blk.0: holds 3 experts, the model's shape says 4");
  EXPECT_EQ(refusal("Experts", [](Model& m) { m.blocks[1].experts[2].ffn_up.scale = NAN; }),
            "blk.1.ffn_up, expert 2: its scale is NaN or infinite");
  EXPECT_EQ(refusal("Experts", [](Model& m) { m.blocks[1].experts[3].ffn_sub_norm.pop_back(); }),
            "blk.1.ffn_sub_norm, expert 3: holds 159 weights, the model's shape asks for 160");
  EXPECT_EQ(refusal("Experts", [](Model& m) { m.blocks[0].ffn_router = m.embedding; }),
            "blk.0.ffn_router: is no F32 matrix");
}

}  // namespace
}  // namespace ternsim::model
