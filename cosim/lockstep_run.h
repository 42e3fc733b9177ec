#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "cosim/lockstep.h"
#include "cosim/product.h"
#include "cosim/product_source.h"
#include "model/graph.h"
#include "sim/functional_operands.h"
#include "sim/program/accelerator_config.h"
#include "sim/program/program.h"

namespace ternsim::cosim {

/// A product that some body computes differently, as it can be saved.
struct ProductMismatch {
  Mismatch mismatch;
  Product product;
};

/// Products of a source until that many vectors have been compared, or one differs. `progress` hears of each product's
/// vectors.
std::optional<ProductMismatch> run_products(Lockstep& lockstep, ProductSource& source, std::int64_t vectors,
                                            const std::function<void(std::uint64_t vectors)>& progress = {});

/// A saved product, with the fault that it was saved with. Throws RequestError if it was saved on another machine; one
/// that does not say its parameters runs on those of its configuration.
std::optional<ProductMismatch> run_saved(Lockstep& lockstep, const Product& product);

/// One pass of a model as an accelerator executes it, with what the reference computed in it.
struct RecordedProgram {
  const model::Graph& graph;
  const sim::Program& program;
  const sim::WeightTable& weights;
  const sim::PassRecord& record;
};

/// The accelerator with the matrix unit of an RTL configuration in the place of its own, for the mapper to cut products
/// to. Throws RequestError on one whose matrix unit is not the RTL's: no adder tree, or rows left out.
sim::AcceleratorConfig with_unit(sim::AcceleratorConfig accelerator, const sim::MatrixGeometry& unit);

/// MatmulChunk commands of a program.
std::uint64_t matmul_commands(const sim::Program& program);

/// Executes the MatmulChunk commands of a program in order, each as a product of the lockstep, undisturbed. Parts of K
/// are added up as the accelerator's host would. At the end every sum of every ternary linear is held against the
/// reference's record: MismatchError if one differs, or if the commands did not cover it. `progress` hears of each
/// command.
std::optional<ProductMismatch> run_program(Lockstep& lockstep, const RecordedProgram& recorded,
                                           const std::function<void()>& progress = {});

}  // namespace ternsim::cosim
