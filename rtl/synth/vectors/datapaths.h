#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "rtl/synth/vectors/operands.h"
#include "rtl/synth/vectors/stimulus.h"

namespace ternsim::synth {

/// Parameters of a module by name, with the SystemVerilog defaults left out: every one that matters must be there.
class Parameters {
 public:
  explicit Parameters(std::map<std::string, std::size_t> values) : values_(std::move(values)) {}
  /// Throws RequestError, naming the parameter, when it is not given.
  std::size_t at(const std::string& name) const;
  bool has(const std::string& name) const { return values_.contains(name); }

 private:
  std::map<std::string, std::size_t> values_;
};

/// What one cycle of a module computes, for figures per operation.
struct Work {
  std::size_t rows = 1;   ///< rows of weights that the module takes at a time
  std::size_t lanes = 1;  ///< columns
};

/// Rows and lanes of a module. Throws RequestError for a module without vectors.
Work work_of(const std::string& module, const Parameters& parameters);

/// Inputs of a module over the stream's cycles behind its reset, and the outputs that its C++ model gives. The first
/// cycles are not compared until the pipeline is full. Throws RequestError for a module without vectors.
Stimulus make_stimulus(const std::string& module, const Parameters& parameters, const OperandStream& stream);

/// Sum of weight times activation over the lanes [begin, end) of a row.
std::int32_t dot(const OperandStream& stream, std::size_t cycle, std::size_t row, std::size_t begin, std::size_t end);
/// Pipeline stages of an adder tree of Lanes with a register after every LevelsPerStage levels.
std::size_t tree_stages(const Parameters& parameters);

// One function a module; the ports left out are tied or not compared. A parameter DriveEnable, which is none of the
// module's, makes en_i of ternary_dot an input that is 1.
Stimulus ternary_dot_vectors(const Parameters& parameters, const OperandStream& stream);
Stimulus int8_dot_vectors(const Parameters& parameters, const OperandStream& stream);
Stimulus ternary_pe_vectors(const Parameters& parameters, const OperandStream& stream);
Stimulus int8_pe_vectors(const Parameters& parameters, const OperandStream& stream);
Stimulus matrix_unit_vectors(const std::string& module, const Parameters& parameters, const OperandStream& stream);
Stimulus fp16_mac_vectors(const Parameters& parameters, const OperandStream& stream);
Stimulus trit_decoder_vectors(const Parameters& parameters, const OperandStream& stream);
Stimulus requantise_vectors(const Parameters& parameters, const OperandStream& stream);

// Of the operators in rtl/synth/operators. int_add takes parameters that are none of its own: the sums of Lanes / 2
// lanes each are its operands; with Accumulate the running sum of a row and the sum of Lanes lanes; with GatedPairs of
// two lanes both are zero where the first one's weight is zero, and neither is gated otherwise.
Stimulus ternary_tree_vectors(const Parameters& parameters, const OperandStream& stream);
Stimulus int_add_vectors(const Parameters& parameters, const OperandStream& stream);
Stimulus ternary_lane_vectors(const OperandStream& stream);
Stimulus int_multiply_vectors(const Parameters& parameters, const OperandStream& stream);
Stimulus fp16_mac_multiply_vectors(const Parameters& parameters, const OperandStream& stream);
Stimulus fp16_mac_add_vectors(const Parameters& parameters, const OperandStream& stream);
Stimulus fp32_multiply_vectors(const OperandStream& stream);
Stimulus word_mux_vectors(const Parameters& parameters, const OperandStream& stream);
Stimulus word_register_vectors(const Parameters& parameters, const OperandStream& stream);

}  // namespace ternsim::synth
