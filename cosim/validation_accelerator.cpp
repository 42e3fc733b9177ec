#include "cosim/validation_accelerator.h"

#include <tlm_utils/simple_target_socket.h>

#include <algorithm>

namespace ternsim::cosim {

using sim::Command;
using sim::Cycle;

/// As sim::DramTarget, with a fresh memory for each program.
class AcceleratorSide::Memory : public sc_core::sc_module {
 public:
  explicit Memory(const sc_core::sc_module_name& name) : sc_module(name), socket("socket") {
    socket.register_b_transport(this, &Memory::b_transport);
  }
  tlm_utils::simple_target_socket<Memory> socket;

  void begin(const sim::DramConfig& config, double clock_hz) {
    model_ = sim::make_dram_model(config, clock_hz);
    start_ = sim::now_cycle();
  }

 private:
  void b_transport(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay) {
    const Cycle now = sim::now_cycle() - start_ + static_cast<Cycle>(delay.value());
    const sim::DramTransfer t =
        model_->transfer(now, transaction.get_address(), static_cast<std::int64_t>(transaction.get_data_length()),
                         transaction.is_write());
    delay += sim::cycles_to_time(t.cycles());
    if (auto* extension = transaction.get_extension<sim::DramExtension>()) {
      extension->answered = true;
      extension->transfer = t;
    }
    transaction.set_response_status(tlm::TLM_OK_RESPONSE);
  }

  std::unique_ptr<sim::DramModel> model_;
  Cycle start_ = 0;
};

namespace {

/// The smallest model there is: programs come from elsewhere, only its operators' numbers are needed.
model::Graph small_graph() {
  model::ModelShape shape;
  shape.block_count = 1;
  shape.embedding_length = shape.feed_forward_length = 64;
  shape.head_count = shape.head_count_kv = 1;
  shape.head_dim = 64;
  shape.vocab_size = 16;
  shape.context_length = 16;
  return model::Graph::build(shape);
}

}  // namespace

AcceleratorSide::AcceleratorSide(const std::string& name, const sim::AcceleratorConfig& machine,
                                 const sim::EngineGeometry& geometry)
    : config_(machine), geometry_(geometry) {
  config_.matrix.geometry = geometry.unit;
  config_.matrix.rtl_config = geometry.unit.name;
  const model::Graph graph = small_graph();
  op_ = static_cast<std::int32_t>(std::ranges::find(graph.ops, model::OpKind::BitLinear, &model::Op::kind) -
                                  graph.ops.begin());
  memory_ = std::make_unique<Memory>((name + "_memory").c_str());
  accelerator_ = std::make_unique<sim::Accelerator>(name.c_str(), config_, graph, &memory_->socket);
}

AcceleratorSide::~AcceleratorSide() = default;

Cycle AcceleratorSide::run(const EngineCase& a_case) {
  const sim::MemoryStream& stream = a_case.memory.value();
  sim::Program program;
  std::uint64_t address = stream.address;
  std::size_t chunk = 0;
  for (const sim::EngineCommand& c : a_case.program.commands) {
    const std::int64_t blocks = geometry_.unit.column_blocks(c.cols);
    for (std::int64_t row = 0; row < c.rows; ++chunk) {
      const std::int64_t transfers = stream.descriptors.at(chunk);
      Command load;
      load.unit = sim::Unit::Dma;
      load.kind = sim::CommandKind::LoadWeights;
      load.op = op_;
      load.linear = true;
      load.address = address;
      load.bytes = transfers * stream.transfer_bytes;
      address += static_cast<std::uint64_t>(load.bytes);
      // Load and product alternate: the product two chunks before stands three commands before.
      const auto index = static_cast<std::int32_t>(program.commands.size());
      if (chunk >= 2) load.wait_for(index - 3);
      program.commands.push_back(load);

      Command product;
      product.unit = sim::Unit::Matrix;
      product.kind = sim::CommandKind::MatmulChunk;
      product.op = op_;
      product.linear = true;
      product.row0 = row;
      product.rows = std::min(transfers / blocks * geometry_.unit.rows, c.rows - row);
      product.cols = c.cols;
      product.tokens = c.tokens;
      product.wait_for(index);
      program.commands.push_back(product);
      row += product.rows;
    }
  }
  sim::DramConfig dram = stream.dram;
  dram.model = sim::DramModelKind::RowSegment;
  memory_->begin(dram, stream.clock_hz);
  return accelerator_->run(program, nullptr).cycles;
}

}  // namespace ternsim::cosim
