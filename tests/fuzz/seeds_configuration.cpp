#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tests/fuzz/configuration_input.h"
#include "tests/fuzz/seeds.h"

namespace ternsim::fuzz {

namespace fs = std::filesystem;

// The files that are shipped: each is read by a test of its own, so that none is refused.
std::vector<Seed> configuration_seeds() {
  static constexpr struct {
    const char* folder;
    const char* extension;
    ConfigurationInput kind;
  } kFolders[] = {{"accelerators", ".yaml", ConfigurationInput::Accelerator},
                  {"workloads", ".yaml", ConfigurationInput::Workload},
                  {"workloads", ".csv", ConfigurationInput::Topology},
                  {"technologies", ".yaml", ConfigurationInput::Technology},
                  {"models", ".yaml", ConfigurationInput::ModelShape},
                  {"sweeps", ".yaml", ConfigurationInput::Sweep}};
  std::vector<Seed> seeds;
  const auto read = [](const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    if (text.str().empty()) throw std::runtime_error("cannot read " + path.string());
    return text.str();
  };
  for (const auto& [folder, extension, kind] : kFolders)
    for (const auto& entry : fs::directory_iterator(fs::path(TERNSIM_SOURCE_DIR) / "configs" / folder)) {
      if (entry.path().extension() != extension) continue;
      seeds.push_back({std::string(folder) + "-" + entry.path().filename().string(),
                       std::string(1, static_cast<char>(kind)) + read(entry.path())});
    }
  const auto add = [&](const char* name, ConfigurationInput kind, const std::string& text) {
    seeds.push_back({name, std::string(1, static_cast<char>(kind)) + text});
  };
  // Keys that no shipped file has.
  add("model_scheme", ConfigurationInput::ModelShape,
      read(fs::path(TERNSIM_SOURCE_DIR) / "configs/models/bitnet-b158-2b4t.yaml") +
          "rope_pairing: neighbours\nactivation_scheme: a4.8\n");
  add("override", ConfigurationInput::Workload,
      "name: one\nbatch: 1\ncontext: 0\nprefill_tokens: 1\ndecode_tokens: 0\nzero_share: 0.4\n--set batch=2");
  add("sparsity.csv", ConfigurationInput::Topology, "Layer, M, N, K, Sparsity,\nfirst, 1, 2, 3, 1:1,\n");
  add("refused_sparsity.csv", ConfigurationInput::Topology, "Layer, M, N, K, Sparsity,\nfirst, 1, 2, 3, 2:4,\n");
  // A packing that each datapath refuses, in place of its own.
  const std::string plain = read(fs::path(TERNSIM_SOURCE_DIR) / "configs/accelerators/edge-lut.yaml");
  for (const char* datapath : {"int8_mac", "fp16_mac", "w4a16_mac", "zero_skip", "bit_serial"}) {
    std::string text = plain;
    text.replace(text.find("datapath: lut"), 13, std::string("datapath: ") + datapath);
    add((std::string("refused_") + datapath).c_str(), ConfigurationInput::Accelerator, text);
  }
  add("refused_alias", ConfigurationInput::Workload, "name: &a [*a]\n");
  add("refused_depth", ConfigurationInput::Sweep, "name: " + std::string(4096, '['));
  add("refused_tag", ConfigurationInput::Workload, "!!binary name: x\n");
  return seeds;
}

}  // namespace ternsim::fuzz
