#include "model/evaluation.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>

#include "model/cpu_engine.h"

namespace ternsim::model {

namespace {

/// "attn_q" of "blk.3.attn_q"; "ffn_up" of "blk.3.ffn_up_rank1".
std::string kind_of(std::string_view name) {
  const std::string_view kind = name.substr(name.rfind('.') + 1);
  return std::string(kind.substr(0, kind.find("_rank")));
}

struct Share {
  std::uint64_t zeros = 0;
  std::uint64_t all = 0;
  double value() const { return all == 0 ? 0.0 : static_cast<double>(zeros) / static_cast<double>(all); }
};

class ZeroActivations : public MatmulObserver {
 public:
  void on_matmul(const Matmul& matmul, std::span<std::int32_t>) override {
    Share& share = by_kind[kind_of(matmul.name)];
    share.zeros += static_cast<std::uint64_t>(std::ranges::count(matmul.activations, 0));
    share.all += matmul.activations.size();
  }
  std::map<std::string, Share> by_kind;
};

void add_shares(StatisticNode& node, const std::map<std::string, Share>& shares, const std::string& what) {
  for (const auto& [name, share] : shares) node.add(name, what + name + ".", Quantity::Ratio, share.value());
}

}  // namespace

StatisticNode evaluate(const Model& model, const Tokenize& tokenize, std::span<const std::string> stories) {
  CpuEngine engine;
  Inference inference(model, engine);
  ZeroActivations zero_activations;
  inference.observe(zero_activations);
  const TextScore score = score_stories(inference, tokenize, stories);

  std::map<std::string, Share> by_layer;
  std::map<std::string, Share> by_kind;
  Share all;
  const std::vector<BoundOp> bound = bind_weights(inference.graph(), model);
  for (const BoundOp& op : bound) {
    // Every rank of a mixture of experts is bound to all of its experts.
    if (op.op->rank > 0) continue;
    std::vector<const BitLinearWeights*> linears = op.experts;
    if (op.linear != nullptr) linears.push_back(op.linear);
    for (const BitLinearWeights* linear : linears) {
      const kernels::PackedTernary& codes = linear->codes;
      const Share share{static_cast<std::uint64_t>(codes.count_zeros()),
                        static_cast<std::uint64_t>(codes.rows() * codes.cols())};
      for (Share* total : {&by_layer["blk." + std::to_string(op.op->layer)], &by_kind[kind_of(op.op->name)], &all}) {
        total->zeros += share.zeros;
        total->all += share.all;
      }
    }
  }

  StatisticNode node{"evaluation", "Evaluation of " + model.shape.name, {}, {}};
  node.add("bits_per_byte", "Negative log2-probability of all stories / their UTF-8 bytes.", Quantity::BitsPerByte,
           score.bits_per_byte())
      .add("perplexity_per_token", "2^(bits / tokens); comparable between models of one tokenizer only.",
           Quantity::Ratio, score.perplexity())
      .add("stories", "Stories scored.", Quantity::Count, score.stories)
      .add("tokens", "Tokens scored, the end of each story included.", Quantity::Count, score.tokens)
      .add("bytes", "UTF-8 bytes of the stories.", Quantity::Bytes, score.bytes)
      .add("ternary_weights", "Weights of all BitLinears.", Quantity::Count, all.all)
      .add("zero_weight_share", "Zero weights / weights of all BitLinears.", Quantity::Ratio, all.value());
  add_shares(node.add_child("zero_weights_by_layer", "Zero weights by layer"), by_layer, "Zero weights / weights of ");
  add_shares(node.add_child("zero_weights_by_linear", "Zero weights by kind of linear"), by_kind,
             "Zero weights / weights of all layers' ");
  add_shares(node.add_child("zero_activations_by_linear", "Zero int8 activations in front of each kind of linear"),
             zero_activations.by_kind, "Zero inputs / inputs of all layers' ");
  return node;
}

}  // namespace ternsim::model
