#include "rtl/synth/vectors/datapaths.h"

#include <bit>

#include <fmt/format.h>

#include "base/error.h"
#include "rtl/models/int8_mac.h"
#include "rtl/models/ternary_pe.h"

namespace ternsim::synth {
namespace {

std::size_t levels(std::size_t lanes) { return static_cast<std::size_t>(std::bit_width(lanes)) - 1; }
std::uint64_t bits_of(std::int64_t value) { return static_cast<std::uint64_t>(value); }
std::uint64_t code_of(std::int8_t weight) { return static_cast<std::uint64_t>(weight + 1); }

}  // namespace

std::int32_t dot(const OperandStream& stream, std::size_t cycle, std::size_t row, std::size_t begin, std::size_t end) {
  std::int32_t sum = 0;
  for (std::size_t l = begin; l < end; ++l) sum += stream.weight(cycle, row, l) * stream.activation(cycle, l);
  return sum;
}

std::size_t tree_stages(const Parameters& p) {
  return (levels(p.at("Lanes")) + p.at("LevelsPerStage") - 1) / p.at("LevelsPerStage");
}

std::size_t Parameters::at(const std::string& name) const {
  const auto it = values_.find(name);
  if (it == values_.end()) throw RequestError(fmt::format("parameter {} is not given: add --param {}=N", name, name));
  return it->second;
}

Work work_of(const std::string& module, const Parameters& p) {
  if (module == "ternary_dot" || module == "int8_dot") return {1, p.at("Lanes")};
  if (module == "ternary_matrix_unit" || module == "int8_mac_array") return {p.at("Rows"), p.at("Lanes")};
  if (module == "fp16_mac") return {p.at("Rows"), 1};
  if (module == "ternary_pe" || module == "int8_pe") return {1, 1};
  if (module == "trit_decoder") return {1, 5 * p.at("Bytes")};
  if (module == "requantise" || module == "int_add" || module == "ternary_tree") return {1, p.at("Lanes")};
  if (module == "ternary_lane" || module == "int_multiply" || module == "fp16_mac_multiply" ||
      module == "fp16_mac_add" || module == "fp32_multiply")
    return {1, 1};
  if (module == "word_mux") return {1, 2};
  if (module == "word_register") return {1, p.at("Bits") / 8};
  throw RequestError(fmt::format("module '{}' has no vectors", module));
}

Stimulus make_stimulus(const std::string& module, const Parameters& p, const OperandStream& stream) {
  if (module == "ternary_dot") return ternary_dot_vectors(p, stream);
  if (module == "int8_dot") return int8_dot_vectors(p, stream);
  if (module == "ternary_pe") return ternary_pe_vectors(p, stream);
  if (module == "int8_pe") return int8_pe_vectors(p, stream);
  if (module == "ternary_matrix_unit" || module == "int8_mac_array") return matrix_unit_vectors(module, p, stream);
  if (module == "fp16_mac") return fp16_mac_vectors(p, stream);
  if (module == "trit_decoder") return trit_decoder_vectors(p, stream);
  if (module == "requantise") return requantise_vectors(p, stream);
  if (module == "ternary_tree") return ternary_tree_vectors(p, stream);
  if (module == "int_add") return int_add_vectors(p, stream);
  if (module == "ternary_lane") return ternary_lane_vectors(stream);
  if (module == "int_multiply") return int_multiply_vectors(p, stream);
  if (module == "fp16_mac_multiply") return fp16_mac_multiply_vectors(p, stream);
  if (module == "fp16_mac_add") return fp16_mac_add_vectors(p, stream);
  if (module == "fp32_multiply") return fp32_multiply_vectors(stream);
  if (module == "word_mux") return word_mux_vectors(p, stream);
  if (module == "word_register") return word_register_vectors(p, stream);
  throw RequestError(fmt::format("module '{}' has no vectors", module));
}

Stimulus ternary_dot_vectors(const Parameters& p, const OperandStream& stream) {
  const std::size_t lanes = p.at("Lanes");
  const std::size_t sum_bits = 9 + levels(lanes);
  std::vector<Port> inputs{{"act_i", 8 * lanes}, {"weight_i", 2 * lanes}};
  if (p.has("DriveEnable")) inputs.push_back({"en_i", 1});
  Stimulus out(inputs, {{"sum_o", sum_bits}, {"illegal_o", 1}}, stream.cycles);
  const std::size_t latency = tree_stages(p);
  for (std::size_t c = 0; c < stream.cycles; ++c) {
    if (p.has("DriveEnable")) out.drive(c, "en_i", 0, 1, 1);
    for (std::size_t l = 0; l < lanes; ++l) {
      out.drive(c, "act_i", 8 * l, 8, bits_of(stream.activation(c, l)));
      out.drive(c, "weight_i", 2 * l, 2, code_of(stream.weight(c, 0, l)));
    }
    if (c < latency) continue;
    out.expect(c, "sum_o", 0, sum_bits, bits_of(dot(stream, c - latency, 0, 0, lanes)));
    out.check(c);
  }
  return out;
}

Stimulus int8_dot_vectors(const Parameters& p, const OperandStream& stream) {
  const std::size_t lanes = p.at("Lanes");
  const std::size_t sum_bits = 16 + levels(lanes);
  Stimulus out({{"act_i", 8 * lanes}, {"weight_i", 8 * lanes}}, {{"sum_o", sum_bits}}, stream.cycles);
  const std::size_t latency = p.at("RegisterProducts") + tree_stages(p);
  for (std::size_t c = 0; c < stream.cycles; ++c) {
    for (std::size_t l = 0; l < lanes; ++l) {
      out.drive(c, "act_i", 8 * l, 8, bits_of(stream.activation(c, l)));
      out.drive(c, "weight_i", 8 * l, 8, bits_of(stream.weight(c, 0, l)));
    }
    if (c < latency) continue;
    const std::size_t from = (c - latency) * lanes;
    const std::int32_t sum = rtl::int8_mac(0, std::span(stream.weights).subspan(from, lanes),
                                           std::span(stream.activations).subspan(from, lanes));
    out.expect(c, "sum_o", 0, sum_bits, bits_of(sum));
    out.check(c);
  }
  return out;
}

Stimulus ternary_pe_vectors(const Parameters& p, const OperandStream& stream) {
  const std::size_t bits = p.at("AccumulatorBits");
  Stimulus out({{"act_i", 8}, {"weight_i", 2}, {"first_i", 1}},
               {{"act_o", 8}, {"weight_o", 2}, {"first_o", 1}, {"sum_o", bits}, {"illegal_o", 1}}, stream.cycles);
  std::int32_t sum = 0;
  for (std::size_t c = 0; c < stream.cycles; ++c) {
    out.drive(c, "act_i", 0, 8, bits_of(stream.activation(c, 0)));
    out.drive(c, "weight_i", 0, 2, code_of(stream.weight(c, 0, 0)));
    out.drive(c, "first_i", 0, 1, stream.first[c]);
    if (c < 2) continue;
    sum = rtl::ternary_pe(stream.first[c - 2] ? 0 : sum, static_cast<std::uint8_t>(code_of(stream.weight(c - 2, 0, 0))),
                          stream.activation(c - 2, 0), static_cast<int>(bits));
    out.expect(c, "sum_o", 0, bits, bits_of(sum));
    out.expect(c, "act_o", 0, 8, bits_of(stream.activation(c - 1, 0)));
    out.expect(c, "weight_o", 0, 2, code_of(stream.weight(c - 1, 0, 0)));
    out.expect(c, "first_o", 0, 1, stream.first[c - 1]);
    out.check(c);
  }
  return out;
}

Stimulus int8_pe_vectors(const Parameters& p, const OperandStream& stream) {
  const std::size_t bits = p.at("AccumulatorBits");
  Stimulus out({{"act_i", 8}, {"weight_i", 8}, {"first_i", 1}},
               {{"act_o", 8}, {"weight_o", 8}, {"first_o", 1}, {"sum_o", bits}}, stream.cycles);
  std::int32_t sum = 0;
  for (std::size_t c = 0; c < stream.cycles; ++c) {
    out.drive(c, "act_i", 0, 8, bits_of(stream.activation(c, 0)));
    out.drive(c, "weight_i", 0, 8, bits_of(stream.weight(c, 0, 0)));
    out.drive(c, "first_i", 0, 1, stream.first[c]);
    if (c < 2) continue;
    sum = rtl::int8_mac(stream.first[c - 2] ? 0 : sum, std::span(stream.weights).subspan(c - 2, 1),
                        std::span(stream.activations).subspan(c - 2, 1), static_cast<int>(bits));
    out.expect(c, "sum_o", 0, bits, bits_of(sum));
    out.expect(c, "act_o", 0, 8, bits_of(stream.activation(c - 1, 0)));
    out.expect(c, "weight_o", 0, 8, bits_of(stream.weight(c - 1, 0, 0)));
    out.expect(c, "first_o", 0, 1, stream.first[c - 1]);
    out.check(c);
  }
  return out;
}

Stimulus matrix_unit_vectors(const std::string& module, const Parameters& p, const OperandStream& stream) {
  const bool ternary = module == "ternary_matrix_unit";
  const std::size_t rows = p.at("Rows"), lanes = p.at("Lanes"), slots = p.at("Slots"), bits = p.at("AccumulatorBits");
  const std::size_t weight_bits = ternary ? 2 : 8;
  const std::size_t slot_bits = slots > 1 ? static_cast<std::size_t>(std::bit_width(slots - 1)) : 1;
  const std::size_t latency = 1 + (ternary ? 0 : p.at("RegisterProducts")) + tree_stages(p) + 1;
  constexpr std::size_t kReset = 2;
  Stimulus out({{"rst_ni", 1},
                {"valid_i", 1},
                {"act_i", 8 * lanes},
                {"weight_i", weight_bits * rows * lanes},
                {"weight_load_i", 1},
                {"slot_i", slot_bits},
                {"first_i", 1},
                {"last_i", 1}},
               {{"valid_o", 1}, {"slot_o", slot_bits}, {"sums_o", bits * rows}}, stream.cycles + kReset);
  std::vector<std::int32_t> sums(slots * rows);
  std::vector<char> begun(slots);
  for (std::size_t i = 0; i < stream.cycles; ++i) {
    const std::size_t c = i + kReset;
    const std::size_t slot = i % slots;
    // The stream begins a row with its first token; the other slots' sums begin right behind it.
    const bool first = begun[slot] == 0 || stream.first[i - std::min(i, slot)];
    begun[slot] = 1;
    out.drive(c, "rst_ni", 0, 1, 1);
    out.drive(c, "valid_i", 0, 1, 1);
    for (std::size_t l = 0; l < lanes; ++l) out.drive(c, "act_i", 8 * l, 8, bits_of(stream.activation(i, l)));
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t l = 0; l < lanes; ++l) {
        out.drive(c, "weight_i", weight_bits * (r * lanes + l), weight_bits,
                  ternary ? code_of(stream.weight(i, r, l)) : bits_of(stream.weight(i, r, l)));
      }
      std::int32_t& sum = sums[slot * rows + r];
      sum = rtl::int8_mac(first ? 0 : sum, std::span(stream.weights).subspan((i * rows + r) * lanes, lanes),
                          std::span(stream.activations).subspan(i * lanes, lanes), static_cast<int>(bits));
      if (c + latency < out.cycles()) out.expect(c + latency, "sums_o", bits * r, bits, bits_of(sum));
    }
    out.drive(c, "weight_load_i", 0, 1, stream.load[i]);
    out.drive(c, "slot_i", 0, slot_bits, slot);
    out.drive(c, "first_i", 0, 1, first);
    out.drive(c, "last_i", 0, 1, 1);
    if (c + latency >= out.cycles()) continue;
    out.expect(c + latency, "valid_o", 0, 1, 1);
    out.expect(c + latency, "slot_o", 0, slot_bits, slot);
    out.check(c + latency);
  }
  return out;
}

}  // namespace ternsim::synth
