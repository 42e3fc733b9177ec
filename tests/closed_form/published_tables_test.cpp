// What `ternsim reproduce` reads beside the operation-level tables: CPU measurements, weight formats, the headline.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "base/error.h"
#include "explore/published_cpu.h"
#include "explore/published_headline.h"
#include "explore/published_reproduction.h"
#include "explore/weight_formats.h"
#include "model/shape_yaml.h"

namespace ternsim::explore {
namespace {

namespace fs = std::filesystem;

const fs::path kSource = TERNSIM_SOURCE_DIR;
const fs::path kConfigs = kSource / "configs";

CpuTable cpu(const fs::path& file) { return load_cpu_table(file, kConfigs / "models"); }
WeightFormatTable formats(const fs::path& file) {
  return load_weight_formats(file, kConfigs / "accelerators", kConfigs / "models", kSource / "rtl/configs.yaml");
}
Headline headline(const fs::path& file) { return load_headline(file, kConfigs, kSource / "rtl/configs.yaml"); }
model::Graph graph_of(const std::string& model) {
  return model::Graph::build(model::load_shape(kConfigs / "models" / (model + ".yaml")));
}

/// A copy of configs/published in which one file is changed.
class Changed {
 public:
  Changed(const std::string& name, const std::string& from, const std::string& to)
      : dir_(fs::path(testing::TempDir()) / fmt::format("published_tables_{}", getpid())) {
    fs::copy(kConfigs / "published", dir_, fs::copy_options::recursive);
    std::stringstream text;
    text << std::ifstream(file(name)).rdbuf();
    std::string changed = text.str();
    const std::size_t at = changed.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    if (at != std::string::npos) changed.replace(at, from.size(), to);
    std::ofstream(file(name)) << changed;
  }
  ~Changed() { fs::remove_all(dir_); }
  Changed(const Changed&) = delete;
  Changed& operator=(const Changed&) = delete;
  fs::path file(const std::string& name) const { return dir_ / (name + ".yaml"); }

