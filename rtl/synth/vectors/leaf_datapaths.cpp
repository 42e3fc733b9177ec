// Vectors of the floating-point baseline, the trit decoder and the requantisation.
#include <bit>

#include "kernels/base3_packing.h"
#include "rtl/models/half_mac.h"
#include "rtl/models/requantise.h"
#include "rtl/models/trit_codes.h"
#include "rtl/synth/vectors/datapaths.h"
#include "rtl/synth/vectors/float_operands.h"

namespace ternsim::synth {
namespace {

constexpr std::size_t kReset = 2;

}  // namespace

Stimulus fp16_mac_vectors(const Parameters& p, const OperandStream& stream) {
  const std::size_t rows = p.at("Rows"), slots = p.at("Slots"), bits = p.at("AccumulatorBits");
  const std::size_t slot_bits = slots > 1 ? static_cast<std::size_t>(std::bit_width(slots - 1)) : 1;
  const std::size_t latency = 1 + p.at("MultiplyStages") + p.at("AddStages");
  Stimulus out({{"rst_ni", 1},
                {"valid_i", 1},
                {"act_i", 16},
                {"weight_i", 16 * rows},
                {"weight_load_i", 1},
                {"slot_i", slot_bits},
                {"first_i", 1},
                {"last_i", 1}},
               {{"valid_o", 1}, {"slot_o", slot_bits}, {"sums_o", bits * rows}}, stream.cycles + kReset);
  FloatOperands operands;
  std::vector<std::uint32_t> sums(slots * rows);
  std::vector<char> begun(slots);
  std::vector<std::uint16_t> weights(rows);
  for (std::size_t i = 0; i < stream.cycles; ++i) {
    const std::size_t c = i + kReset;
    const std::size_t slot = i % slots;
    const bool first = begun[slot] == 0 || stream.first[i - std::min(i, slot)];
    begun[slot] = 1;
    const std::uint16_t activation = operands.half_near(stream.activation(i, 0));
    out.drive(c, "rst_ni", 0, 1, 1);
    out.drive(c, "valid_i", 0, 1, 1);
    out.drive(c, "act_i", 0, 16, activation);
    for (std::size_t r = 0; r < rows; ++r) {
      if (stream.load[i]) weights[r] = operands.half_weight(stream.weight(i, r, 0));
      out.drive(c, "weight_i", 16 * r, 16, weights[r]);
      std::uint32_t& sum = sums[slot * rows + r];
      const std::uint32_t base = first ? 0 : sum;
      sum = bits == 16 ? rtl::half_mac(static_cast<std::uint16_t>(base), weights[r], activation)
                       : rtl::single_mac(base, weights[r], activation);
      if (c + latency < out.cycles()) out.expect(c + latency, "sums_o", bits * r, bits, sum);
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

Stimulus trit_decoder_vectors(const Parameters& p, const OperandStream& stream) {
  const std::size_t bytes = p.at("Bytes");
  Stimulus out({{"rst_ni", 1}, {"valid_i", 1}, {"bytes_i", 8 * bytes}},
               {{"valid_o", 1}, {"codes_o", 10 * bytes}, {"illegal_o", 1}, {"illegal_count_o", 16}},
               stream.cycles + kReset);
  for (std::size_t i = 0; i < stream.cycles; ++i) {
    const std::size_t c = i + kReset;
    out.drive(c, "rst_ni", 0, 1, 1);
    out.drive(c, "valid_i", 0, 1, 1);
    for (std::size_t b = 0; b < bytes; ++b) {
      const auto code = [&](std::size_t n) { return stream.weight(i, 0, n * bytes + b) + 1; };
      const std::uint8_t byte = kernels::base3_byte(code(0), code(1), code(2), code(3), code(4));
      out.drive(c, "bytes_i", 8 * b, 8, byte);
      if (c + 1 == out.cycles()) continue;
      const rtl::TritCodes codes = rtl::decode_trits(byte);
      for (std::size_t n = 0; n < 5; ++n) out.expect(c + 1, "codes_o", 2 * (n * bytes + b), 2, codes.codes[n]);
    }
    if (c + 1 == out.cycles()) continue;
    out.expect(c + 1, "valid_o", 0, 1, 1);
    out.check(c + 1);
  }
  return out;
}

Stimulus requantise_vectors(const Parameters& p, const OperandStream& stream) {
  const std::size_t lanes = p.at("Lanes"), beats = p.at("MaxBeats"), fraction = p.at("FractionBits");
  // One row at a time: in, until the last result is out, and the next.
  const std::size_t latency = fraction + 17;
  const std::size_t period = beats + latency + beats;
  const rtl::FixedScale scale = rtl::fixed_scale(1, 4);
  Stimulus out(
      {{"rst_ni", 1}, {"valid_i", 1}, {"sums_i", 32 * lanes}, {"mantissa_i", 16}, {"shift_i", 6}, {"last_i", 1}},
      {{"valid_o", 1}, {"q_o", 8 * lanes}, {"last_o", 1}, {"absmax_o", 31}, {"saturated_o", 1}, {"overrun_o", 1}},
      stream.cycles + kReset);
  // Sums as a layer gives them: products of the stream's operands, 256 at a time.
  constexpr std::size_t kColumns = 256;
  std::size_t at = 0;
  const auto next_sum = [&] {
    std::int32_t sum = 0;
    for (std::size_t k = 0; k < kColumns; ++k) {
      sum += stream.weights[at] * stream.activations[at];
      at = (at + 1) % stream.activations.size();
    }
    return sum;
  };
  for (std::size_t c = 0; c < out.cycles(); ++c) out.drive(c, "rst_ni", 0, 1, c >= kReset);
  for (std::size_t begin = kReset; begin + period < out.cycles(); begin += period) {
    std::vector<std::int32_t> sums;
    for (std::size_t i = 0; i < beats * lanes; ++i) sums.push_back(next_sum());
    const rtl::RequantisedRow row =
        rtl::requantise(sums, std::vector<rtl::FixedScale>(sums.size(), scale), {static_cast<int>(fraction), 1});
    for (std::size_t b = 0; b < beats; ++b) {
      const std::size_t in = begin + b;
      const std::size_t to = begin + beats - 1 + latency + b;
      out.drive(in, "valid_i", 0, 1, 1);
      out.drive(in, "mantissa_i", 0, 16, scale.mantissa);
      out.drive(in, "shift_i", 0, 6, scale.shift);
      out.drive(in, "last_i", 0, 1, b + 1 == beats);
      for (std::size_t l = 0; l < lanes; ++l) {
        out.drive(in, "sums_i", 32 * l, 32, static_cast<std::uint32_t>(sums[b * lanes + l]));
        out.expect(to, "q_o", 8 * l, 8, static_cast<std::uint8_t>(row.q[b * lanes + l]));
      }
      out.expect(to, "valid_o", 0, 1, 1);
      out.expect(to, "last_o", 0, 1, b + 1 == beats);
      out.expect(to, "absmax_o", 0, 31, row.absmax);
      out.check(to);
    }
  }
  return out;
}

}  // namespace ternsim::synth
