#pragma once

#include <cstddef>
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

}  // namespace ternsim::synth
