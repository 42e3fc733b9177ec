#include <gtest/gtest.h>

#include "base/error.h"
#include "base/random.h"
#include "model/checkpoint_config.h"
#include "model/checkpoint_loader.h"
#include "model/model_loader.h"
#include "tests/formats_checkpoint.h"
#include "tests/soak.h"

namespace ternsim::model {
namespace {

using testing::RawCheckpoint;
using testing::TemporaryFolder;

/// True if the bytes are a header; any error but InputError escapes.
bool parses(const std::string& file) {
  try {
    SafetensorsHeader::parse({reinterpret_cast<const std::uint8_t*>(file.data()), file.size()}, "damaged");
    return true;
  } catch (const InputError& e) {
    EXPECT_EQ(std::string(e.what()).find("damaged"), 0U) << e.what();
    return false;
  }
}

std::string tiny_safetensors() {
  RawCheckpoint raw_checkpoint;
  raw_checkpoint.build(1);
  return testing::safetensors_file(raw_checkpoint.tensors);
}

TEST(SafetensorsDamage, TruncationAtEveryLength) {
  const std::string file = tiny_safetensors();
  ASSERT_TRUE(parses(file));
  for (std::size_t n = 0; n < file.size(); ++n) ASSERT_FALSE(parses(file.substr(0, n))) << n << " bytes";
}

TEST(SafetensorsDamage, EveryBitOfTheHeader) {
  const std::string file = tiny_safetensors();
  std::uint64_t header;
  std::memcpy(&header, file.data(), sizeof header);
  std::size_t parsed = 0;
  for (std::size_t at = 0; at < 8 + header; ++at)
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = file;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      parsed += parses(damaged);
    }
  // Names may change and stay names; numbers, brackets and quotes may not.
  EXPECT_GT(parsed, 0U);
  EXPECT_LT(parsed, header * 8 * 3 / 4);
}

// Whole checkpoints, from the disk: what loads has passed every check, what does not says why.
TEST(SafetensorsDamage, RandomBytesAnywhere) {
  const TemporaryFolder folder("formats_safetensors_damage");
  RawCheckpoint raw_checkpoint;
  raw_checkpoint.build(2);
  const std::string good = testing::safetensors_file(raw_checkpoint.tensors);
  const std::string config = raw_checkpoint.config();
  Random random(7);
  int loaded = 0;
  for (int round = 0; round < test::rounds(800); ++round) {
    std::string file = good;
    std::string text = config;
    for (std::uint64_t n = 1 + random.below(3); n > 0; --n) {
      std::string& victim = random.below(3) == 0 ? text : file;
      victim[random.below(victim.size())] = static_cast<char>(random.below(256));
    }
    folder.put("config.json", text);
    folder.put("model.safetensors", file);
    try {
      load_any(folder.path);
      ++loaded;
    } catch (const InputError& e) {
      EXPECT_FALSE(std::string_view(e.what()).empty());
    }
  }
  EXPECT_GT(loaded, 0);
}

}  // namespace
}  // namespace ternsim::model
