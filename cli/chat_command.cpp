#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <string>

#include "base/error.h"
#include "cli/inference_setup.h"
#include "cli/options.h"
#include "cli/output.h"
#include "model/chat_session.h"
#include "model/cpu_engine.h"

namespace ternsim::cli {

namespace {

/// Told beside the answer, not in it.
void tell_end(const model::Reply& reply, const model::ChatSession& session) {
  switch (reply.end) {
    case model::ReplyEnd::Stopped:
      return;
    case model::ReplyEnd::Length:
      fmt::print(stderr, "[cut after {} tokens; --tokens allows more]\n", reply.tokens);
      return;
    case model::ReplyEnd::ContextFull:
      fmt::print(stderr, "[the context of {} tokens is full; /reset starts a new conversation]\n",
                 session.context_length());
      return;
    case model::ReplyEnd::NoRoom:
      fmt::print(
          stderr,
          "[this message does not fit: {} of {} tokens of context are taken; /reset starts a new conversation]\n",
          session.positions(), session.context_length());
      return;
  }
}

}  // namespace

int run_chat(const ChatCommandOptions& options) {
  const InferenceSetup setup = set_up_inference(options.model, options.inference);
  const model::Tokenizer tokenizer(setup.model.vocabulary, setup.tokenizer_origin);
  const model::ChatTemplate form = options.template_file.empty() ? model::ChatTemplate::bitnet_2b4t()
                                                                 : model::ChatTemplate::load(options.template_file);
  model::CpuEngine engine(kernels::best_isa(), setup.pool.get());
  model::Inference inference(setup.model, engine, setup.options);
  model::ChatSession session(inference, tokenizer, form,
                             {.system = options.system,
                              .max_tokens = options.count,
                              .sampling = {options.temperature, options.top_k, options.top_p, options.seed}});
  fmt::print(stderr, "[feed-forward activation: {}]\n", setup.activation);
  fmt::print(stderr, "[compatibility: {}; keys and values: {}]\n", model::name_of(setup.options.mode),
             model::name_of(inference.options().kv));
  const bool person = isatty(STDIN_FILENO) != 0;
  if (person) fmt::print(stderr, "[/reset starts a new conversation, /exit or the end of input leaves]\n");
  std::string line;
  while (true) {
    if (person) fmt::print(stderr, "> ");
    if (!std::getline(std::cin, line)) break;
    const std::string_view text = model::trimmed(line);
    if (text.empty()) continue;
    if (text == "/exit") break;
    if (text == "/reset") {
      session.reset();
      continue;
    }
    try {
      const model::Reply reply =
          session.reply(text, [](std::string_view piece) { print_all(for_output(std::string(piece))); });
      if (reply.end != model::ReplyEnd::NoRoom) print_all("\n");
      tell_end(reply, session);
    } catch (const InputError& error) {  // of this line, not of the conversation
      if (!person) throw;
      fmt::print(stderr, "[{}]\n", error.what());
    }
  }
  return kOk;
}

}  // namespace ternsim::cli
