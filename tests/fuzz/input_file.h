#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "tests/fuzz/clear_error.h"

namespace ternsim::fuzz {

/// A file of this process with these bytes, for readers that take no text; its name stands in every message.
inline std::filesystem::path input_file(std::string_view bytes) {
  static const std::filesystem::path path =
      std::filesystem::temp_directory_path() / (kOrigin + "-" + std::to_string(::getpid()));
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return path;
}

}  // namespace ternsim::fuzz
