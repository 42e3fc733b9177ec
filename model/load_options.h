#pragma once

#include <optional>

#include "kernels/repacked_ternary.h"
#include "model/i2s.h"
#include "model/shape.h"
#include "model/ternary_from_dense.h"

namespace ternsim::model {

/// What a reader of model files may be told.
struct LoadOptions {
  I2sLayout i2s_layout = I2sLayout::Blocks128;
  /// Instead of what the file's `ternsim.ffn_activation`, its hidden_act, or else its architecture, says.
  std::optional<FfnActivation> ffn_activation = std::nullopt;
  /// Instead of what the file's `ternsim.activation_scheme` says, or absmax int8.
  std::optional<ActivationScheme> activation_scheme = std::nullopt;
  /// Quantise linears that are not ternary (master weights) instead of refusing them.
  bool ternarise = false;
  /// How; instead of what the file's `ternsim.weight_scheme` says, or absmean.
  std::optional<WeightScheme> weight_scheme = std::nullopt;
  /// How the CPU kernels shall find the ternary matrices. Other than TwoBit, `BitLinearWeights::repacked` takes the
  /// place of `codes`, whose storage is released.
  kernels::Packing packing = kernels::Packing::TwoBit;
  /// ffn_down in TwoBitColumns whatever `packing` is: its inputs are mostly zeros behind squared ReLU.
  bool columns_for_down = false;
  /// Threads that read; 0: as many as there are processors. The result does not depend on them.
  int threads = 0;
};

}  // namespace ternsim::model
