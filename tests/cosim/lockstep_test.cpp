// The lockstep of CPU, SystemC and RTL: what it draws, what it compares, and that it sees what differs.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "cosim/lockstep.h"
#include "cosim/lockstep_run.h"
#include "cosim/lockstep_tree.h"
#include "cosim/product_source.h"
#include "model/cpu_engine.h"
#include "rtl/verilated_engine.h"
#include "sim/program/mapper.h"
#include "sim/reference_recorder.h"
#include "tests/tiny_model.h"

namespace ternsim::cosim {
namespace {

const std::filesystem::path kSource = TERNSIM_SOURCE_DIR;

sim::EngineGeometry geometry(const std::string& name) {
  for (const sim::EngineGeometry& g : rtl::VerilatedEngine::geometries())
    if (g.unit.name == name) return g;
  throw std::invalid_argument(name);
}

std::vector<std::string> names() {
  std::vector<std::string> out;
  for (const sim::EngineGeometry& g : rtl::VerilatedEngine::geometries()) out.push_back(g.unit.name);
  return out;
}

class LockstepConfigs : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Configs, LockstepConfigs, testing::ValuesIn(names()),
                         [](const auto& config) { return config.param; });

TEST_P(LockstepConfigs, RandomProductsMatchOnEveryBody) {
  const sim::EngineGeometry g = geometry(GetParam());
  Lockstep lockstep(g);
  RandomProducts source(g, 11, 1, 600);
  const auto found = run_products(lockstep, source, 250);
  ASSERT_FALSE(found.has_value()) << found->mismatch.what;
  const LockstepFigures& f = lockstep.figures();
  EXPECT_EQ(f.vectors, 250U);
  EXPECT_GT(f.undisturbed, 0U);
  EXPECT_LT(f.undisturbed, f.products);
  EXPECT_GT(f.disturbed_vectors, 0U);
  EXPECT_EQ(f.of(Body::SystemC).compared_cycles, f.of(Body::Unit).compared_cycles);
  // Gaps and back-pressure cost the unit cycles; the SystemC unit knows none of them.
  EXPECT_GT(f.of(Body::Unit).cycles, f.of(Body::SystemC).cycles);
  for (const Body body : kAllBodies) EXPECT_EQ(f.of(body).lane_adds, f.of(Body::Cpu).lane_adds);
  EXPECT_EQ(matched_line(f), "matched 250 vectors, " + std::to_string(f.tiles) + " tiles, " +
                                 std::to_string(f.of(Body::Unit).compared_cycles + f.of(Body::Engine).compared_cycles) +
                                 " cycles");
  // What disturbed products took is no cycle that matched.
  EXPECT_LT(f.compared_cycles(), f.simulated_cycles());
  EXPECT_NE(simulated_line(f).find(std::to_string(f.of(Body::Unit).cycles + f.of(Body::Engine).cycles)),
            std::string::npos);
}

// small: 4 rows x 16 lanes, latency 6, 2048 activation words, a queue of 4. Rows of 8192 columns are 512 blocks, so a
// command holds 4 tokens and the queue 16. 17 tokens are 4 commands that follow one another and, behind them, one of a
// token: for one row tile 16 * 512 + 6 + 2 and 512 + 6 + 2 cycles. The bare unit goes through all 17 without a break.
TEST(Lockstep, CyclesOfAProductThatTakesTheQueueTwice) {
  Lockstep lockstep(geometry("small"));
  const Product p = random_product("small", 3, 8192, 17, 5);
  const kernels::PackedTernary weights = packed(p);
  const auto found = lockstep.run(matmul_of(p, weights), {});
  ASSERT_FALSE(found.has_value()) << found->what;
  EXPECT_EQ(lockstep.figures().of(Body::Engine).compared_cycles, 17U * 512 + 2 * (6 + 2));
  EXPECT_EQ(lockstep.figures().of(Body::Unit).compared_cycles, 17U * 512 + 6);
  EXPECT_EQ(lockstep.figures().of(Body::SystemC).compared_cycles, 17U * 512 + 6);
  EXPECT_EQ(lockstep.figures().vectors, 17U);
  EXPECT_EQ(lockstep.figures().tiles, 5U);  // 17 tokens in groups of 4 slots
}

TEST(Lockstep, AFaultInAnyBodyIsSeenInItsProductAndNamed) {
  const sim::EngineGeometry g = geometry("small");
  Lockstep lockstep(g);
  std::uint64_t at = 2;
  for (const Body body : kAllBodies) {
    lockstep.inject({body, at});
    RandomProducts source(g, 3, 1, 100);
    const auto found = run_products(lockstep, source, 1000);
    ASSERT_TRUE(found.has_value()) << name_of(body);
    EXPECT_EQ(found->mismatch.body, body);
    EXPECT_EQ(found->mismatch.injected, FaultKind::Sums);
    EXPECT_EQ(found->product.fault, name_of(body));
    EXPECT_NE(found->mismatch.what.find(std::string(name_of(body)) + " has"), std::string::npos)
        << found->mismatch.what;
    EXPECT_EQ(lockstep.figures().products, at);
    at += 3;
  }
}

// Each comparison by itself: the sums are right, and one lane-add or one cycle too many is what is seen.
TEST(Lockstep, ALaneAddTooManyInAnyBodyIsSeen) {
  const sim::EngineGeometry g = geometry("small");
  Lockstep lockstep(g);
  std::uint64_t at = 1;
  for (const Body body : kAllBodies) {
    lockstep.inject({body, at, FaultKind::LaneAdds});
    RandomProducts source(g, 5, 1, 100);
    const auto found = run_products(lockstep, source, 1000);
    ASSERT_TRUE(found.has_value()) << name_of(body);
    EXPECT_EQ(found->mismatch.body, body);
    EXPECT_EQ(found->mismatch.injected, FaultKind::LaneAdds);
    const Product& p = found->product;
    const std::int64_t pairs = p.rows * p.cols * p.tokens;
    EXPECT_NE(found->mismatch.what.find(std::string(name_of(body)) + " summed " + std::to_string(pairs + 1) +
                                        " weight-activation pairs, the product has " + std::to_string(pairs)),
              std::string::npos)
        << found->mismatch.what;
    EXPECT_EQ(p.fault, std::string(name_of(body)) + ":0:lane_adds");
    EXPECT_EQ(lockstep.figures().products, at);
    at += 2;
  }
}

// small has a latency of 6. 5 rows are two row tiles of 4, 33 columns three blocks of 16, so with 3 tokens there are
// 2 * 3 * 3 = 18 beats: 24 cycles on a unit and, with the two cycles before the first beat, 26 on the engine.
TEST(Lockstep, ACycleTooManyInAnyBodyWithAClockIsSeen) {
  Lockstep lockstep(geometry("small"));
  Product p = random_product("small", 5, 33, 3, 8);
  const std::vector<std::pair<Body, std::string>> faults{
      {Body::SystemC, "the RTL unit took 24 cycles, the SystemC unit 25; beats and latency are 24"},
      {Body::Unit, "the RTL unit took 25 cycles, the SystemC unit 24; beats and latency are 24"},
      {Body::Engine, "the RTL engine was busy for 27 cycles, its geometry says 26"}};
  for (const auto& [body, what] : faults) {
    p.fault = std::string(name_of(body)) + ":0:cycles";
    const auto found = run_saved(lockstep, p);
    ASSERT_TRUE(found.has_value()) << name_of(body);
    EXPECT_EQ(found->mismatch.body, body);
    EXPECT_EQ(found->mismatch.injected, FaultKind::Cycles);
    EXPECT_EQ(found->product.fault, p.fault);
    EXPECT_NE(found->mismatch.what.find(what), std::string::npos) << found->mismatch.what;
  }
}

TEST(Lockstep, AFaultInCyclesWaitsForAProductWhoseCyclesAreCompared) {
  Lockstep lockstep(geometry("small"));
  const Product p = random_product("small", 3, 20, 2, 4);
  const kernels::PackedTernary weights = packed(p);
  lockstep.inject({Body::Engine, 0, FaultKind::Cycles});
  EXPECT_FALSE(lockstep.run(matmul_of(p, weights), {.seed = 2, .input_gap = 0.3}).has_value());
  EXPECT_TRUE(lockstep.run(matmul_of(p, weights), {}).has_value());
}

TEST(Lockstep, FormOfAFault) {
  EXPECT_EQ(parse_product_fault("rtl_engine").body, Body::Engine);
  EXPECT_EQ(parse_product_fault("systemc:12").product, 12U);
  EXPECT_EQ(parse_product_fault("systemc:12").kind, FaultKind::Sums);
  EXPECT_EQ(parse_product_fault("cpu:7:lane_adds").product, 7U);
  for (const char* text : {"", "gpu", "rtl:", "rtl:x", "rtl:-1", "rtl:1 ", "rtl:1:2", "rtl:1:", "rtl::cycles",
                           "rtl:cycles", "rtl:1:cycles:", "cpu:0:cycles"})
    EXPECT_THROW(parse_product_fault(text), RequestError) << text;
  for (const Body body : kAllBodies)
    for (const FaultKind kind : kAllFaultKinds) {
      if (body == Body::Cpu && kind == FaultKind::Cycles) continue;
      for (const std::uint64_t product : {0U, 3U}) {
        const ProductFault back = parse_product_fault(text_of({body, product, kind}));
        EXPECT_EQ(back.body, body);
        EXPECT_EQ(back.kind, kind);
        EXPECT_EQ(back.product, product);
      }
    }
}

TEST(Lockstep, AProductSavedOnAnotherMachineIsRefused) {
  Lockstep lockstep(geometry("small"));
  Product p = random_product("small", 3, 5, 2, 1);
  p.machine = describe(geometry("small"));
  EXPECT_FALSE(run_saved(lockstep, p).has_value());
  p.machine = "";  // not said
  EXPECT_FALSE(run_saved(lockstep, p).has_value());
  p.config = "edge";
  EXPECT_THROW(run_saved(lockstep, p), RequestError);
  p.config = "small";
  p.machine = describe(geometry("edge"));
  EXPECT_THROW(run_saved(lockstep, p), RequestError);
}

TEST(ProductSource, DrawsEveryCornerAndTheSameFromTheSameSeed) {
  const sim::EngineGeometry g = geometry("small");
  RandomProducts a(g, 9, 1, 512);
  RandomProducts b(g, 9, 1, 512);
  RandomProducts c(g, 10, 1, 512);
  std::set<std::string> corners;
  std::set<std::int64_t> tails;
  std::int64_t smallest = 512;
  std::int64_t largest = 0;
  bool others = false;
  bool lowest = false;
  for (int n = 0; n < 400; ++n) {
    const Product p = a.next(1000);
    const Product q = b.next(1000);
    others = others || p.weights != c.next(1000).weights;
    ASSERT_EQ(p.weights, q.weights);
    ASSERT_EQ(p.activations, q.activations);
    ASSERT_EQ(p.disturbance.seed, q.disturbance.seed);
    corners.insert(p.name);
    tails.insert(p.cols % g.unit.lanes);
    smallest = std::min(smallest, p.cols);
    largest = std::max(largest, p.cols);
    lowest = lowest || std::ranges::all_of(p.activations, [](std::int8_t v) { return v == -128; });
  }
  EXPECT_TRUE(others);
  EXPECT_TRUE(lowest);
  EXPECT_EQ(corners.size(), 13U);  // twelve corners and uniform
  EXPECT_EQ(tails.size(), static_cast<std::size_t>(g.unit.lanes));
  EXPECT_LE(smallest, 3);
  EXPECT_EQ(largest, 512);
}

TEST(ProductSource, RefusesColumnsThatTheEngineDoesNotAdmit) {
  const sim::EngineGeometry g = geometry("small");
  EXPECT_THROW(RandomProducts(g, 1, 0, 10), RequestError);
  EXPECT_THROW(RandomProducts(g, 1, 11, 10), RequestError);
  EXPECT_THROW(RandomProducts(g, 1, 1, g.max_cols() + 1), RequestError);
}

// A tiny model's pass of three tokens, mapped onto an accelerator with the unit of `small`.
class LockstepProgram : public testing::Test {
 protected:
  void SetUp() override {
    sim::Workload workload;
    workload.prefill_tokens = 3;
    record_ = sim::record_reference(model_, workload, test::random_tokens(4, 3)).front();
  }
  sim::Program map(std::int64_t weight_bytes) {
    sim::AcceleratorConfig accelerator =
        sim::load_accelerator(kSource / "configs/accelerators/edge-lpddr5x.yaml", kSource / "rtl/configs.yaml");
    accelerator.buffers.weight_bytes = weight_bytes;
    return sim::map_pass(graph_, with_unit(accelerator, geometry_.unit), {.tokens = 3});
  }
  const sim::EngineGeometry geometry_ = geometry("small");
  const model::Model model_ = test::make_tiny_model(6);
  const model::Graph graph_ = model::Graph::build(model_.shape);
  const sim::WeightTable weights_ = sim::weight_table(graph_, model_);
  sim::PassRecord record_;
};

TEST_F(LockstepProgram, EveryCommandOfAPassMatchesAndTheSumsAreTheInferences) {
  // Banks of 256 bytes hold four rows of 256 weights: one command for each row tile.
  const sim::Program program = map(512);
  Lockstep lockstep(geometry_);
  const auto found = run_program(lockstep, {graph_, program, weights_, record_});
  ASSERT_FALSE(found.has_value()) << found->mismatch.what;
  EXPECT_EQ(lockstep.figures().products, matmul_commands(program));
  const auto pairs = 3 * static_cast<std::uint64_t>(graph_.ternary_weights());
  for (const Body body : kAllBodies) EXPECT_EQ(lockstep.figures().of(body).lane_adds, pairs);
  // A row tile of 256 columns is 16 blocks for each of three tokens, then the engine's latency of 6 and 2.
  EXPECT_EQ(lockstep.figures().of(Body::Engine).compared_cycles, matmul_commands(program) * (16 * 3 + 6 + 2));
}

TEST_F(LockstepProgram, PartsOfKAddUp) {
  const sim::Program program = map(256);  // a bank holds half a row tile's columns
  ASSERT_TRUE(std::ranges::any_of(
      program.commands, [](const sim::Command& c) { return c.kind == sim::CommandKind::MatmulChunk && c.parts > 1; }));
  Lockstep lockstep(geometry_);
  EXPECT_FALSE(run_program(lockstep, {graph_, program, weights_, record_}).has_value());
}

TEST_F(LockstepProgram, ACommandThatIsMissingOrASumThatIsAnotherIsSeen) {
  sim::Program program = map(512);
  Lockstep lockstep(geometry_);
  sim::PassRecord wrong = record_;
  wrong.rbegin()->second.sums[7] += 1;
  EXPECT_THROW(run_program(lockstep, {graph_, program, weights_, wrong}), MismatchError);
  std::erase_if(program.commands, [first = true](const sim::Command& c) mutable {
    return c.kind == sim::CommandKind::MatmulChunk && std::exchange(first, false);
  });
  EXPECT_THROW(run_program(lockstep, {graph_, program, weights_, record_}), MismatchError);
}

TEST_F(LockstepProgram, MachinesThatTheRtlIsNotAreRefused) {
  for (const char* name : {"edge-lut", "edge-bit-serial", "edge-zero-skip"}) {
    const sim::AcceleratorConfig accelerator = sim::load_accelerator(
        kSource / "configs/accelerators" / (std::string(name) + ".yaml"), kSource / "rtl/configs.yaml");
    EXPECT_THROW(with_unit(accelerator, geometry_.unit), RequestError) << name;
  }
}

TEST_F(LockstepProgram, ProductsOfALayerHaveItsWeightsAndActivations) {
  LayerProducts source(geometry_, 21, graph_, weights_, record_);
  Lockstep lockstep(geometry_);
  const auto found = run_products(lockstep, source, 100);
  ASSERT_FALSE(found.has_value()) << found->mismatch.what;
  EXPECT_EQ(lockstep.figures().smallest_cols, 256);
  std::set<std::string> drawn;
  for (int n = 0; n < 100; ++n) {
    const Product p = source.next(1000);
    drawn.insert(p.name);
    const auto op = std::ranges::find(graph_.ops, p.name, &model::Op::name) - graph_.ops.begin();
    const std::vector<std::int8_t>& made = record_.at(static_cast<std::int32_t>(op)).activations;
    EXPECT_FALSE(std::ranges::search(made, p.activations).empty());
  }
  EXPECT_EQ(drawn.size(), weights_.size());
}

// A saved product, 2 rows x 3 columns, 1 token, on `small`; its lines are first, name, config, machine, shape,
// disturbance, fault, "weights", 2 rows, "activations", 1 row.
class SavedProduct : public testing::Test {
 protected:
  void SetUp() override {
    Product p = random_product("small", 2, 3, 1, 4);
    p.machine = describe(geometry("small"));
    save(p, path_);
    std::ifstream in(path_);
    text_.assign(std::istreambuf_iterator<char>(in), {});
  }
  void TearDown() override { std::filesystem::remove(path_); }
  void write(const std::string& from, const std::string& to) {
    std::string other = text_;
    const std::size_t at = other.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    std::ofstream(path_) << other.replace(at, from.size(), to);
  }
  /// With `from` replaced the file is refused with `wanted` behind its name.
  void with(const std::string& from, const std::string& to, const std::string& wanted) {
    write(from, to);
    try {
      load_product(path_);
      ADD_FAILURE() << "accepted " << from << " -> " << to;
    } catch (const InputError& e) {
      EXPECT_NE(std::string(e.what()).find(path_.string() + wanted), std::string::npos) << e.what();
    }
  }
  const std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / ("ternsim_product_" + std::to_string(getpid()) + ".txt");
  std::string text_;
};

TEST_F(SavedProduct, DamageIsNamedWithItsLine) {
  with("ternsim-product 2", "ternsim-product 1", ":1: expected 'ternsim-product 2'");
  with("config", "konfig", ":3: expected 'config ...'");
  with("config small", "config smal", ":3: no RTL configuration 'smal' (did you mean 'small'?); there are: ");
  with("machine rows 4", "machine rows 5", ":4: saved on an RTL configuration 'small' with rows 5");
  with("shape 2 3 1", "shape 2 3", ":5: expected rows, columns and tokens");
  with("shape 2 3 1", "shape 2 3 1 1", ":5: expected rows, columns and tokens");
  with("shape 2 3 1", "shape 2 3 9999999", ":5: rows, columns and tokens must lie");
  with("shape 2 3 1", "shape 2 4 1", ":9: expected a row of 4 weights");
  with("disturbance 1 ", "disturbance -1 ", ":6: expected a seed and two probabilities");
  with("disturbance 1 0", "disturbance 1 2", ":6: probability 2: must lie in 0 ... 0.99");
  with("disturbance 1 0", "disturbance 1 nan", ":6: probability nan");
  with("disturbance 1 0", "disturbance 1 -0.5", ":6: probability -0.5");
  with("fault none", "fault cpux", ":7: 'cpux' computes no products");
  with("fault none", "fault ", ":7: '' computes no products");
  with("fault none", "fault rtl:1", ":7: fault 'rtl:1': a file has product 0 only");
  with("0 0\nfault none", "0 0.5\nfault rtl:0:cycles", ":7: fault 'rtl:0:cycles': cycles are not compared");
  with("activations\n", "activations\n300 ", ":12: expected 3 activations from -128 to 127; number 1");
  with("activations\n", "activations\n1x ", ":12: expected 3 activations from -128 to 127; number 1");
  with("activations\n", "activations\n1 1 1 1 ", ":12: expected 3 activations, found more");
  with(text_.substr(text_.find("activations")), "", ":11: the file ends");
  with(text_, text_ + "1\n", ":13: the product has ended");
  std::filesystem::remove(path_);
  EXPECT_THROW(load_product(path_), InputError);
  std::filesystem::create_directory(path_);
  try {
    load_product(path_);
    ADD_FAILURE() << "accepted a folder";
  } catch (const InputError& e) {
    EXPECT_EQ(e.what(), path_.string() + ": is a folder; give a file that 'ternsim verify' saved");
  }
}

// Refused at the line of the shape, before anything of that size is asked for. The last would have 2^40 sums.
TEST_F(SavedProduct, ExtentsThatNoMemoryHoldsAreRefusedAtTheirLine) {
  with("shape 2 3 1", "shape 2 8193 1", ":5: 8193 columns: the RTL engine 'small' admits 8192 at most");
  with("shape 2 3 1", "shape 1048576 8192 1", ":5: 1048576 rows x 8192 columns: 268435456 weights at most");
  with("shape 2 3 1", "shape 1 8192 1048576", ":5: 1048576 tokens x 8192 columns: 268435456 activations at most");
  with("shape 2 3 1", "shape 1048576 1 1048576", ":5: 1048576 rows x 1048576 tokens: 16777216 sums at most");
}

TEST_F(SavedProduct, ParametersThatAreNotSaidAndFaultsOfEveryKindComeBack) {
  EXPECT_EQ(load_product(path_).machine, describe(geometry("small")));
  write(describe(geometry("small")), "");
  EXPECT_EQ(load_product(path_).machine, "");
  for (const std::string fault : {"rtl", "cpu:0:lane_adds", "systemc:0:cycles"}) {
    write("fault none", "fault " + fault);
    EXPECT_EQ(load_product(path_).fault, fault);
  }
}

TEST(ReplayCommand, IsOneWordForAShell) {
  EXPECT_EQ(replay_command("a/ternsim-mismatch-edge-0f.txt"), "ternsim verify --replay a/ternsim-mismatch-edge-0f.txt");
  EXPECT_EQ(replay_command("a b/c$d.txt"), "ternsim verify --replay 'a b/c$d.txt'");
  EXPECT_EQ(replay_command("it's/x.txt"), "ternsim verify --replay 'it'\\''s/x.txt'");
}

}  // namespace
}  // namespace ternsim::cosim
