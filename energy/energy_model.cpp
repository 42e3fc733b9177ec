#include "energy/energy_model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "base/yaml.h"
#include "energy/interpolation.h"

namespace ternsim::energy {

namespace {

constexpr std::array<Part, 11> kParts{Part::Matrix,          Part::Vector,         Part::Attention,       Part::LmHead,
                                      Part::WeightSram,      Part::ActivationSram, Part::AccumulatorSram, Part::KvSram,
                                      Part::ResidentWeights, Part::Dram,           Part::Leakage};
constexpr int kTritBits = 10;         // three times a byte: what each step of a base-3 decoder adds up
constexpr double kPicojoules = 1e12;  // in a joule
constexpr std::string_view kDramPrefix = "dram_";
constexpr std::array<SizePoint, 3> kSramSizes{{{8.0 * 1024, 0}, {32.0 * 1024, 0}, {1024.0 * 1024, 0}}};
constexpr std::array<std::string_view, 3> kSramNames{"sram_read_8kib", "sram_read_32kib", "sram_read_1mib"};

std::string describe(const ActionKey& key) {
  return fmt::format("{} of part {} at width {}", name_of(key.action), name_of(key.part), key.width_bits);
}

/// Builds a rate (or an area) out of constants and keeps the account of which.
class Pricing {
 public:
  Pricing(const Technology& technology, Corner corner) : technology_(technology), corner_(corner) {}

  double use(std::string_view name) {
    const Constant& constant = technology_.constant(name);
    result.constants.insert(constant.name);
    result.tier = weaker(result.tier, constant.tier);
    return constant.at(corner_);
  }
  /// `prefix` is "" for energies and "area_" for areas: both kinds of constant are named alike.
  double integer(const std::string& prefix, std::string_view operation, int width_bits, const ActionKey& key) {
    if (width_bits < kMinWidthBits || width_bits > kMaxWidthBits)
      throw RequestError(fmt::format("no constant covers {}: integer widths from {} to {} bits can be priced",
                                     describe(key), kMinWidthBits, kMaxWidthBits));
    if (width_bits == 8 || width_bits == 32) return use(fmt::format("{}int{}_{}", prefix, width_bits, operation));
    const double at8 = use(fmt::format("{}int8_{}", prefix, operation));
    const double at32 = use(fmt::format("{}int32_{}", prefix, operation));
    result.tier = weaker(result.tier, Tier::Derived);
    const double value =
        operation == "add" ? linear_by_width(width_bits, at8, at32) : power_by_width(width_bits, at8, at32);
    if (value <= 0)
      throw RequestError(
          fmt::format("no constant covers {}: the line through the 8-bit and the 32-bit add of "
                      "technology '{}' falls to zero before that width",
                      describe(key), technology_.name()));
    return value;
  }
  /// The operator of a count or of the inventory. Throws on actions that are no operators.
  double operation(const std::string& prefix, const ActionKey& key) {
    switch (key.action) {
      case Action::IntAdd:
        return integer(prefix, "add", key.width_bits, key);
      case Action::IntNegate:
        return integer(prefix, "add", key.width_bits, key) * use("negate_factor");
      case Action::IntMux:
        return integer(prefix, "add", key.width_bits, key) * use("mux_factor");
      case Action::RegisterWrite:
        return use(prefix + "int8_add") / 8 * use("register_factor");
      case Action::Base3Decode:
        return integer(prefix, "add", kTritBits, key) * use("base3_decode_adds");
      case Action::IntMul:
        return integer(prefix, "mul", key.width_bits, key);
      case Action::Fp16Add:
        return floating(prefix + "fp16_add", 16, key);
      case Action::Fp16Mul:
        return floating(prefix + "fp16_mul", 16, key);
      case Action::Fp32Add:
        return floating(prefix + "fp32_add", 32, key);
      case Action::Fp32Mul:
        return floating(prefix + "fp32_mul", 32, key);
      case Action::Fp32Special:
        return floating(prefix + "fp32_mul", 32, key) *
               use(prefix.empty() ? "fp32_special_factor" : "area_special_factor");
      default:
        break;
    }
    throw RequestError(fmt::format("no constant covers {}", describe(key)));
  }

