#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

// What an input of fuzz_safetensors is, shared with its seeds.
namespace ternsim::fuzz {

/// The first byte of an input, modulo 3, says what the others are.
enum class SafetensorsInput {
  File = 0,       ///< a safetensors file
  Config = 1,     ///< a config.json
  Checkpoint = 2  ///< the files of a checkpoint, see CheckpointFiles
};

/// The files of a checkpoint's directory. In an input each is its length, four bytes little endian, and its bytes; an
/// empty one is not there. Without an index the first shard is model.safetensors.
struct CheckpointFiles {
  enum Which { Config, Index, Tokenizer, FirstShard, SecondShard, kCount };
  std::array<std::string, kCount> bytes;
};

inline constexpr const char* kShardNames[] = {"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"};

inline std::string join_files(const CheckpointFiles& files) {
  std::string out;
  for (const std::string& file : files.bytes) {
    for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(file.size() >> shift & 0xff);
    out += file;
  }
  return out;
}

/// Lengths beyond the end are cut to what is there, so that every input is a checkpoint of some kind.
inline CheckpointFiles split_files(std::string_view input) {
  CheckpointFiles files;
  for (std::string& file : files.bytes) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4 && i < input.size(); ++i)
      length |= static_cast<std::size_t>(static_cast<unsigned char>(input[i])) << (8 * i);
    input.remove_prefix(input.size() < 4 ? input.size() : 4);
    file = input.substr(0, length);
    input.remove_prefix(file.size());
  }
  return files;
}

/// Makes the folder anew with these files in it.
inline void write_files(const CheckpointFiles& files, const std::filesystem::path& folder) {
  const bool sharded = !files.bytes[CheckpointFiles::Index].empty();
  const std::array<std::string, CheckpointFiles::kCount> names = {
      "config.json", "model.safetensors.index.json", "tokenizer.json", sharded ? kShardNames[0] : "model.safetensors",
      kShardNames[1]};
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (files.bytes[i].empty()) continue;
    std::ofstream out(folder / names[i], std::ios::binary);
    out.write(files.bytes[i].data(), static_cast<std::streamsize>(files.bytes[i].size()));
  }
}

}  // namespace ternsim::fuzz
