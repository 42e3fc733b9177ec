#include "cosim/product_fault.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"

namespace ternsim::cosim {

namespace {

constexpr std::array<std::string_view, kBodies> kBodyNames{"cpu", "systemc", "rtl", "rtl_engine"};
constexpr std::array<std::string_view, kAllFaultKinds.size()> kKindNames{"sums", "cycles", "lane_adds"};

Body parse_body(std::string_view name) {
  for (const Body body : kAllBodies)
    if (name_of(body) == name) return body;
  throw RequestError(fmt::format("'{}' computes no products; there are: {}", name, fmt::join(kBodyNames, ", ")));
}

FaultKind parse_kind(std::string_view name) {
  for (const FaultKind kind : kAllFaultKinds)
    if (name_of(kind) == name) return kind;
  throw RequestError(fmt::format("'{}' is nothing that is compared; there are: {}", name, fmt::join(kKindNames, ", ")));
}

}  // namespace

std::string_view name_of(Body body) { return kBodyNames[static_cast<std::size_t>(body)]; }
std::string_view name_of(FaultKind kind) { return kKindNames[static_cast<std::size_t>(kind)]; }

ProductFault parse_product_fault(const std::string& text) {
  const std::size_t colon = text.find(':');
  ProductFault fault{.body = parse_body(std::string_view(text).substr(0, colon))};
  if (colon == std::string::npos) return fault;
  const std::size_t second = text.find(':', colon + 1);
  const char* end = text.data() + std::min(second, text.size());
  const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, fault.product);
  if (error != std::errc() || rest != end)
    throw RequestError(fmt::format("fault '{}': expected BODY[:PRODUCT[:KIND]], products counted from 0", text));
  if (second != std::string::npos) fault.kind = parse_kind(std::string_view(text).substr(second + 1));
  if (fault.body == Body::Cpu && fault.kind == FaultKind::Cycles)
    throw RequestError(fmt::format("fault '{}': the CPU kernels have no modelled clock, so no cycles", text));
  return fault;
}

std::string text_of(const ProductFault& fault) {
  if (fault.kind != FaultKind::Sums)
    return fmt::format("{}:{}:{}", name_of(fault.body), fault.product, name_of(fault.kind));
  if (fault.product != 0) return fmt::format("{}:{}", name_of(fault.body), fault.product);
  return std::string(name_of(fault.body));
}

}  // namespace ternsim::cosim
