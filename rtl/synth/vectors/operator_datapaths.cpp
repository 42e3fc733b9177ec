// Vectors of the operators on their own: operands as the datapaths meet them.
#include <bit>

#include "rtl/models/half_mac.h"
#include "rtl/models/ternary_pe.h"
#include "rtl/synth/vectors/datapaths.h"
#include "rtl/synth/vectors/float_operands.h"

namespace ternsim::synth {
namespace {

std::uint64_t bits_of(std::int64_t value) { return static_cast<std::uint64_t>(value); }
std::uint64_t code_of(std::int8_t weight) { return static_cast<std::uint64_t>(weight + 1); }

/// Stimulus of a module without registers: every cycle is compared with that cycle's inputs.
Stimulus combinational(const std::vector<Port>& inputs, const Port& output, std::size_t cycles) {
  Stimulus out(inputs, {output}, cycles);
  for (std::size_t c = 0; c < cycles; ++c) out.check(c);
  return out;
}

}  // namespace

Stimulus ternary_tree_vectors(const Parameters& p, const OperandStream& stream) {
  const std::size_t lanes = p.at("Lanes"), acc_bits = p.at("AccumulatorBits");
  const std::size_t sum_bits = 9 + static_cast<std::size_t>(std::bit_width(lanes)) - 1;
  const std::size_t latency = tree_stages(p);
  Stimulus out({{"act_i", 8 * lanes}, {"weight_i", 2 * lanes}, {"first_i", 1}},
               {{"sum_o", sum_bits}, {"acc_o", acc_bits}}, stream.cycles);
  std::int32_t sum = 0;
  for (std::size_t c = 0; c < stream.cycles; ++c) {
    for (std::size_t l = 0; l < lanes; ++l) {
      out.drive(c, "act_i", 8 * l, 8, bits_of(stream.activation(c, l)));
      out.drive(c, "weight_i", 2 * l, 2, code_of(stream.weight(c, 0, l)));
    }
    out.drive(c, "first_i", 0, 1, stream.first[c]);
    const std::int32_t one = dot(stream, c, 0, 0, lanes);
    sum = stream.first[c] ? one : sum + one;
    if (c + latency < stream.cycles) out.expect(c + latency, "sum_o", 0, sum_bits, bits_of(one));
    if (c + latency + 1 >= stream.cycles) continue;
    out.expect(c + latency + 1, "acc_o", 0, acc_bits, bits_of(sum));
    out.check(c + latency + 1);
  }
  return out;
}

Stimulus int_add_vectors(const Parameters& p, const OperandStream& stream) {
  const std::size_t bits = p.at("Bits"), lanes = p.at("Lanes");
  Stimulus out = combinational({{"a_i", bits}, {"b_i", bits}}, {"sum_o", bits}, stream.cycles);
  std::int64_t sum = 0;
  for (std::size_t c = 0; c < stream.cycles; ++c) {
    std::int64_t a = dot(stream, c, 0, 0, lanes / 2), b = dot(stream, c, 0, lanes / 2, lanes);
    if (p.has("Accumulate")) {
      b += a;
      a = stream.first[c] ? 0 : sum;
    } else if (p.has("GatedPairs")) {
      const std::int8_t other = stream.weight(c, 0, 1);
      b = stream.weight(c, 0, 0) == 0 ? 0 : (other == 0 ? 1 : other) * stream.activation(c, 1);
    }
    sum = a + b;
    out.drive(c, "a_i", 0, bits, bits_of(a));
    out.drive(c, "b_i", 0, bits, bits_of(b));
    out.expect(c, "sum_o", 0, bits, bits_of(sum));
  }
  return out;
}

Stimulus ternary_lane_vectors(const OperandStream& stream) {
  Stimulus out = combinational({{"act_i", 8}, {"weight_i", 2}}, {"product_o", 9}, stream.cycles);
  for (std::size_t c = 0; c < stream.cycles; ++c) {
    const std::uint64_t code = code_of(stream.weight(c, 0, 0));
    out.drive(c, "act_i", 0, 8, bits_of(stream.activation(c, 0)));
    out.drive(c, "weight_i", 0, 2, code);
    out.expect(c, "product_o", 0, 9,
               bits_of(rtl::ternary_pe(0, static_cast<std::uint8_t>(code), stream.activation(c, 0), 9)));
  }
  return out;
}

Stimulus int_multiply_vectors(const Parameters& p, const OperandStream& stream) {
  const std::size_t bits = p.at("Bits");
  const std::size_t below = bits - 8;  // wider operands are the int8 with random bits below
  Stimulus out = combinational({{"a_i", bits}, {"b_i", bits}}, {"product_o", 2 * bits}, stream.cycles);
  Random random(2);
  const auto widened = [&](std::int8_t code) {
    return code * (std::int64_t{1} << below) + static_cast<std::int64_t>(random.below(std::uint64_t{1} << below));
  };
  std::int64_t weight = 0;
  for (std::size_t c = 0; c < stream.cycles; ++c) {
    if (stream.load[c]) weight = widened(stream.weight(c, 0, 0));
    const std::int64_t activation = widened(stream.activation(c, 0));
    out.drive(c, "a_i", 0, bits, bits_of(weight));
    out.drive(c, "b_i", 0, bits, bits_of(activation));
    out.expect(c, "product_o", 0, 2 * bits, bits_of(weight * activation));
  }
  return out;
}

Stimulus fp16_mac_multiply_vectors(const Parameters& p, const OperandStream& stream) {
  const std::size_t bits = p.at("OutBits"), latency = p.at("Stages");
  Stimulus out({{"a_i", 16}, {"b_i", 16}}, {{"product_o", bits}}, stream.cycles);
  FloatOperands operands;
  std::uint16_t weight = 0;
  for (std::size_t c = 0; c < stream.cycles; ++c) {
    if (stream.load[c]) weight = operands.half_weight(stream.weight(c, 0, 0));
    const std::uint16_t activation = operands.half_near(stream.activation(c, 0));
    out.drive(c, "a_i", 0, 16, weight);
    out.drive(c, "b_i", 0, 16, activation);
    if (c + latency >= stream.cycles) continue;
    out.expect(c + latency, "product_o", 0, bits,
               bits == 16 ? rtl::half_product(weight, activation) : rtl::single_product(weight, activation));
    out.check(c + latency);
  }
  return out;
}

Stimulus fp16_mac_add_vectors(const Parameters& p, const OperandStream& stream) {
  const std::size_t bits = p.at("Bits");
  Stimulus out = combinational({{"a_i", bits}, {"b_i", bits}}, {"sum_o", bits}, stream.cycles);
  FloatOperands operands;
  std::uint16_t weight = 0;
  std::uint32_t sum = 0;
  for (std::size_t c = 0; c < stream.cycles; ++c) {
    if (stream.load[c]) weight = operands.half_weight(stream.weight(c, 0, 0));
    const std::uint16_t activation = operands.half_near(stream.activation(c, 0));
    const std::uint32_t base = stream.first[c] ? 0 : sum;
    const std::uint32_t product =
        bits == 16 ? rtl::half_product(weight, activation) : rtl::single_product(weight, activation);
    sum = bits == 16 ? rtl::half_sum(static_cast<std::uint16_t>(base), static_cast<std::uint16_t>(product))
                     : rtl::single_sum(base, product);
    out.drive(c, "a_i", 0, bits, base);
    out.drive(c, "b_i", 0, bits, product);
    out.expect(c, "sum_o", 0, bits, sum);
  }
  return out;
}

Stimulus fp32_multiply_vectors(const OperandStream& stream) {
  Stimulus out = combinational({{"a_i", 32}, {"b_i", 32}}, {"product_o", 32}, stream.cycles);
  FloatOperands operands;
  float weight = 0;
  for (std::size_t c = 0; c < stream.cycles; ++c) {
    if (stream.load[c]) weight = operands.near(stream.weight(c, 0, 0));
    const float activation = operands.near(stream.activation(c, 0));
    out.drive(c, "a_i", 0, 32, std::bit_cast<std::uint32_t>(weight));
    out.drive(c, "b_i", 0, 32, std::bit_cast<std::uint32_t>(activation));
    out.expect(c, "product_o", 0, 32, std::bit_cast<std::uint32_t>(weight * activation));
  }
  return out;
}

Stimulus word_mux_vectors(const Parameters& p, const OperandStream& stream) {
  const std::size_t bits = p.at("Bits");
  Stimulus out = combinational({{"a_i", bits}, {"b_i", bits}, {"select_i", 1}}, {"word_o", bits}, stream.cycles);
  for (std::size_t c = 0; c < stream.cycles; ++c) {
    const bool second = stream.weight(c, 0, 0) > 0;
    out.drive(c, "a_i", 0, bits, bits_of(stream.activation(c, 0)));
    out.drive(c, "b_i", 0, bits, bits_of(stream.activation(c, 1)));
    out.drive(c, "select_i", 0, 1, second);
    out.expect(c, "word_o", 0, bits, bits_of(stream.activation(c, second ? 1 : 0)));
  }
  return out;
}

Stimulus word_register_vectors(const Parameters& p, const OperandStream& stream) {
  const std::size_t bits = p.at("Bits");
  Stimulus out({{"word_i", bits}}, {{"word_o", bits}}, stream.cycles);
  for (std::size_t c = 0; c < stream.cycles; ++c) {
    for (std::size_t byte = 0; byte < bits / 8; ++byte) {
      out.drive(c, "word_i", 8 * byte, 8, bits_of(stream.activation(c, byte)));
      if (c + 1 < stream.cycles) out.expect(c + 1, "word_o", 8 * byte, 8, bits_of(stream.activation(c, byte)));
    }
    if (c > 0) out.check(c);
  }
  return out;
}

}  // namespace ternsim::synth
