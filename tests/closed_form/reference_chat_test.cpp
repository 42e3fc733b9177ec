#include "model/chat_session.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/error.h"
#include "model/cpu_engine.h"
#include "tests/tiny_model.h"

namespace ternsim::model {
namespace {

constexpr const char* kForm = R"(
bos: true
trim: true
system:    {prefix: "S:", suffix: "<|control_256|>"}
user:      {prefix: "U:", suffix: "<|control_256|>"}
assistant: {prefix: "A:", suffix: "<|control_256|>"}
stop: ["<|control_256|>"]
)";

struct Talk {
  explicit Talk(const Model& model, ChatOptions options = {}, const std::string& yaml = kForm)
      : inference(model, engine),
        tokenizer(model.vocabulary),
        form(ChatTemplate::parse(yaml, "test")),
        session(inference, tokenizer, form, options) {}
  Reply say(const std::string& text) {
    heard.clear();
    return session.reply(text, [&](std::string_view piece) { heard += piece; });
  }
  CpuEngine engine;
  Inference inference;
  Tokenizer tokenizer;
  ChatTemplate form;
  ChatSession session;
  std::string heard;
};

ModelShape roomy() {
  ModelShape shape = test::tiny_shape();
  shape.context_length = 200;
  shape.block_count = 1;
  return shape;
}

/// Greedy continuation of `tokens` until a stop or `count`, by plain calls.
std::vector<std::int32_t> continued(const Model& model, std::vector<std::int32_t> tokens, std::int64_t count) {
  CpuEngine engine;
  Inference inference(model, engine);
  std::vector<std::int32_t> written;
  while (static_cast<std::int64_t>(written.size()) < count) {
    const std::int32_t next = greedy(inference.forward(tokens));
    written.push_back(next);
    if (next == 256 || next == model.vocabulary.eos) break;
    tokens.assign(1, next);
  }
  return written;
}

TEST(ChatSession, AnswersAsTheModelContinuesTheWholeConversation) {
  const Model model = test::make_random_model(roomy(), 41);
  Talk talk(model, {.system = "be", .max_tokens = 9});
  const Reply first = talk.say(" hi ");
  // BOS S:be<256> U:hi<256> A:
  std::vector<std::int32_t> all = {model.vocabulary.bos, 'S', ':', 'b', 'e', 256, 'U', ':', 'h', 'i', 256, 'A', ':'};
  const std::vector<std::int32_t> written = continued(model, all, 9);
  EXPECT_EQ(first.tokens, static_cast<std::int64_t>(written.size()));
  EXPECT_EQ(talk.heard, talk.tokenizer.decode(written).substr(0, talk.heard.size()));
  EXPECT_EQ(first.end, written.back() == 256 ? ReplyEnd::Stopped : ReplyEnd::Length);

  all.insert(all.end(), written.begin(), written.end());
  if (first.end == ReplyEnd::Length) all.push_back(256);
  for (const std::int32_t id :
       {static_cast<std::int32_t>('U'), static_cast<std::int32_t>(':'), static_cast<std::int32_t>('y'), 256,
        static_cast<std::int32_t>('A'), static_cast<std::int32_t>(':')})
    all.push_back(id);
  const Reply second = talk.say("y");
  const std::vector<std::int32_t> again = continued(model, all, 9);
  EXPECT_EQ(second.tokens, static_cast<std::int64_t>(again.size()));
  EXPECT_EQ(talk.inference.position(), static_cast<std::int64_t>(all.size() + again.size()) - 1);

  // A reset forgets both turns, not the system message.
  talk.session.reset();
  EXPECT_EQ(talk.session.positions(), 0);
  EXPECT_EQ(talk.say("hi").tokens, first.tokens);
}

TEST(ChatSession, StopsAtAStopTokenWithoutShowingIt) {
  // All rows of the head but the stop token's are zero, and that one answers to any input: the sum of its products
  // with itself is the largest logit once the input leans its way. So: the one token with weights wins or loses as a
  // whole, and the sign of its row decides.
  for (const float sign : {1.0F, -1.0F}) {
    ModelShape shape = roomy();
    shape.tied_embedding = false;
    Model model = test::make_random_model(shape, 42);
    CpuEngine engine;
    std::vector<std::int32_t> prompt = {model.vocabulary.bos, 'U', ':', 'x', 256, 'A', ':'};
    std::vector<float> row(256, 0.0F);
    Inference probe(model, engine);
    const float logit = probe.forward(prompt)[256];
    // Keep row 256 (turned so that its logit is `sign` times positive), clear the others: their logits are 0.
    for (std::size_t i = 0; i < model.output.bytes.size(); ++i)
      if (i / 512 != 256) model.output.bytes[i] = 0;
    if ((logit > 0) != (sign > 0))
      for (std::size_t i = 512 * 256 + 1; i < 512 * 257; i += 2) model.output.bytes[i] ^= 0x80;
    Talk talk(model, {.max_tokens = 3});
    const Reply reply = talk.say("x");
    EXPECT_EQ(reply.end, sign > 0 ? ReplyEnd::Stopped : ReplyEnd::Length);
    if (sign > 0) {
      EXPECT_EQ(reply.tokens, 1);
      EXPECT_EQ(talk.heard, "");
    } else {
      EXPECT_NE(talk.heard, "");
    }
  }
}

/// The suffix is neither the last stop token nor one token: what the next turn adds shows what was put in.
TEST(ChatSession, AReplyCutShortIsClosedAsTheTemplateWritesIt) {
  const std::string form = R"(
bos: true
trim: true
system:    {prefix: "S:", suffix: "<|control_257|>"}
user:      {prefix: "U:", suffix: "<|control_257|>"}
assistant: {prefix: "A:", suffix: "<|control_257|>!"}
stop: ["<|control_257|>", "<|control_258|>"]
)";
  ModelShape shape = roomy();
  shape.tied_embedding = false;
  Model model = test::make_random_model(shape, 46);
  // No stop token wins: their rows of the head are zero, and some other logit is above that.
  const auto clear_row = [&](std::size_t row) {
    std::fill_n(model.output.bytes.begin() + static_cast<std::ptrdiff_t>(512 * row), 512, std::uint8_t{0});
  };
  for (const std::size_t row : {257, 258, 299}) clear_row(row);
  const auto bytes = [](const std::string& text) { return std::vector<std::int32_t>(text.begin(), text.end()); };
  const auto append = [](std::vector<std::int32_t>& to, const std::vector<std::int32_t>& ids) {
    to.insert(to.end(), ids.begin(), ids.end());
  };
  std::vector<std::int32_t> all = {model.vocabulary.bos, 'U', ':', 'x', 257, 'A', ':'};
  Talk talk(model, {.max_tokens = 6}, form);
  ASSERT_EQ(talk.say("x").end, ReplyEnd::Length);
  append(all, continued(model, all, 6));
  append(all, {257, '!'});
  EXPECT_EQ(talk.session.positions(), static_cast<std::int64_t>(all.size()));
  append(all, bytes("U:y"));
  append(all, {257, 'A', ':'});
  ASSERT_EQ(talk.say("y").end, ReplyEnd::Length);
  EXPECT_EQ(talk.heard, talk.tokenizer.decode(continued(model, all, 6)).substr(0, talk.heard.size()));

