// Token ids of many texts, for the comparison with other tokenizers: reads a JSON string a line, writes a JSON list of
// ids a line.
//
//     tokenizer_encode_lines [--decode | --parse | --chat] [--time] TOKENIZER < texts.jsonl > ids.jsonl
//
// TOKENIZER: tokenizer.json, tiktoken or GGUF file. --decode reads lists of ids and writes the texts; --parse makes
// control tokens of their spellings. --time writes to standard error how long building the tokenizer and encoding took.

#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "model/chat_template.h"
#include "model/tokenizer.h"
#include "model/vocabulary_file.h"

namespace {

using ternsim::model::ChatMessage;
using ternsim::model::ChatRole;
using ternsim::model::ChatTemplate;
using ternsim::model::SpecialTokens;
using ternsim::model::Tokenizer;

struct Options {
  std::string path;
  bool decode = false;
  bool parse = false;
  bool chat = false;
  bool time = false;
};

std::vector<ChatMessage> messages_of(const nlohmann::json& list) {
  std::vector<ChatMessage> messages;
  for (const auto& message : list) {
    const std::string role = message.at("role");
    messages.push_back({role == "system" ? ChatRole::System
                        : role == "user" ? ChatRole::User
                                         : ChatRole::Assistant,
                        message.at("content")});
  }
  return messages;
}

int run(const Options& options) {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  const auto vocabulary = ternsim::model::load_vocabulary(options.path);
  const auto read = Clock::now();
  const Tokenizer tokenizer(vocabulary, options.path);
  const auto built = Clock::now();
  const auto special = options.parse ? SpecialTokens::Parse : SpecialTokens::AsText;
  const ChatTemplate chat = ChatTemplate::bitnet_2b4t();
  std::string line;
  std::uint64_t tokens = 0;
  while (std::getline(std::cin, line)) {
    const auto input = nlohmann::json::parse(line);
    if (options.decode) {
      std::cout << nlohmann::json(tokenizer.decode_text(input.get<std::vector<std::int32_t>>())).dump() << '\n';
      continue;
    }
    const auto ids = options.chat ? chat.render(messages_of(input), tokenizer)
                                  : tokenizer.encode(input.get<std::string>(), false, special);
    tokens += ids.size();
    std::cout << nlohmann::json(ids).dump() << '\n';
  }
  const auto seconds = [](auto a, auto b) { return std::chrono::duration<double>(b - a).count(); };
  if (options.time)
    std::cerr << options.path << ": read in " << seconds(begin, read) << " s, built in " << seconds(read, built)
              << " s, " << tokens << " tokens in " << seconds(built, Clock::now()) << " s\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--decode")
      options.decode = true;
    else if (argument == "--parse")
      options.parse = true;
    else if (argument == "--chat")
      options.chat = true;
    else if (argument == "--time")
      options.time = true;
    else
      options.path = argument;
  }
  if (options.path.empty()) {
    std::cerr << "usage: tokenizer_encode_lines [--decode | --parse | --chat] [--time] TOKENIZER < lines\n";
    return 2;
  }
  try {
    return run(options);
  } catch (const std::exception& e) {
    std::cerr << "tokenizer_encode_lines: " << e.what() << '\n';
    return 1;
  }
}
