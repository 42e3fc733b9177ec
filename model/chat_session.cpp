#include "model/chat_session.h"

#include <algorithm>
#include <utility>

namespace ternsim::model {

ChatSession::ChatSession(Inference& inference, const Tokenizer& tokenizer, const ChatTemplate& form,
                         const ChatOptions& options)
    : inference_(inference),
      tokenizer_(tokenizer),
      form_(form),
      options_(options),
      sampler_(options.sampling),
      stop_ids_(form.stop_ids(tokenizer)),
      suffix_(form.assistant_suffix(tokenizer)) {
  // Words that the template itself writes: what it lacks is told before the first question.
  (void)form_.render(std::vector<ChatMessage>{{ChatRole::User, "Hello"}}, tokenizer_);
  reset();
}

void ChatSession::reset() {
  inference_.reset();
  pending_.clear();
  begun_ = false;
}

bool ChatSession::is_stop(std::int32_t id) const { return std::ranges::find(stop_ids_, id) != stop_ids_.end(); }

/// Puts the template's suffix behind the answer, so that the next turn is read as the template writes it. A model that
/// stopped has written the suffix's first token itself, or chosen another end, which stands.
void ChatSession::close_turn(const Reply& reply) {
  if (reply.end == ReplyEnd::Length) {
    pending_.insert(pending_.end(), suffix_.begin(), suffix_.end());
  } else if (reply.end == ReplyEnd::Stopped && !suffix_.empty() && suffix_.front() == pending_.back()) {
    pending_.insert(pending_.end(), suffix_.begin() + 1, suffix_.end());
  }
}

Reply ChatSession::reply(std::string_view text, const std::function<void(std::string_view)>& on_text) {
  std::vector<ChatMessage> messages;
  if (!begun_ && !options_.system.empty()) messages.push_back({ChatRole::System, options_.system});
  messages.push_back({ChatRole::User, std::string(text)});
  const std::vector<std::int32_t> said =
      form_.render(messages, tokenizer_, begun_ ? ChatTemplate::Part::Continuation : ChatTemplate::Part::Conversation);
  // One position more, or nothing could be answered and continued.
  if (positions() + static_cast<std::int64_t>(said.size()) >= context_length()) return {ReplyEnd::NoRoom, 0};

  std::vector<std::int32_t> input = pending_;
  input.insert(input.end(), said.begin(), said.end());
  StreamDecoder decoder(tokenizer_);
  Reply reply;
  while (true) {
    const std::int32_t token = sampler_.next(inference_.forward(input));
    begun_ = true;
    ++reply.tokens;
    pending_.assign(1, token);
    if (is_stop(token)) {
      reply.end = ReplyEnd::Stopped;
      break;
    }
    if (const std::string piece = decoder.push(token); !piece.empty()) on_text(piece);
    if (inference_.position() >= context_length()) {
      reply.end = ReplyEnd::ContextFull;
      break;
    }
    if (reply.tokens >= options_.max_tokens) {
      reply.end = ReplyEnd::Length;
      break;
    }
    input.assign(1, token);
  }
  close_turn(reply);
  if (const std::string rest = decoder.finish(); !rest.empty()) on_text(rest);
  return reply;
}

}  // namespace ternsim::model
