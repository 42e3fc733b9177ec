#include "rtl/synth/vectors/stimulus.h"

#include <numeric>
#include <ostream>
#include <stdexcept>
#include <utility>

namespace ternsim::synth {
namespace {

std::size_t bits_of(const std::vector<Port>& ports) {
  return std::accumulate(ports.begin(), ports.end(), std::size_t{0},
                         [](std::size_t sum, const Port& port) { return sum + port.bits; });
}

}  // namespace

Stimulus::Stimulus(std::vector<Port> inputs, std::vector<Port> outputs, std::size_t cycles)
    : inputs_(std::move(inputs)),
      outputs_(std::move(outputs)),
      cycles_(cycles),
      input_bits_(bits_of(inputs_)),
      word_bits_(input_bits_ + bits_of(outputs_)),
      words_(cycles, std::vector<bool>(word_bits_)),
      checked_(cycles) {}

void Stimulus::set(std::size_t cycle, const std::vector<Port>& ports, std::size_t base, std::string_view port,
                   std::size_t at, std::size_t bits, std::uint64_t value) {
  std::size_t offset = base;
  for (std::size_t p = ports.size(); p-- > 0;) {
    if (ports[p].name != port) {
      offset += ports[p].bits;
      continue;
    }
    if (at + bits > ports[p].bits || bits > 64) throw std::invalid_argument("stimulus: bits beyond the port");
    for (std::size_t b = 0; b < bits; ++b) words_.at(cycle)[offset + at + b] = (value >> b & 1) != 0;
    return;
  }
  throw std::invalid_argument("stimulus: unknown port " + std::string(port));
}

void Stimulus::drive(std::size_t cycle, std::string_view port, std::size_t at, std::size_t bits, std::uint64_t value) {
  set(cycle, inputs_, 0, port, at, bits, value);
}

void Stimulus::expect(std::size_t cycle, std::string_view port, std::size_t at, std::size_t bits, std::uint64_t value) {
  set(cycle, outputs_, input_bits_, port, at, bits, value);
}

void Stimulus::write(std::ostream& out) const {
  for (std::size_t cycle = 0; cycle < cycles_; ++cycle) {
    const auto bit = [&](std::size_t b) -> unsigned {
      return b < word_bits_ ? words_[cycle][b] : b == word_bits_ && checked_[cycle];
    };
    for (std::size_t digit = word_bits_ / 4 + 1; digit-- > 0;) {
      unsigned value = 0;
      for (std::size_t b = 0; b < 4; ++b) value |= bit(4 * digit + b) << b;
      out << "0123456789abcdef"[value];
    }
    out << '\n';
  }
}

}  // namespace ternsim::synth
