// What the fuzz targets found, one test each.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/error.h"
#include "model/checkpoint_loader.h"

namespace ternsim::model {
namespace {

class FuzzFindings : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("ternsim-findings-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void write(const std::string& name, const std::string& text) { std::ofstream(folder_ / name) << text; }

  std::filesystem::path folder_;
};

// The name of a shard comes from the index, and went into the message as it was.
TEST_F(FuzzFindings, ControlBytesInShardNamesStayOutOfMessages) {
  write("config.json",
        R"({"model_type":"bitnet","vocab_size":8,"max_position_embeddings":64,"hidden_size":32,"num_hidden_layers":1,)"
        R"("intermediate_size":48,"num_attention_heads":2,"rms_norm_eps":1e-5})");
  for (const char* escaped : {"\\n", "\\u001b", "\\u0000", "\\u007f"}) {
    write("model.safetensors.index.json",
          std::string(R"({"weight_map":{"model.norm.weight":"a)") + escaped + R"(b.safetensors"}})");
    try {
      Checkpoint::open(folder_);
      FAIL() << escaped;
    } catch (const InputError& e) {
      const std::string message = e.what();
      EXPECT_NE(message.find("model.safetensors.index.json"), std::string::npos) << message;
      EXPECT_TRUE(std::all_of(message.begin(), message.end(), [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
      })) << escaped;
    }
  }
}

}  // namespace
}  // namespace ternsim::model
