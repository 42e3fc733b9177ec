// Writes the seed files of every fuzz target: fuzz_seeds FOLDER makes FOLDER/<target>/<name>.
#include "tests/fuzz/seeds.h"

#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "model/checkpoint_loader.h"
#include "model/model_loader.h"
#include "model/tiktoken.h"
#include "model/tokenizer.h"
#include "model/tokenizer_json.h"
#include "tests/fuzz/checkpoint_input.h"
#include "tests/fuzz/tokenizer_input.h"

namespace {

void write(const std::filesystem::path& folder, const std::vector<ternsim::fuzz::Seed>& seeds) {
  std::filesystem::create_directories(folder);
  for (const ternsim::fuzz::Seed& seed : seeds) {
    std::ofstream out(folder / seed.name, std::ios::binary);
    out.write(seed.bytes.data(), static_cast<std::streamsize>(seed.bytes.size()));
    if (!out.flush()) throw std::runtime_error("cannot write " + (folder / seed.name).string());
  }
  std::printf("%zu seeds in %s\n", seeds.size(), folder.c_str());
}

// A seed that is refused would hide from the fuzzer all that lies behind the refusal.
void check(const std::vector<ternsim::fuzz::Seed>& gguf, const std::vector<ternsim::fuzz::Seed>& tokenizers) {
  using namespace ternsim;
  const auto refused = [](const fuzz::Seed& seed) { return seed.name.starts_with("refused"); };
  for (const fuzz::Seed& seed : gguf) {
    if (refused(seed)) continue;
    model::load_model(model::GgufFile::from_bytes({seed.bytes.begin(), seed.bytes.end()}, seed.name),
                      {.ternarise = true, .threads = 1});
  }
  for (const fuzz::Seed& seed : tokenizers) {
    if (refused(seed)) continue;
    const std::string text = seed.bytes.substr(1);
    const auto kind = static_cast<fuzz::TokenizerInput>(seed.bytes[0]);
    if (kind == fuzz::TokenizerInput::Json)
      model::Tokenizer(model::parse_tokenizer_json(text, seed.name), seed.name);
    else if (kind == fuzz::TokenizerInput::Tiktoken)
      model::Tokenizer(model::parse_tiktoken(text, seed.name), seed.name);
  }
}

void check_checkpoints(const std::vector<ternsim::fuzz::Seed>& seeds, const std::filesystem::path& folder) {
  using namespace ternsim;
  for (const fuzz::Seed& seed : seeds) {
    const std::string rest = seed.bytes.substr(1);
    switch (static_cast<fuzz::SafetensorsInput>(seed.bytes[0])) {
      case fuzz::SafetensorsInput::File:
        model::SafetensorsHeader::parse({reinterpret_cast<const std::uint8_t*>(rest.data()), rest.size()}, seed.name);
        break;
      case fuzz::SafetensorsInput::Config:
        model::parse_checkpoint_config(rest, seed.name);
        break;
      case fuzz::SafetensorsInput::Checkpoint:
        fuzz::write_files(fuzz::split_files(rest), folder);
        model::load_checkpoint(folder, {.threads = 1});
        std::filesystem::remove_all(folder);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: fuzz_seeds FOLDER\n");
    return 2;
  }
  try {
    const std::filesystem::path folder = argv[1];
    const auto gguf = ternsim::fuzz::gguf_seeds();
    const auto tokenizers = ternsim::fuzz::tokenizer_seeds();
    const auto checkpoints = ternsim::fuzz::safetensors_seeds();
    check(gguf, tokenizers);
    check_checkpoints(checkpoints, folder / "checked");
    write(folder / "safetensors", checkpoints);
    write(folder / "gguf", gguf);
    write(folder / "tokenizer", tokenizers);
    write(folder / "configuration", ternsim::fuzz::configuration_seeds());
    write(folder / "results", ternsim::fuzz::results_seeds());
  } catch (const std::exception& e) {
    std::fprintf(stderr, "fuzz_seeds: %s\n", e.what());
    return 1;
  }
  return 0;
}
