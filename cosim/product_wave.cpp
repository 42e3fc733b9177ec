#include "cosim/product_wave.h"

#include "base/error.h"
#include "rtl/engine_driver.h"
#include "rtl/rtl_engine.h"

namespace ternsim::cosim {

namespace {

template <typename Driver>
void record(const Product& product, const std::filesystem::path& path) {
  const kernels::PackedTernary weights = packed(product);
  std::vector<std::int32_t> sums(static_cast<std::size_t>(product.tokens * product.rows));
  Driver driver(product.config, product.disturbance);
  driver.trace(path);
  try {
    driver.multiply(matmul_of(product, weights), sums);
  } catch (const MismatchError&) {
    // What the model itself reports is the very thing to look at.
  }
}

}  // namespace

void write_wave(const Product& product, Body body, const std::filesystem::path& path) {
  if (body == Body::Engine)
    record<rtl::EngineDriver>(product, path);
  else
    record<rtl::RtlEngine>(product, path);
}

}  // namespace ternsim::cosim
