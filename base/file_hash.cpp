#include "base/file_hash.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <vector>

#include "base/error.h"
#include "base/hash.h"

namespace ternsim {

std::string file_hash(const std::filesystem::path& path) {
  std::vector<std::filesystem::path> files{path};
  if (std::filesystem::is_directory(path)) {
    files.clear();
    for (const auto& entry : std::filesystem::directory_iterator(path))
      if (entry.is_regular_file()) files.push_back(entry.path());
    std::ranges::sort(files);
  }
  Hash hash;
  std::vector<char> piece(1 << 20);
  for (const std::filesystem::path& file : files) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw InputError(fmt::format("{}: cannot be read", file.string()));
    while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())), in.gcount() > 0)
      hash.update(piece.data(), static_cast<std::size_t>(in.gcount()));
  }
  return hash.hex();
}

std::string text_hash(std::string_view text) {
  Hash hash;
  hash.update(text.data(), text.size());
  return hash.hex();
}

}  // namespace ternsim
