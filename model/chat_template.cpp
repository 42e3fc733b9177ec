#include "model/chat_template.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/utf8.h"
#include "base/yaml.h"

namespace ternsim::model {

namespace {

constexpr std::string_view kBitnet2b4t = R"(
bos: true
trim: true
system: {prefix: "System: ", suffix: "<|eot_id|>"}
user: {prefix: "User: ", suffix: "<|eot_id|>"}
assistant: {prefix: "Assistant: ", suffix: "<|eot_id|>"}
stop: ["<|eot_id|>"]
)";

// What Python's str.isspace takes (Unicode's White_Space and the four information separators).
bool is_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x20) || c == 0x85 || c == 0xa0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

[[noreturn]] void fail_missing(std::string_view token) {
  throw RequestError(
      fmt::format("the chat template needs the control token '{}', which the model's vocabulary lacks; give a template "
                  "for this model",
                  token));
}

// A spelled-out token that the vocabulary lacks would go in as text, and the model would not know the turn's end.
void refuse_missing_tokens(std::string_view text) {
  const std::size_t open = text.find("<|");
  if (open == std::string_view::npos) return;
  const std::size_t close = text.find("|>", open);
  if (close == std::string_view::npos) return;
  fail_missing(text.substr(open, close + 2 - open));
}

void append_frame(std::string_view text, const Tokenizer& tokenizer, std::vector<Tokenizer::Segment>& out) {
  for (Tokenizer::Segment& segment : tokenizer.segments(text)) {
    if (segment.id < 0) refuse_missing_tokens(segment.text);
    out.push_back(std::move(segment));
  }
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  std::size_t begin = text.size();
  std::size_t end = text.size();
  bool seen = false;
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Char c = utf8_at(text, at);
    const std::size_t length = c.state == Utf8Char::State::Valid ? c.length : 1;
    if (c.state != Utf8Char::State::Valid || !is_space(c.code)) {
      if (!seen) begin = at;
      seen = true;
      end = at + length;
    }
    at += length;
  }
  return text.substr(begin, end - begin);
}

ChatTemplate ChatTemplate::bitnet_2b4t() { return parse(std::string(kBitnet2b4t), "built-in chat template"); }

ChatTemplate ChatTemplate::load(const std::filesystem::path& path) {
  const YamlMap root = YamlMap::load(path);
  return parse(root.source(), path.string());
}

ChatTemplate ChatTemplate::parse(const std::string& yaml, const std::string& origin) {
  YamlMap root = YamlMap::parse(yaml, origin);
  ChatTemplate out;
  out.bos_ = root.boolean("bos");
  out.trim_ = root.boolean("trim");
  const auto read_frame = [&](const char* key, Frame& frame) {
    YamlMap map = root.map(key);
    frame.prefix = map.text("prefix");
    frame.suffix = map.text("suffix");
    for (const auto& [name, text] : {std::pair("prefix", &frame.prefix), std::pair("suffix", &frame.suffix)})
      if (utf8_valid_prefix(*text) != text->size()) map.fail(name, "not UTF-8");
    map.finish();
  };
  read_frame("system", out.system_);
  read_frame("user", out.user_);
  read_frame("assistant", out.assistant_);
  if (root.has("stop")) out.stop_ = root.texts("stop");
  root.finish();
  return out;
}

const ChatTemplate::Frame& ChatTemplate::frame(ChatRole role) const {
  if (role == ChatRole::System) return system_;
  return role == ChatRole::User ? user_ : assistant_;
}

std::vector<std::int32_t> ChatTemplate::render(std::span<const ChatMessage> messages, const Tokenizer& tokenizer,
                                               Part part) const {
  if (messages.empty()) throw RequestError("a chat without messages; give at least one");
  std::vector<Tokenizer::Segment> segments;
  for (const ChatMessage& message : messages) {
    const Frame& around = frame(message.role);
    append_frame(around.prefix, tokenizer, segments);
    segments.push_back({std::string(trim_ ? trimmed(message.text) : std::string_view(message.text))});
    append_frame(around.suffix, tokenizer, segments);
  }
  append_frame(assistant_.prefix, tokenizer, segments);
  return tokenizer.encode(segments, bos_ && part == Part::Conversation);
}

std::vector<std::int32_t> ChatTemplate::assistant_suffix(const Tokenizer& tokenizer) const {
  std::vector<Tokenizer::Segment> segments;
  append_frame(assistant_.suffix, tokenizer, segments);
  return tokenizer.encode(segments, false);
}

std::vector<std::int32_t> ChatTemplate::stop_ids(const Tokenizer& tokenizer) const {
  std::vector<std::int32_t> ids = tokenizer.stop_ids();
  for (const std::string& name : stop_) {
    const std::int32_t id = tokenizer.special_id(name);
    if (id < 0) fail_missing(name);
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  }
  return ids;
}

}  // namespace ternsim::model
