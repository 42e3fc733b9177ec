#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <new>

#include "base/error.h"
#include "base/random.h"
#include "model/model_loader.h"
#include "model/tokenizer.h"
#include "tests/formats_tiny.h"
#include "tests/soak.h"

namespace ternsim::model {
namespace {

using testing::tiny_file;

// A file that asks for much memory must be refused before it gets any: std::bad_alloc fails these tests. The address
// sanitizer reserves address space by the terabyte and cannot be limited so.
class Damage : public ::testing::Test {
 protected:
  static constexpr rlim_t kSpare = rlim_t{64} << 20;

  void SetUp() override {
#if !defined(__SANITIZE_ADDRESS__)
    std::ifstream statm("/proc/self/statm");
    rlim_t pages = 0;
    statm >> pages;
    ASSERT_EQ(getrlimit(RLIMIT_AS, &before_), 0);
    rlimit limit = before_;
    limit.rlim_cur = pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + kSpare;
    ASSERT_EQ(setrlimit(RLIMIT_AS, &limit), 0);
    ASSERT_THROW(std::vector<std::uint8_t>(2 * kSpare, 1), std::bad_alloc) << "the limit does not hold";
#endif
  }
  void TearDown() override {
#if !defined(__SANITIZE_ADDRESS__)
    setrlimit(RLIMIT_AS, &before_);
#endif
  }

  /// True if the bytes load as a model; any error but InputError escapes.
  static bool loads(std::vector<std::uint8_t> bytes) {
    try {
      const Model model = load_model(GgufFile::from_bytes(std::move(bytes), "damaged"));
      const Tokenizer tokenizer(model.vocabulary);
      return true;
    } catch (const InputError& e) {
      EXPECT_FALSE(std::string_view(e.what()).empty());
      return false;
    }
  }

 private:
  [[maybe_unused]] rlimit before_{};
};

TEST_F(Damage, TruncationAtEveryLength) {
  const auto bytes = tiny_file().bytes();
  ASSERT_TRUE(loads(bytes));
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    // The last tensor's bytes end where the file does: its 384 + 32 are a multiple of the alignment.
    ASSERT_FALSE(loads({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n)})) << n << " bytes";
  }
}

TEST_F(Damage, TruncatedFilesOnDisk) {
  const std::string path = ::testing::TempDir() + std::to_string(getpid()) + "_formats_damage_truncated.gguf";
  const auto bytes = tiny_file().bytes();
  for (std::size_t n = 0; n < bytes.size(); n += 97) {
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(n));
    try {
      load_model(path);
      ADD_FAILURE() << n << " bytes loaded";
    } catch (const InputError& e) {
      EXPECT_EQ(std::string(e.what()).find(path + ": "), 0U) << e.what();
    }
  }
  std::filesystem::remove(path);
}

TEST_F(Damage, EveryBitOfTheHeader) {
  const testing::RawFile file = tiny_file();
  const auto bytes = file.bytes();
  const std::size_t header = file.header().size();
  std::size_t loaded = 0;
  for (std::size_t at = 0; at < header; ++at)
    for (int bit = 0; bit < 8; ++bit) {
      auto damaged = bytes;
      damaged[at] = static_cast<std::uint8_t>(damaged[at] ^ (1 << bit));
      loaded += loads(std::move(damaged));
    }
  // Some flips change a name, a number that may be another, or padding; most do not get through.
  EXPECT_GT(loaded, 0U);
  EXPECT_LT(loaded, header * 8 / 4);
}

TEST_F(Damage, RandomBytesAnywhere) {
  const auto bytes = tiny_file().bytes();
  Random random(31);
  for (int round = 0; round < test::rounds(8000); ++round) {
    auto damaged = bytes;
    for (std::uint64_t n = 1 + random.below(4); n > 0; --n)
      damaged[random.below(damaged.size())] = static_cast<std::uint8_t>(random.below(256));
    loads(std::move(damaged));
  }
}

// Eight bytes at a time: that is how lengths, counts, dimensions and offsets go wrong.
TEST_F(Damage, TellingNumbersEverywhereInTheHeader) {
  const testing::RawFile file = tiny_file();
  const auto bytes = file.bytes();
  const std::size_t header = file.header().size();
  for (const std::uint64_t value :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{0x7fffffff}, std::uint64_t{0xffffffff},
        std::uint64_t{1} << 32, (std::uint64_t{1} << 63) - 1, std::uint64_t{1} << 63, ~std::uint64_t{0},
        ~std::uint64_t{0} - 31, std::uint64_t{bytes.size()}})
    for (std::size_t at = 0; at + 8 <= header; ++at) {
      auto damaged = bytes;
      std::memcpy(damaged.data() + at, &value, sizeof value);
      loads(std::move(damaged));
    }
}

}  // namespace
}  // namespace ternsim::model
