#include <fmt/format.h>

#include <algorithm>

#include "base/quantity.h"
#include "model/inspection.h"

namespace ternsim::model {

namespace {

std::string_view name_of(ActivationScheme scheme) {
  switch (scheme) {
    case ActivationScheme::Absmax8:
      return "absmax int8 per token";
    case ActivationScheme::A48:
      return "a4.8";
    case ActivationScheme::HadamardInt4:
      return "Hadamard and int4";
  }
  return "unknown";
}

void add_shape(StatisticNode& node, const ModelShape& s) {
  const auto count = [&](const char* name, const char* description, std::int64_t value) {
    node.add(name, description, Quantity::Count, static_cast<std::uint64_t>(value));
  };
  const auto text = [&](const char* name, const char* description, std::string_view value) {
    node.add(name, description, Quantity::Text, std::string(value));
  };
  text("architecture", "general.architecture, or what the checkpoint is by its tensors.", s.architecture);
  text("model_name", "As the file names itself.", s.name);
  count("vocab_size", "Rows of the embedding.", s.vocab_size);
  count("context_length", "Longest sequence.", s.context_length);
  count("embedding_length", "Width of the residual stream.", s.embedding_length);
  count("block_count", "Decoder blocks.", s.block_count);
  count("feed_forward_length", "Width between gate/up and down.", s.feed_forward_length);
  count("head_count", "Query heads.", s.head_count);
  count("head_count_kv", "Key/value heads.", s.head_count_kv);
  count("head_dim", "Width of a head.", s.head_dim);
  if (s.expert_count > 0) {
    count("expert_count", "Feed-forward experts a block.", s.expert_count);
    count("expert_used_count", "Experts that each token is sent to.", s.expert_used_count);
  }
  text("norm", "Norm in front of the BitLinears, its epsilon, and whether there are sub-norms.",
       fmt::format("{}, epsilon {:g}, {} sub-norms", s.norm_kind == NormKind::Rms ? "RMS" : "LayerNorm", s.norm_epsilon,
                   s.sub_norms ? "with" : "without"));
  text("rope", "Base of the rotary embedding and the pairing of a head's elements.",
       fmt::format("theta {:g}, {}{}{}", s.rope_theta,
                   s.rope_pairing == RopePairing::Halves ? "halves (NEOX)" : "neighbours (NORM)",
                   s.rope_scale == 1.0 ? "" : fmt::format(", positions divided by {:g}", s.rope_scale),
                   s.rope_factors.empty() ? "" : ", frequencies divided by factors"));
  text("activations", "Quantisation of the BitLinears' inputs.", name_of(s.activation_scheme));
  text("embedding", "Element type of the embedding, and whose the LM head is.",
       fmt::format("{}, LM head {}", name_of(s.embedding_type),
                   s.tied_embedding ? "tied" : fmt::format("{} of its own", name_of(s.head_type))));
}

}  // namespace

StatisticNode statistics_of(const ModelFacts& facts, bool tensors) {
  StatisticNode root{"model", "Model file", {}, {}};
  root.add("container", "File format.", Quantity::Text, facts.container)
      .add("bytes", "Of the file, or of the tensors of a checkpoint.", Quantity::Bytes, facts.bytes);
  if (facts.shape) add_shape(root, *facts.shape);
  root.add("ffn_activation", "Feed-forward activation, and what says so.", Quantity::Text, facts.activation)
      .add("tokenizer", "Kind and size.", Quantity::Text, facts.tokenizer);
  std::uint64_t elements = 0;
  std::uint64_t ternary = 0;
  std::uint64_t zeros = 0;
  std::uint64_t rows = 0;
  std::uint64_t zero_rows = 0;
  for (const TensorFacts& t : facts.tensors) {
    elements += t.scale && t.rows > 0 && t.type == "U8" ? t.elements * 4 : t.elements;
    if (!t.scale) continue;
    ternary += t.type == "U8" ? t.elements * 4 : t.elements;
    zeros += t.zeros;
    rows += t.rows;
    zero_rows += t.zero_rows;
  }
  root.add("tensors", "In the file.", Quantity::Count, static_cast<std::uint64_t>(facts.tensors.size()))
      .add("parameters", "Elements of all tensors.", Quantity::Count, elements)
      .add("ternary_weights", "Of the matrices that could be read as ternary.", Quantity::Count, ternary);
  if (ternary > 0)
    root.add("zero_share", "Zeros among the ternary weights.", Quantity::Ratio,
             static_cast<double>(zeros) / static_cast<double>(ternary))
        .add("zero_rows", "Rows of ternary matrices that are zero as a whole.", Quantity::Count, zero_rows)
        .add("zero_row_share", "The same as a share of all of their rows.", Quantity::Ratio,
             static_cast<double>(zero_rows) / static_cast<double>(rows));
  StatisticNode& odd = root.add_child("oddities", "What is odd");
  for (std::size_t i = 0; i < facts.oddities.size(); ++i)
    odd.add(fmt::format("oddity_{}", i + 1), "Something to know before the model is used.", Quantity::Text,
            facts.oddities[i]);
  if (!tensors) return root;
  StatisticNode& list = root.add_child("tensor_list", "Tensors");
  for (std::size_t i = 0; i < facts.tensors.size(); ++i) {
    const TensorFacts& t = facts.tensors[i];
    StatisticNode& node = list.add_child(fmt::format("tensor_{}", i), t.name);
    node.add("tensor", "Its name in the file.", Quantity::Text, t.name)
        .add("type", "Element type.", Quantity::Text, t.type)
        .add("shape", "As the file writes it.", Quantity::Text, t.dims)
        .add("bytes", "In the file.", Quantity::Bytes, t.bytes);
    if (!t.scale) continue;
    node.add("scale", "float32 scale of the matrix.", Quantity::Ratio, static_cast<double>(*t.scale))
        .add("zeros", "Weights that are zero.", Quantity::Count, t.zeros)
        .add("rows", "Outputs of the matrix.", Quantity::Count, t.rows)
        .add("zero_rows", "Rows that are zero as a whole.", Quantity::Count, t.zero_rows);
  }
  return root;
}

std::string tensor_table(const ModelFacts& facts) {
  std::size_t width = 6;
  for (const TensorFacts& t : facts.tensors) width = std::max(width, t.name.size());
  std::string out = fmt::format("{:<{}}  {:<6} {:>16} {:>12} {:>8} {:>12} {:>10}\n", "tensor", width, "type", "shape",
                                "bytes", "zeros", "scale", "zero rows");
  for (const TensorFacts& t : facts.tensors) {
    out += fmt::format("{:<{}}  {:<6} {:>16} {:>12}", t.name, width, t.type, t.dims, t.bytes);
    if (t.scale) {
      const double elements = static_cast<double>(t.type == "U8" ? t.elements * 4 : t.elements);
      out += fmt::format(" {:>7.2f}% {:>12.6g} {:>10}", 100 * static_cast<double>(t.zeros) / elements, *t.scale,
                         t.zero_rows);
    }
    out += '\n';
  }
  return out;
}

}  // namespace ternsim::model
