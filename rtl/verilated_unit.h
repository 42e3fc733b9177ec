#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/program/matrix_geometry.h"

namespace ternsim::rtl {

/// What one beat carries into the unit.
struct Beat {
  std::span<const std::int8_t> activations;  ///< (lanes)
  /// rows x lanes 2-bit codes (weight + 1), row-major, the first in the lowest bits; empty: the weight register holds.
  std::span<const std::uint8_t> codes;
  int slot = 0;
  bool first = false;
  bool last = false;
};

/// One Verilated ternary matrix unit with its clock. No Verilator header is needed to use it.
///
/// A cycle: set the inputs (drive or idle, set_output_ready), look at the outputs, step(). Inputs hold until changed,
/// and outputs are those of the cycle that the next step() ends, combinational paths included.
///
///     unit->drive(beat);
///     unit->set_output_ready(true);
///     bool accepted = unit->input_ready();
///     if (unit->output_valid()) unit->output_sums(sums);
///     unit->step();
class VerilatedUnit {
 public:
  /// A unit of that configuration of rtl/configs.yaml, reset. Registers without a reset start with random values.
  /// Throws RequestError that lists the configurations compiled in.
  static std::unique_ptr<VerilatedUnit> make(std::string_view config);
  /// The same, and a RequestError if the geometry is not what was compiled in under its name.
  static std::unique_ptr<VerilatedUnit> make(const sim::MatrixGeometry& geometry);
  /// The configurations compiled in.
  static std::vector<std::string> names();

  virtual ~VerilatedUnit() = default;
  VerilatedUnit(const VerilatedUnit&) = delete;
  VerilatedUnit& operator=(const VerilatedUnit&) = delete;

  const sim::MatrixGeometry& geometry() const { return geometry_; }
  /// Bytes of a beat's codes: rows * lanes * 2 bits, rounded up.
  std::size_t code_bytes() const;
  /// Rising clock edges so far, resets included.
  std::uint64_t cycles() const { return cycles_; }

  /// Offers a beat. Throws std::invalid_argument on wrong sizes or slot.
  virtual void drive(const Beat& beat) = 0;
  /// Offers none.
  virtual void idle() = 0;
  virtual void set_output_ready(bool ready) = 0;
  /// One clock edge with reset asserted: drops beats in flight, output, flag and count.
  virtual void reset() = 0;
  /// One clock edge. Throws MismatchError with the text of a failed assertion of the RTL; reset() makes the unit usable
  /// again.
  virtual void step() = 0;
  /// Records every signal from here on, as rtl/waveform.h says.
  virtual void trace(const std::filesystem::path& path) = 0;

  virtual bool input_ready() = 0;
  virtual bool output_valid() = 0;
  virtual int output_slot() = 0;
  /// The sums of all rows, (rows), sign-extended.
  virtual void output_sums(std::span<std::int32_t> sums) = 0;
  /// A weight load since reset had a code 3.
  virtual bool illegal() = 0;
  /// The number of such loads, saturating at 65535.
  virtual std::uint32_t illegal_count() = 0;

 protected:
  explicit VerilatedUnit(sim::MatrixGeometry geometry);
  void check(const Beat& beat) const;
  sim::MatrixGeometry geometry_;
  std::uint64_t cycles_ = 0;
};

/// What the Verilated code of this thread has said since the last call, without the final line break.
std::string take_verilated_text();

}  // namespace ternsim::rtl
