#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "model/matrix_engine.h"
#include "rtl/rtl_engine.h"
#include "sim/program/matrix_geometry.h"

namespace ternsim::cosim {

/// One product for the hardware, with its operands and what stands around it, in a form that can be saved, read by a
/// person and replayed.
struct Product {
  std::string name = "random";  ///< "blk.3.attn_q", or how the operands were drawn
  std::string config = {};      ///< of rtl/configs.yaml
  std::string machine = {};     ///< describe() of that configuration when the product was saved; empty: not said
  std::int64_t rows = 0, cols = 0, tokens = 0;
  rtl::Disturbance disturbance = {};
  std::string fault = {};  ///< what is made wrong on purpose, as parse_product_fault reads it; empty: nothing
  std::vector<std::int8_t> weights = {};      ///< (rows, cols), -1, 0, +1
  std::vector<std::int8_t> activations = {};  ///< (tokens, cols)
};

/// Every parameter of a configuration in one line: "rows 16, lanes 64, ...".
std::string describe(const sim::EngineGeometry& geometry);

/// Uniform weights and activations over all of int8, from the seed alone.
Product random_product(const std::string& config, std::int64_t rows, std::int64_t cols, std::int64_t tokens,
                       std::uint64_t seed);
kernels::PackedTernary packed(const Product& product);
/// A product as an engine is given it; `weights` are packed(product). Both must outlive the result.
model::Matmul matmul_of(const Product& product, const kernels::PackedTernary& weights);
/// The product that an engine was given, as it can be saved.
Product product_of(const model::Matmul& matmul, const std::string& config, const rtl::Disturbance& disturbance);
/// sum_k weights * activations by three plain loops, (tokens, rows).
std::vector<std::int32_t> naive_sums(const Product& product);

/// Writes a text file. Throws InputError where the file system refuses.
void save(const Product& product, const std::filesystem::path& path);
/// Reads what save() wrote. Throws InputError, with file and line, on anything else: another form, extents beyond
/// 2^28 weights, 2^28 activations or 2^24 sums, a configuration or parameters that this build has not, and a fault that
/// the product cannot have.
Product load_product(const std::filesystem::path& path);
/// The command that runs a saved product again, for a shell to read whatever the path has in it.
std::string replay_command(const std::filesystem::path& path);

}  // namespace ternsim::cosim