  // With the suffix's own first token from the model, the rest of the suffix follows.
  for (std::size_t row = 0; row < 300; ++row)
    if (row != 257) clear_row(row);
  for (int attempt = 0; attempt < 2; ++attempt) {
    for (std::size_t i = 0; i < 256; ++i) model.output.bytes[512 * 257 + 2 * i + 1] = attempt == 0 ? 0x3c : 0xbc;
    Talk stopped(model, {.max_tokens = 6}, form);
    if (stopped.say("x").end != ReplyEnd::Stopped) continue;
    EXPECT_EQ(stopped.session.positions(), 7 + 2);  // the stop token and "!"
    return;
  }
  FAIL() << "neither sign of the row makes it win";
}

TEST(ChatSession, AFullContextIsSaidAndNothingIsLost) {
  ModelShape shape = roomy();
  shape.context_length = 24;
  const Model model = test::make_random_model(shape, 43);
  Talk talk(model, {.max_tokens = 100});
  const Reply too_long = talk.say(std::string(30, 'x'));
  EXPECT_EQ(too_long.end, ReplyEnd::NoRoom);
  EXPECT_EQ(talk.session.positions(), 0);
  Reply reply = talk.say("x");  // 7 tokens
  for (int turn = 0; turn < 10 && reply.end == ReplyEnd::Stopped; ++turn) reply = talk.say("x");
  EXPECT_TRUE(reply.end == ReplyEnd::ContextFull || reply.end == ReplyEnd::NoRoom);
  EXPECT_LE(talk.inference.position(), 24);
  EXPECT_EQ(talk.say("more").end, ReplyEnd::NoRoom);
  talk.session.reset();
  EXPECT_NE(talk.say("x").end, ReplyEnd::NoRoom);
}

TEST(ChatSession, ATemplateThatTheVocabularyLacksIsRefusedAtOnce) {
  const Model model = test::make_random_model(roomy(), 44);
  CpuEngine engine;
  Inference inference(model, engine);
  const Tokenizer tokenizer(model.vocabulary);
  const ChatTemplate form = ChatTemplate::bitnet_2b4t();
  EXPECT_THROW(ChatSession(inference, tokenizer, form, {}), RequestError);
}

TEST(ChatSession, TextThatIsNotUtf8ChangesNothing) {
  const Model model = test::make_random_model(roomy(), 45);
  Talk talk(model, {.max_tokens = 4});
  talk.say("a");
  const std::int64_t before = talk.session.positions();
  EXPECT_THROW(talk.say("\xff"), InputError);
  EXPECT_EQ(talk.session.positions(), before);
}

}  // namespace
}  // namespace ternsim::model
