#include "cosim/lockstep_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "base/error.h"

namespace ternsim::cosim {

namespace {

/// Rows row0 ... and columns col0 ... of a matrix.
kernels::PackedTernary part_of(const kernels::PackedTernary& matrix, const sim::Command& command) {
  kernels::PackedTernary part(command.rows, command.cols);
  for (std::int64_t r = 0; r < command.rows; ++r) {
    const std::int64_t row = command.row0 + r;
    if (command.cols == matrix.cols()) {
      std::ranges::copy(matrix.row(row), part.mutable_row(r).begin());
      continue;
    }
    for (std::int64_t k = 0; k < command.cols; ++k) part.set_weight(r, k, matrix.weight(row, command.col0 + k));
  }
  return part;
}

/// A command's columns of the activations of its tokens.
std::vector<std::int8_t> inputs_of(const std::vector<std::int8_t>& all, std::int64_t cols,
                                   const sim::Command& command) {
  std::vector<std::int8_t> part;
  part.reserve(static_cast<std::size_t>(command.tokens * command.cols));
  for (std::int64_t t = 0; t < command.tokens; ++t) {
    const auto begin = all.begin() + (command.token0 + t) * cols + command.col0;
    part.insert(part.end(), begin, begin + command.cols);
  }
  return part;
}

/// What the commands of one operator have added up to.
struct OperatorSums {
  std::vector<std::int32_t> sums;  ///< (tokens, rows)
  std::int64_t pairs = 0;          ///< weight-activation pairs summed
};

void check_whole(const RecordedProgram& recorded, const std::map<std::int32_t, OperatorSums>& done) {
  for (const auto& [op, matrix] : recorded.weights) {
    const std::string& name = recorded.graph.ops[static_cast<std::size_t>(op)].name;
    const sim::MatmulRecord& expected = recorded.record.at(op);
    const auto it = done.find(op);
    const auto pairs = static_cast<std::int64_t>(expected.activations.size()) * matrix->rows();
    if (it == done.end() || it->second.pairs != pairs)
      throw MismatchError(fmt::format("{}: the program's commands sum {} weight-activation pairs, the graph has {}",
                                      name, it == done.end() ? 0 : it->second.pairs, pairs));
    if (it->second.sums != expected.sums)
      throw MismatchError(fmt::format("{}: the program's sums are not those of the reference's inference", name));
  }
}

ProductMismatch mismatch_of(Mismatch mismatch, Product product) {
  if (mismatch.injected) product.fault = text_of({.body = mismatch.body, .kind = *mismatch.injected});
  return {std::move(mismatch), std::move(product)};
}

}  // namespace

std::optional<ProductMismatch> run_products(Lockstep& lockstep, ProductSource& source, std::int64_t vectors,
                                            const std::function<void(std::uint64_t vectors)>& progress) {
  const sim::MatrixGeometry& unit = lockstep.geometry().unit;
  while (vectors > 0) {
    Product product = source.next(vectors);
    const kernels::PackedTernary weights = packed(product);
    if (auto mismatch = lockstep.run(matmul_of(product, weights), product.disturbance))
      return mismatch_of(std::move(*mismatch), std::move(product));
    const std::int64_t done = vectors_of(product.rows, product.tokens, unit);
    vectors -= done;
    if (progress) progress(static_cast<std::uint64_t>(done));
  }
  return std::nullopt;
}

std::optional<ProductMismatch> run_saved(Lockstep& lockstep, const Product& product) {
  if (product.config != lockstep.geometry().unit.name)
    throw RequestError(fmt::format("the product was saved on RTL configuration '{}', this is '{}'", product.config,
                                   lockstep.geometry().unit.name));
  if (const std::string machine = describe(lockstep.geometry()); !product.machine.empty() && product.machine != machine)
    throw RequestError(fmt::format(
        "the product was saved on an RTL configuration '{}' with {}; this build's has {}: build the one that "
        "it was saved on",
        product.config, product.machine, machine));
  if (!product.fault.empty()) {
    ProductFault fault = parse_product_fault(product.fault);
    fault.product += lockstep.figures().products;
    lockstep.inject(fault);
  }
  const kernels::PackedTernary weights = packed(product);
  if (auto mismatch = lockstep.run(matmul_of(product, weights), product.disturbance))
    return mismatch_of(std::move(*mismatch), product);
  return std::nullopt;
}

sim::AcceleratorConfig with_unit(sim::AcceleratorConfig accelerator, const sim::MatrixGeometry& unit) {
  if (accelerator.matrix.datapath != sim::DatapathKind::AdderTree || accelerator.matrix.skip_zero_rows)
    throw RequestError(
        fmt::format("{}: the RTL is an adder tree that computes every row; choose an accelerator with datapath "
                    "adder_tree and skip_zero_rows false",
                    accelerator.where()));
  accelerator.matrix.geometry = unit;
  accelerator.matrix.rtl_config = unit.name;
  return accelerator;
}

std::uint64_t matmul_commands(const sim::Program& program) {
  return static_cast<std::uint64_t>(
      std::ranges::count(program.commands, sim::CommandKind::MatmulChunk, &sim::Command::kind));
}

std::optional<ProductMismatch> run_program(Lockstep& lockstep, const RecordedProgram& recorded,
                                           const std::function<void()>& progress) {
  std::map<std::int32_t, OperatorSums> done;
  for (const sim::Command& command : recorded.program.commands) {
    if (command.kind != sim::CommandKind::MatmulChunk) continue;
    if (command.expert >= 0)
      throw RequestError("which expert a token takes is a matter of values: a mixture of experts has no fixed program");
    const kernels::PackedTernary& matrix = *recorded.weights.at(command.op);
    const sim::MatmulRecord& record = recorded.record.at(command.op);
    const kernels::PackedTernary weights = part_of(matrix, command);
    const std::vector<std::int8_t> inputs = inputs_of(record.activations, matrix.cols(), command);
    const model::Op& op = recorded.graph.ops[static_cast<std::size_t>(command.op)];
    const model::Matmul matmul{weights, inputs, command.tokens, op.layer, op.name};
    if (auto mismatch = lockstep.run(matmul, {})) {
      Product product = product_of(matmul, lockstep.geometry().unit.name, {});
      product.machine = describe(lockstep.geometry());
      return mismatch_of(std::move(*mismatch), std::move(product));
    }
    OperatorSums& to = done[command.op];
    to.sums.resize(record.sums.size());
    for (std::int64_t t = 0; t < command.tokens; ++t)
      for (std::int64_t r = 0; r < command.rows; ++r)
        to.sums[static_cast<std::size_t>((command.token0 + t) * matrix.rows() + command.row0 + r)] +=
            lockstep.sums()[static_cast<std::size_t>(t * command.rows + r)];
    to.pairs += command.tokens * command.rows * command.cols;
    if (progress) progress();
  }
  check_whole(recorded, done);
  return std::nullopt;
}

}  // namespace ternsim::cosim
