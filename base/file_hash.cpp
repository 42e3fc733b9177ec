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
  Hash hash;
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    files.clear();
    for (std::filesystem::directory_iterator at(path, error), end; !error && at != end; at.increment(error))
      if (at->is_regular_file(error)) files.push_back(at->path());
    if (error) throw InputError(fmt::format("{}: cannot be read: {}", path.string(), error.message()));
    std::ranges::sort(files);
    // Equal bytes under other names, or cut into files elsewhere, are another directory.
    for (const std::filesystem::path& file : files) {
      const std::string entry =
          fmt::format("{} {}\n", file.filename().string(), std::filesystem::file_size(file, error));
      hash.update(entry.data(), entry.size());
    }
  }
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
