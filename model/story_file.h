#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace ternsim::model {

/// The stories of a text: separated by lines that hold `<|endoftext|>` and nothing else, stripped of white space
/// (ASCII) at both ends, empty ones left out.
std::vector<std::string> split_stories(std::string_view text);
/// A whole file of at most 256 MiB as it stands. Throws InputError when it cannot be read.
std::string load_text(const std::filesystem::path& path);
/// The stories of a file of at most 256 MiB. Throws InputError when it cannot be read or holds no story.
std::vector<std::string> load_stories(const std::filesystem::path& path);

}  // namespace ternsim::model
