#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "model/chat_template.h"
#include "model/inference.h"
#include "model/sampler.h"
#include "model/tokenizer.h"

namespace ternsim::model {

/// How a reply came to its end.
enum class ReplyEnd {
  Stopped,      ///< the model wrote a stop token
  Length,       ///< `max_tokens` were written
  ContextFull,  ///< no position is left
  NoRoom        ///< the question itself does not fit: nothing was taken in
};

struct Reply {
  ReplyEnd end = ReplyEnd::Stopped;
  std::int64_t tokens = 0;  ///< written, the stop token included
};

struct ChatOptions {
  std::string system = {};        ///< first message; empty: none
  std::int64_t max_tokens = 512;  ///< of one reply
  SamplingOptions sampling = {};
};

/// A conversation: what was said stays in the inference's cache, each turn adds its own tokens only.
class ChatSession {
 public:
  /// All must outlive the session. Resets the inference. Throws RequestError where the template names tokens that the
  /// vocabulary lacks, or the sampling options are out of range.
  ChatSession(Inference& inference, const Tokenizer& tokenizer, const ChatTemplate& form, const ChatOptions& options);

  /// Takes in one message of the user and writes the answer, piece by piece, to `on_text`: whole characters of UTF-8,
  /// without the stop token. Throws InputError on text that is not UTF-8; the conversation is then as before.
  Reply reply(std::string_view text, const std::function<void(std::string_view)>& on_text);

  /// Starts anew; the system message stays.
  void reset();

  /// Positions that the conversation takes, the tokens that go in with the next message included.
  std::int64_t positions() const { return inference_.position() + static_cast<std::int64_t>(pending_.size()); }
  std::int64_t context_length() const { return inference_.graph().shape.context_length; }

 private:
  bool is_stop(std::int32_t id) const;
  void close_turn(const Reply& reply);

  Inference& inference_;
  const Tokenizer& tokenizer_;
  const ChatTemplate& form_;
  ChatOptions options_;
  Sampler sampler_;
  std::vector<std::int32_t> stop_ids_;
  std::vector<std::int32_t> suffix_;   ///< behind a message of the assistant
  std::vector<std::int32_t> pending_;  ///< written, but not yet seen by the inference
  bool begun_ = false;
};

}  // namespace ternsim::model
