#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <memory>
#include <systemc>
#include <tlm>

#include "sim/dram/dram_model.h"

namespace ternsim::sim {

/// Lets a memory say more about a transaction than how long it took. A target that does not know it leaves it alone;
/// the DMA then counts what bytes and peak rate do not explain as latency.
struct DramExtension : tlm::tlm_extension<DramExtension> {
  bool answered = false;
  DramTransfer transfer;

  tlm::tlm_extension_base* clone() const override { return new DramExtension(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override { *this = static_cast<const DramExtension&>(other); }
};

/// The accelerator's DRAM as a TLM-2.0 target. One transaction is one DMA descriptor (of more than 1 GiB, several): its
/// command, address and length; it carries no data, since values are not kept in the simulated memory, so its data
/// pointer is null. Blocking transport, loosely timed: the delay that comes in is when the transaction starts, the
/// delay that goes back is when its last byte has moved, both counted from the current time in cycles of the
/// accelerator (one tick of the time resolution each). Another model of a memory that keeps to this, or that waits
/// instead, can be bound to the DMA in its place.
class DramTarget : public sc_core::sc_module {
 public:
  /// A configuration without a memory answers each transaction with an address error.
  DramTarget(const sc_core::sc_module_name& name, const DramConfig& config, double clock_hz);
  tlm_utils::simple_target_socket<DramTarget> socket;

 private:
  void b_transport(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay);
  std::unique_ptr<DramModel> model_;
};

}  // namespace ternsim::sim
