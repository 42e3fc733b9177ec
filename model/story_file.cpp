#include "model/story_file.h"

#include <algorithm>
#include <fstream>

#include "base/error.h"

namespace ternsim::model {

namespace {

constexpr std::string_view kSeparator = "<|endoftext|>";

std::string_view strip(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

}  // namespace

std::vector<std::string> split_stories(std::string_view text) {
  std::vector<std::string> stories;
  const auto keep = [&](std::size_t begin, std::size_t end) {
    const std::string_view story = strip(text.substr(begin, end - begin));
    if (!story.empty()) stories.emplace_back(story);
  };
  std::size_t story = 0;
  for (std::size_t line = 0; line < text.size();) {
    const std::size_t newline = std::min(text.find('\n', line), text.size());
    if (strip(text.substr(line, newline - line)) == kSeparator) {
      keep(story, line);
      story = std::min(newline + 1, text.size());
    }
    line = newline + 1;
  }
  keep(story, text.size());
  return stories;
}

std::string load_text(const std::filesystem::path& path) {
  constexpr std::uintmax_t kMaxBytes = std::uintmax_t{256} << 20;
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(path, error);
  if (error) throw InputError(path.string() + ": cannot be read: " + error.message());
  if (bytes > kMaxBytes) {
    throw InputError(path.string() + ": holds " + std::to_string(bytes) + " bytes, a text may hold at most " +
                     std::to_string(kMaxBytes) + "; split it");
  }
  std::ifstream file(path, std::ios::binary);
  std::string text(static_cast<std::size_t>(bytes), '\0');
  if (!file.read(text.data(), static_cast<std::streamsize>(bytes))) {
    throw InputError(path.string() + ": cannot be read to its end");
  }
  return text;
}

std::vector<std::string> load_stories(const std::filesystem::path& path) {
  std::vector<std::string> stories = split_stories(load_text(path));
  if (stories.empty()) throw InputError(path.string() + ": holds no text to score");
  return stories;
}

}  // namespace ternsim::model
