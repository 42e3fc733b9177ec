#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace ternsim {

/// XXH3-64 over the bytes of a file, or over the names, sizes and bytes of all files of a directory, as hexadecimal
/// digits. Throws InputError
/// on what cannot be read.
std::string file_hash(const std::filesystem::path& path);
/// The same of a text.
std::string text_hash(std::string_view text);

}  // namespace ternsim
