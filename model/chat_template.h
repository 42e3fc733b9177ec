#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "model/tokenizer.h"

namespace ternsim::model {

enum class ChatRole { System, User, Assistant };

struct ChatMessage {
  ChatRole role = ChatRole::User;
  std::string text;  ///< UTF-8
};

/// How a conversation becomes tokens: begin-of-text once, then each message between the prefix and the suffix of its
/// role, then the assistant's prefix for the model to go on. A prefix or suffix may hold control tokens as they are
/// spelled; they go in as ids. What a message says never becomes one.
class ChatTemplate {
 public:
  /// The released BitNet b1.58 2B4T's, by its tokenizer_config.json: "System: ...<|eot_id|>", "User: ...<|eot_id|>",
  /// "Assistant: ...<|eot_id|>", contents trimmed.
  static ChatTemplate bitnet_2b4t();

  /// A YAML file of this form; every key but `stop` is needed:
  ///
  ///     bos: true                # begin-of-text in front of the first message
  ///     trim: true               # white space around a message's text is left out
  ///     system:    {prefix: "System: ", suffix: "<|eot_id|>"}
  ///     user:      {prefix: "User: ", suffix: "<|eot_id|>"}
  ///     assistant: {prefix: "Assistant: ", suffix: "<|eot_id|>"}
  ///     stop: ["<|eot_id|>"]     # control tokens that end a reply beside the vocabulary's own
  ///
  /// Throws InputError with file, line and key.
  static ChatTemplate load(const std::filesystem::path& path);
  static ChatTemplate parse(const std::string& yaml, const std::string& origin);

  enum class Part {
    Conversation,  ///< from the begin-of-text on
    Continuation   ///< behind tokens that the model has seen: no begin-of-text
  };
  /// Token ids of the messages, the last of which the assistant is to answer. Throws RequestError if the template names
  /// a token <|...|> that the vocabulary lacks, or there is no message; InputError on text that is not UTF-8.
  std::vector<std::int32_t> render(std::span<const ChatMessage> messages, const Tokenizer& tokenizer,
                                   Part part = Part::Conversation) const;
  /// Token ids of what stands behind a message of the assistant. Throws as `render`.
  std::vector<std::int32_t> assistant_suffix(const Tokenizer& tokenizer) const;
  /// Ids at which a reply ends: the vocabulary's stop ids, the template's, each once. Throws as `render`.
  std::vector<std::int32_t> stop_ids(const Tokenizer& tokenizer) const;

 private:
  struct Frame {
    std::string prefix;
    std::string suffix;
  };
  const Frame& frame(ChatRole role) const;

  bool bos_ = true;
  bool trim_ = true;
  Frame system_;
  Frame user_;
  Frame assistant_;
  std::vector<std::string> stop_;
};

/// Without Unicode white space at both ends, as Python's str.strip leaves it. Of UTF-8 text.
std::string_view trimmed(std::string_view text);

}  // namespace ternsim::model
