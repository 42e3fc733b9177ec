#include "energy/constant_table.h"

#include <array>

namespace ternsim::energy {

namespace {

constexpr double kPico = 1e-12;
constexpr double kFemto = 1e-15;

constexpr std::array<Unit, 14> kUnits{{
    {"pJ", Dimension::EnergyPerOperation, kPico},
    {"fJ", Dimension::EnergyPerOperation, kFemto},
    {"J", Dimension::EnergyPerOperation, 1},
    {"pJ/bit", Dimension::EnergyPerBit, kPico},
    {"fJ/bit", Dimension::EnergyPerBit, kFemto},
    {"pJ/64bit", Dimension::EnergyPerBit, kPico / 64},
    {"J/bit", Dimension::EnergyPerBit, 1},
    {"um2", Dimension::Area, 1e-12},
    {"m2", Dimension::Area, 1},
    {"um2/bit", Dimension::AreaPerBit, 1e-12},
    {"m2/bit", Dimension::AreaPerBit, 1},
    {"W/mm2", Dimension::PowerDensity, 1e6},
    {"W/m2", Dimension::PowerDensity, 1},
    {"ratio", Dimension::Factor, 1},
}};

constexpr ConstantSpec operation(std::string_view name, std::string_view needed_by) {
  return {name, Dimension::EnergyPerOperation, 1e-17, 1e-9, needed_by};
}
constexpr ConstantSpec per_bit(std::string_view name, std::string_view needed_by) {
  return {name, Dimension::EnergyPerBit, 1e-16, 1e-9, needed_by};
}
constexpr ConstantSpec area(std::string_view name, std::string_view needed_by) {
  return {name, Dimension::Area, 1e-15, 1e-7, needed_by};
}
constexpr ConstantSpec factor(std::string_view name, double min, double max, std::string_view needed_by) {
  return {name, Dimension::Factor, min, max, needed_by};
}

constexpr std::array<ConstantSpec, 41> kSpecs{{
    operation("int8_add", "int_add and int_add_gated of every width, published matmul ratio"),
    operation("int32_add", "int_add and int_add_gated of every width"),
    operation("int8_mul", "int_mul of every width"),
    operation("int32_mul", "int_mul of every width"),
    operation("fp16_add", "fp16_add, published matmul ratio"),
    operation("fp16_mul", "fp16_mul, published matmul ratio"),
    operation("fp32_add", "fp32_add"),
    operation("fp32_mul", "fp32_mul, fp32_special"),
    factor("fp32_special_factor", 1, 1000, "fp32_special, as a multiple of fp32_mul"),
    factor("gated_add_factor", 0, 1, "int_add_gated, as a fraction of int_add"),
    factor("negate_factor", 0, 1, "int_negate, as a fraction of int_add"),
    factor("mux_factor", 0, 1, "int_mux, as a fraction of int_add"),
    factor("register_factor", 0.1, 10, "register_write and its area, per bit as a multiple of a bit of int8_add"),
    factor("base3_decode_adds", 0.1, 20, "base3_decode and its area, as a multiple of a 10-bit int_add"),
    per_bit("sram_read_8kib", "sram_read and sram_write"),
    per_bit("sram_read_32kib", "sram_read and sram_write"),
    per_bit("sram_read_1mib", "sram_read and sram_write"),
    factor("sram_write_factor", 0.1, 10, "sram_write, as a multiple of sram_read"),
    factor("rom_read_factor", 0.01, 10, "rom_read, as a multiple of sram_read of that size"),
    per_bit("dram_lpddr5x", "dram_read and dram_write with lpddr5x"),
    per_bit("dram_lpddr5", "dram_read and dram_write with lpddr5"),
    per_bit("dram_lpddr4x", "dram_read and dram_write with lpddr4x"),
    per_bit("dram_lpddr4", "dram_read and dram_write with lpddr4"),
    per_bit("dram_hbm2", "dram_read and dram_write with hbm2"),
    per_bit("dram_hbm2e", "dram_read and dram_write with hbm2e"),
    per_bit("dram_hbm3", "dram_read and dram_write with hbm3"),
    per_bit("dram_ddr4", "dram_read and dram_write with ddr4"),
    per_bit("dram_ddr5", "dram_read and dram_write with ddr5"),
    area("area_int8_add", "area of int_add of every width"),
    area("area_int32_add", "area of int_add of every width"),
    area("area_int8_mul", "area of int_mul of every width"),
    area("area_int32_mul", "area of int_mul of every width"),
    area("area_fp16_add", "area of fp16_add"),
    area("area_fp16_mul", "area of fp16_mul"),
    area("area_fp32_add", "area of fp32_add"),
    area("area_fp32_mul", "area of fp32_mul, fp32_special"),
    factor("area_special_factor", 0.1, 100, "area of fp32_special, as a multiple of area_fp32_mul"),
    factor("area_scale", 1e-3, 10, "area of every operator: from the node of the area constants to this one"),
    {"sram_area_per_bit", Dimension::AreaPerBit, 1e-15, 1e-11, "area of every SRAM"},
    factor("rom_area_factor", 0.01, 10, "area of every ROM, as a multiple of sram_area_per_bit"),
    {"leakage_density", Dimension::PowerDensity, 0, 1e7, "leakage of the whole area"},
}};

}  // namespace

std::span<const ConstantSpec> constant_specs() { return kSpecs; }

const Unit* find_unit(std::string_view symbol, Dimension dimension) {
  for (const Unit& unit : kUnits) {
    if (unit.symbol == symbol && unit.dimension == dimension) return &unit;
  }
  return nullptr;
}

std::string accepted_units(Dimension dimension) {
  std::string out;
  for (const Unit& unit : kUnits) {
    if (unit.dimension != dimension) continue;
    if (!out.empty()) out += ", ";
    out += unit.symbol;
  }
  return out;
}

Quantity quantity_of(Dimension dimension) {
  switch (dimension) {
    case Dimension::EnergyPerOperation:
      return Quantity::Joules;
    case Dimension::EnergyPerBit:
      return Quantity::JoulesPerBit;
    case Dimension::Area:
      return Quantity::SquareMetres;
    case Dimension::AreaPerBit:
      return Quantity::SquareMetresPerBit;
    case Dimension::PowerDensity:
      return Quantity::WattsPerSquareMetre;
    case Dimension::Factor:
      return Quantity::Ratio;
  }
  return Quantity::Ratio;
}

}  // namespace ternsim::energy