  Rate result;

 private:
  double floating(const std::string& name, int width_bits, const ActionKey& key) {
    if (key.width_bits != width_bits)
      throw RequestError(
          fmt::format("no constant covers {}: it is priced at width {} only", describe(key), width_bits));
    return use(name);
  }

  const Technology& technology_;
  Corner corner_;
};

}  // namespace

double EnergyBreakdown::joules() const {
  double sum = 0;
  for (const auto& [part, energy] : parts) sum += energy.joules;
  return sum;
}

Tier EnergyBreakdown::tier() const {
  Tier tier = Tier::Simulated;
  for (const auto& [part, energy] : parts) tier = weaker(tier, energy.tier);
  return tier;
}

std::vector<std::string> EnergyModel::dram_types() {
  std::vector<std::string> types;
  for (const ConstantSpec& spec : constant_specs()) {
    if (spec.name.starts_with(kDramPrefix)) types.emplace_back(spec.name.substr(kDramPrefix.size()));
  }
  types.emplace_back("none");
  return types;
}

EnergyModel::EnergyModel(Technology technology, Inventory inventory, std::string dram_type,
                         std::optional<ReferencePrices> prices)
    : technology_(std::move(technology)),
      inventory_(std::move(inventory)),
      dram_type_(std::move(dram_type)),
      prices_(std::move(prices)) {
  const std::vector<std::string> types = dram_types();
  if (std::ranges::find(types, dram_type_) == types.end()) {
    const std::string near = nearest_name(dram_type_, types);
    throw RequestError(fmt::format("unknown DRAM type '{}'; accepted: {}{}", dram_type_, fmt::join(types, ", "),
                                   near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
  }
  for (const Part part : kParts) area_[part] = {};
  add_operator_areas();
  add_memory_areas();
  if (!prices_) return;
  for (const auto& [part, area] : area_)
    if (area.square_metres > 0) prices_->table.leak_picojoules(part);  // throws where it is missing
}

void EnergyModel::add_operator_areas() {
  for (const auto& [op, count] : inventory_.operators) {
    if (count == 0) continue;
    const ActionKey key{std::get<0>(op), std::get<1>(op), std::get<2>(op)};
    Pricing pricing(technology_, Corner::Mid);
    const double one = pricing.operation("area_", key) * pricing.use("area_scale");
    PartArea& area = area_.at(key.part);
    area.square_metres += static_cast<double>(count) * one;
    area.tier = weaker(area.tier, pricing.result.tier);
    area_constants_.merge(pricing.result.constants);
  }
}

void EnergyModel::add_memory_areas() {
  const auto add = [this](const std::map<Part, std::uint64_t>& bytes_of, bool rom) {
    for (const auto& [part, bytes] : bytes_of) {
      if (bytes == 0) continue;
      Pricing pricing(technology_, Corner::Mid);
      const double bit = pricing.use("sram_area_per_bit") * (rom ? pricing.use("rom_area_factor") : 1);
      PartArea& area = area_.at(part);
      area.square_metres += 8.0 * static_cast<double>(bytes) * bit;
      area.tier = weaker(area.tier, pricing.result.tier);
      area_constants_.merge(pricing.result.constants);
    }
  };
  add(inventory_.sram_bytes, false);
  add(inventory_.rom_bytes, true);
}

double EnergyModel::square_metres() const {
  double sum = 0;
  for (const auto& [part, area] : area_) sum += area.square_metres;
  return sum;
}

Rate EnergyModel::memory_read_rate(const ActionKey& key, Corner corner) const {
  const bool rom = key.action == Action::RomRead;
  const std::map<Part, std::uint64_t>& memories = rom ? inventory_.rom_bytes : inventory_.sram_bytes;
  const auto it = memories.find(key.part);
  if (it == memories.end() || it->second == 0)
    throw RequestError(
        fmt::format("no constant covers {}: the inventory lists no {} of that part, so its size is unknown",
                    describe(key), rom ? "ROM" : "SRAM"));
  Pricing pricing(technology_, corner);
  std::array<SizePoint, 3> points = kSramSizes;
  const auto bytes = static_cast<double>(it->second);
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (bytes == points[i].bytes) {
      pricing.result.joules = pricing.use(kSramNames[i]);
      return pricing.result;
    }
  }
  for (std::size_t i = 0; i < points.size(); ++i) points[i].value = pricing.use(kSramNames[i]);
  pricing.result.tier = weaker(pricing.result.tier, Tier::Derived);
  pricing.result.joules = log_by_size(bytes, points);
  return pricing.result;
}

Rate EnergyModel::dram_rate(const ActionKey& key, Corner corner) const {
  if (dram_type_ == "none")
    throw RequestError(fmt::format("no constant covers {}: the machine has no DRAM (type 'none')", describe(key)));
  Pricing pricing(technology_, corner);
  pricing.result.joules = pricing.use(fmt::format("{}{}", kDramPrefix, dram_type_));
  return pricing.result;
}

Rate EnergyModel::rate(const ActionKey& key, Corner corner) const {
  if (key.part == Part::Leakage)
    throw RequestError(fmt::format("no constant covers {}: leakage follows from area and time", describe(key)));
  if (prices_) return {prices_->table.picojoules(key) / kPicojoules, Tier::Assumed, {}};
  Pricing pricing(technology_, corner);
  switch (key.action) {
    case Action::SramRead:
      return memory_read_rate(key, corner);
    case Action::RomRead:
      pricing.result = memory_read_rate(key, corner);
      pricing.result.joules *= pricing.use("rom_read_factor");
      return pricing.result;
    case Action::SramWrite:
      pricing.result = memory_read_rate(key, corner);
      pricing.result.joules *= pricing.use("sram_write_factor");
      return pricing.result;
    case Action::DramRead:
    case Action::DramWrite:
      return dram_rate(key, corner);
    case Action::IntAddGated:
      pricing.result.joules = pricing.integer("", "add", key.width_bits, key) * pricing.use("gated_add_factor");
      return pricing.result;
    default:
      pricing.result.joules = pricing.operation("", key);
      return pricing.result;
  }
}

PartEnergy EnergyModel::leakage(double seconds, Corner corner, std::set<std::string>& constants) const {
  PartEnergy leakage;
  if (prices_) {
    for (const auto& [part, price] : prices_->table.leaks())
      leakage.joules += price / kPicojoules * prices_->clock_hz * seconds;
    if (leakage.joules > 0) leakage.tier = Tier::Assumed;
    return leakage;
  }
  const Constant& density = technology_.constant("leakage_density");
  leakage.joules = square_metres() * density.at(corner) * seconds;
  if (leakage.joules > 0) {
    leakage.tier = weaker(leakage.tier, density.tier);
    for (const auto& [part, area] : area_) leakage.tier = weaker(leakage.tier, area.tier);
    constants.insert(density.name);
    constants.insert(area_constants_.begin(), area_constants_.end());
  }
  return leakage;
}

EnergyBreakdown EnergyModel::evaluate(const ActionCounts& counts, Corner corner) const {
  if (!std::isfinite(counts.seconds) || counts.seconds < 0)
    throw RequestError(fmt::format("a phase of {} seconds cannot be priced", counts.seconds));
  EnergyBreakdown breakdown;
  breakdown.technology = technology_.name();
  if (prices_) breakdown.technology += " with the energies of a reference table";
  breakdown.dram_type = dram_type_;
  breakdown.corner = corner;
  for (const Part part : kParts) breakdown.parts[part] = {};
  for (const auto& [key, count] : counts.counts) {
    if (count == 0) continue;
    Contribution line{key, count, rate(key, corner), 0};
    line.joules = static_cast<double>(count) * line.rate.joules;
    PartEnergy& part = breakdown.parts.at(key.part);
    part.joules += line.joules;
    part.tier = weaker(part.tier, line.rate.tier);
    breakdown.constants.insert(line.rate.constants.begin(), line.rate.constants.end());
    breakdown.contributions.push_back(std::move(line));
  }
  breakdown.parts.at(Part::Leakage) = leakage(counts.seconds, corner, breakdown.constants);
  return breakdown;
}

}  // namespace ternsim::energy
