#include "energy/action_counts.h"

#include <array>

namespace ternsim::energy {

std::string_view name_of(Part part) {
  static constexpr std::array<std::string_view, 11> names{
      "matrix",           "vector",  "attention",        "lm_head", "weight_sram", "activation_sram",
      "accumulator_sram", "kv_sram", "resident_weights", "dram",    "leakage"};
  return names.at(static_cast<std::size_t>(part));
}

std::string_view name_of(Action action) {
  static constexpr std::array<std::string_view, kActions> names{
      "int_add",    "int_add_gated", "int_mul",        "fp16_add",     "fp16_mul",  "fp32_add",
      "fp32_mul",   "fp32_special",  "sram_read",      "sram_write",   "dram_read", "dram_write",
      "int_negate", "int_mux",       "register_write", "base3_decode", "rom_read"};
  return names.at(static_cast<std::size_t>(action));
}

}  // namespace ternsim::energy