 private:
  fs::path dir_;
};

template <class Load>
void expect_refused(Load load, const std::string& name, const std::string& from, const std::string& to,
                    const std::string& words) {
  const Changed changed(name, from, to);
  try {
    load(changed.file(name));
    ADD_FAILURE() << "accepted: " << to;
  } catch (const InputError& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find(words), std::string::npos) << words << " not in: " << message;
    EXPECT_NE(message.find(name + ".yaml"), std::string::npos) << "the file is not named: " << message;
  }
}

TEST(PublishedCpu, EveryMeasurementIsCarriedAsPrinted) {
  struct Printed {
    double tokens, joules;  ///< 0: none printed
  };
  // arXiv 2410.16144, written out here as well, so that a slip in the data file cannot hide.
  const std::map<std::string, Printed> printed{{"i7_13700h llama_cpp_fp16 bitnet-b158-700m", {30.7, 1.367}},
                                               {"i7_13700h bitnet_cpp bitnet-b158-700m", {119.1, 0.384}},
                                               {"i7_13700h llama_cpp_fp16 llama-7b-158", {3.30, 11.305}},
                                               {"i7_13700h bitnet_cpp llama-7b-158", {18.75, 2.017}},
                                               {"i7_13700h bitnet_cpp llama-70b-158", {2.44, 17.33}},
                                               {"i7_13700h bitnet_cpp bitnet-100b", {1.70, 0}},
                                               {"m2_ultra llama_cpp_fp16 bitnet-b158-700m", {114.5, 0.314}},
                                               {"m2_ultra bitnet_cpp bitnet-b158-700m", {194.4, 0.140}},
                                               {"m2_ultra llama_cpp_fp16 llama-7b-158", {15.61, 3.013}},
                                               {"m2_ultra bitnet_cpp llama-7b-158", {52.36, 1.068}},
                                               {"m2_ultra llama_cpp_fp16 llama-70b-158", {1.71, 28.02}},
                                               {"m2_ultra bitnet_cpp llama-70b-158", {8.67, 8.42}},
                                               {"m2_ultra bitnet_cpp bitnet-100b", {6.58, 0}}};
  const CpuTable table = cpu(kConfigs / "published/cpu_bitnet_cpp.yaml");
  ASSERT_EQ(table.measurements.size(), printed.size());
  for (const CpuMeasurement& m : table.measurements) {
    const Printed& p = printed.at(fmt::format("{} {} {}", m.processor, m.runtime, m.model));
    EXPECT_EQ(m.tokens_per_second, p.tokens) << m.model;
    EXPECT_EQ(m.joules_per_token.value_or(0), p.joules) << m.model;
  }
}

TEST(PublishedCpu, RooflineByHand) {
  // LLaMA 7B: 32 (4 * 4096^2 + 3 * 4096 * 11008) = 6476005376 weights: 12952010752 bytes in FP16, 1619001344 at 2 bits.
  // 83.2 GB/s over these: 6.4237 and 51.390 token/s; 800 GB/s: 61.767 and 494.13. All measurements are below.
  const CpuTable table = cpu(kConfigs / "published/cpu_bitnet_cpp.yaml");
  const std::map<std::string, double> expected{{"i7_13700h llama_cpp_fp16", 83.2e9 / 12952010752},
                                               {"i7_13700h bitnet_cpp", 83.2e9 / 1619001344},
                                               {"m2_ultra llama_cpp_fp16", 800e9 / 12952010752},
                                               {"m2_ultra bitnet_cpp", 800e9 / 1619001344}};
  int found = 0;
  for (const CpuMeasurement& m : table.measurements) {
    EXPECT_LT(m.share_of_roofline(), 1) << m.model;
    if (m.model != "llama-7b-158") continue;
    ++found;
    EXPECT_NEAR(m.roofline() / expected.at(m.processor + " " + m.runtime), 1, 1e-12);
  }
  EXPECT_EQ(found, 4);
}

TEST(PublishedCpu, NodeClaimsNoAgreement) {
  const StatisticNode node = cpu_node(cpu(kConfigs / "published/cpu_bitnet_cpp.yaml"));
  EXPECT_EQ(std::get<std::string>(node.find("promise")->value), "none: a trend");
  EXPECT_EQ(node.find("bandwidth_i7_13700h")->tier, Tier::Assumed);
  for (const StatisticNode& row : node.find_child("measurements")->children)
    EXPECT_TRUE(std::get<std::string>(row.find("verdict")->value).starts_with("trend: below")) << row.name;
  // 18.75 / 3.30 = 5.68 times as fast, 11.305 / 2.017 = 5.60 times less energy, where bytes would allow 16 / 2 = 8.
  const StatisticNode* ratio = node.find_child("speed_ups")->find_child("i7_13700h.llama-7b-158");
  ASSERT_NE(ratio, nullptr);
  EXPECT_NEAR(std::get<double>(ratio->find("measured_speed_up")->value), 5.6818, 1e-4);
  EXPECT_NEAR(std::get<double>(ratio->find("measured_energy_ratio")->value), 5.6049, 1e-4);
  EXPECT_NEAR(std::get<double>(ratio->find("bytes_ratio")->value), 8, 1e-12);
}

TEST(PublishedCpu, ARateAboveTheBoundSaysSo) {
  const Changed changed("cpu_bitnet_cpp", "bytes_per_second: 83.2e9", "bytes_per_second: 8.32e9");
  const StatisticNode node = cpu_node(cpu(changed.file("cpu_bitnet_cpp")));
  const StatisticNode& row = node.find_child("measurements")->children.front();
  EXPECT_TRUE(std::get<std::string>(row.find("verdict")->value).starts_with("trend: above the bound"));
}

TEST(PublishedCpu, DamagedFilesAreRefusedByName) {
  expect_refused(cpu, "cpu_bitnet_cpp", "tokens_per_second: 30.7", "tokens_per_second: fast", "tokens_per_second");
  expect_refused(cpu, "cpu_bitnet_cpp", "- {processor: i7_13700h", "- {processor: i9",
                 "not among the file's processors");
  expect_refused(cpu, "cpu_bitnet_cpp", "runtime: bitnet_cpp", "runtime: vllm", "not among the file's runtimes");
  expect_refused(cpu, "cpu_bitnet_cpp", "model: bitnet-b158-700m", "model: ../x", "a name in configs/models/");
  expect_refused(cpu, "cpu_bitnet_cpp", "joules_per_token: 1.367", "joule_per_token: 1.367", "joules_per_token");
  expect_refused(cpu, "cpu_bitnet_cpp", "tier: assumed", "tier: guessed", "tier");
  expect_refused(cpu, "cpu_bitnet_cpp", "runtime: bitnet_cpp, model: llama-7b-158",
                 "runtime: llama_cpp_fp16, model: llama-7b-158", "stands here twice");
}

TEST(WeightFormats, Q4KMByHand) {
  // n = 30: layers 0 1 2 (below 30 / 8 = 3), 26 ... 29 (from 7 * 30 / 8 = 26 on) and 5 8 ... 23, the third of each
  // three from 3 on: 14 of 30. There attn_v (2560 x 640) and ffn_down (6912 x 2560) take 6.5625 bits, all else 4.5; a
  // layer has 69468160 weights: 4.5 + 2.0625 * 14 / 30 * 19333120 / 69468160 = 4.7679.
  EXPECT_NEAR(q4_k_m_bits(graph_of("bitnet-b158-2b4t")), 4.5 + 2.0625 * 14 / 30 * 19333120 / 69468160, 1e-12);
  // n = 32, LLaMA 7B: 0 ... 3, 28 ... 31 and 6 9 ... 27: 16 of 32 (what its name calls half). 11008 is 43 blocks.
  const double more = (4096.0 * 4096 + 4096.0 * 11008) / (4 * 4096.0 * 4096 + 3 * 4096.0 * 11008);
  EXPECT_NEAR(q4_k_m_bits(graph_of("llama-7b-158")), 4.5 + 2.0625 * 16 / 32 * more, 1e-12);
  EXPECT_THROW(q4_k_m_bits(graph_of("bitnet-b158-3b")), RequestError);  // 3200 is no multiple of 256
}

TEST(WeightFormats, BitsOfTheShippedRows) {
  const WeightFormatTable table = formats(kConfigs / "published/weight_formats.yaml");
  const std::map<std::string, double> bits{
      {"fp16", 16}, {"gptq_4bit", 4 + 20.0 / 128}, {"awq_4bit", 4 + 20.0 / 128}, {"q4_k_m", 4.767866}, {"bitnet", 2}};
  ASSERT_EQ(table.formats.size(), bits.size());
  for (const WeightFormat& format : table.formats) {
    EXPECT_NEAR(format.bits, bits.at(format.name), 1e-6) << format.name;
    // What the machine moves is what the format has; of the mixture within 0.1 %.
    EXPECT_NEAR(format.config.matrix.weight_bits() / format.bits, 1, format.name == "q4_k_m" ? 1e-3 : 1e-12)
        << format.name;
    const bool q6 = format.name == "q4_k_m";
    EXPECT_EQ(format.graph.shape.embedding_type, q6 ? model::ElementType::Q6_K : model::ElementType::F16);
  }
  EXPECT_EQ(table.workload.prefill_tokens, 512);
  EXPECT_EQ(table.workload.positions(), 513);
}

TEST(WeightFormats, DamagedFilesAreRefusedByName) {
  expect_refused(formats, "weight_formats", "group_size: 128", "group_size: 8", "group_size");
  expect_refused(formats, "weight_formats", "bits: machine", "bits: q4_k_m", "has no 4-bit groups");
  expect_refused(formats, "weight_formats", "embedding: q6_k", "embedding: q5_k", "embedding");
  expect_refused(formats, "weight_formats", "name: awq_4bit", "name: gptq_4bit", "stands here twice");
  expect_refused(formats, "weight_formats", "machine: edge-lpddr5x-fp16", "machine: ../fp16", "a name, not a path");
  expect_refused(formats, "weight_formats", "decode_tokens: 1", "decode_token: 1", "decode_tokens");
  expect_refused(formats, "weight_formats", "zero_share: 0.42", "zero_share: 42", "zero_share");
}

TEST(PublishedHeadline, IsThePassOf512TokensOfThe2B4TTable) {
  const Headline h = headline(kConfigs / "published/headline.yaml");
  EXPECT_EQ(h.entry.value, 0.028);
  EXPECT_EQ(h.workload.prefill_tokens, 512);
  EXPECT_EQ(h.graph.ternary_weights(), 2084044800);
}

TEST(PublishedHeadline, DamagedFilesAreRefusedByName) {
  expect_refused(headline, "headline", "entry: bitnet_2b4t", "entry: bitnet_3b", "has no 'bitnet_3b'");
  expect_refused(headline, "headline", "entry: bitnet_2b4t", "entry: gemma_3_1b", "not the joules of a BitNet pass");
  expect_refused(headline, "headline", "model: bitnet-b158-2b4t", "model: bitnet-b158-3b", "other dimensions");
  expect_refused(headline, "headline", "fp16: edge-lpddr5x-fp16", "fp16: a/b", "a name, not a path");
}

TEST(Reproduction, NamesAreCheckedAndOperationTablesKeepTheirPromises) {
  const ReproductionPaths paths{kConfigs / "published", kConfigs, kSource / "rtl/configs.yaml"};
  EXPECT_THROW(reproduce_published(paths, {"energy_2b4"}), RequestError);
  const Reproduction all =
      reproduce_published(paths, {"matmul_ratio", "energy_2b4t", "bitnet_v1", "b158_fig3", "b158_fig3_llama"});
  EXPECT_TRUE(all.broken.empty());
  // The summary, and a node for each table.
  ASSERT_EQ(all.node.children.size(), 6U);
  const auto count = [&](const char* table, const char* name) {
    return std::get<std::uint64_t>(all.node.children.front().find_child(table)->find(name)->value);
  };
  EXPECT_EQ(count("bitnet_v1", "figures"), 36U);
  EXPECT_EQ(count("bitnet_v1", "agree"), 34U);
  EXPECT_EQ(count("bitnet_v1", "promised"), 34U);
  EXPECT_EQ(count("energy_2b4t", "agree"), 6U);
  EXPECT_EQ(count("matmul_ratio", "agree"), 1U);
  EXPECT_EQ(count("b158_fig3", "agree"), 5U);
}

}  // namespace
}  // namespace ternsim::explore
