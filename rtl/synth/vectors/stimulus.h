#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace ternsim::synth {

/// A port and its width in bits.
struct Port {
  std::string name;
  std::size_t bits;
};

/// The inputs of a module cycle by cycle, and what its outputs must then be, as bits.
///
/// Contract: inputs of cycle i stand from shortly behind clock edge i - 1 on, and the outputs of cycle i are what a
/// sample just before edge i sees. Unset bits are 0; outputs are compared in cycles marked by check() alone.
class Stimulus {
 public:
  Stimulus(std::vector<Port> inputs, std::vector<Port> outputs, std::size_t cycles);

  std::size_t cycles() const { return cycles_; }
  /// The low `bits` of `value`, at bit `at` of an input port. Throws std::invalid_argument on an unknown port or bits
  /// beyond its width.
  void drive(std::size_t cycle, std::string_view port, std::size_t at, std::size_t bits, std::uint64_t value);
  /// The same for an output port.
  void expect(std::size_t cycle, std::string_view port, std::size_t at, std::size_t bits, std::uint64_t value);
  /// Compare this cycle's outputs.
  void check(std::size_t cycle) { checked_[cycle] = true; }

  const std::vector<Port>& inputs() const { return inputs_; }
  const std::vector<Port>& outputs() const { return outputs_; }
  /// One line a cycle, hexadecimal: check, outputs, inputs, each port above the one listed after it.
  void write(std::ostream& out) const;

 private:
  void set(std::size_t cycle, const std::vector<Port>& ports, std::size_t base, std::string_view port, std::size_t at,
           std::size_t bits, std::uint64_t value);

  std::vector<Port> inputs_, outputs_;
  std::size_t cycles_, input_bits_, word_bits_;
  std::vector<std::vector<bool>> words_;  ///< (cycles, bits), bit 0 the lowest of the last input
  std::vector<bool> checked_;
};

}  // namespace ternsim::synth
