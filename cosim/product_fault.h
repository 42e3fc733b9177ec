#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace ternsim::cosim {

/// Who computes a product, to be held against three plain loops over its weights.
enum class Body {
  Cpu,      ///< the reference's kernels
  SystemC,  ///< sim::SystemCEngine
  Unit,     ///< rtl::RtlEngine, the Verilated matrix unit alone
  Engine    ///< rtl::EngineDriver, the whole Verilated engine behind its registers and streams
};
inline constexpr std::size_t kBodies = 4;
inline constexpr std::array kAllBodies{Body::Cpu, Body::SystemC, Body::Unit, Body::Engine};
/// "cpu", "systemc", "rtl" or "rtl_engine".
std::string_view name_of(Body body);

/// What is made wrong on purpose: one for each comparison of a product.
enum class FaultKind {
  Sums,     ///< the last sum of the product
  Cycles,   ///< the clock cycles that the body took for it
  LaneAdds  ///< the weight-activation pairs that the body counted in it
};
inline constexpr std::array kAllFaultKinds{FaultKind::Sums, FaultKind::Cycles, FaultKind::LaneAdds};
/// "sums", "cycles" or "lane_adds".
std::string_view name_of(FaultKind kind);

/// 1 is added to what a body has for one product: the first from `product` on in which that is compared. Cycles are
/// compared in undisturbed products only.
struct ProductFault {
  Body body = Body::Engine;
  std::uint64_t product = 0;  ///< counted from 0
  FaultKind kind = FaultKind::Sums;
};
/// Reads "BODY", "BODY:PRODUCT" or "BODY:PRODUCT:KIND". Throws RequestError on another form, and on cycles of the CPU,
/// which has no modelled clock.
ProductFault parse_product_fault(const std::string& text);
/// The shortest form that parse_product_fault reads back.
std::string text_of(const ProductFault& fault);

}  // namespace ternsim::cosim
