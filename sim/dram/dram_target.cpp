#include "sim/dram/dram_target.h"

#include "sim/scoreboard.h"

namespace ternsim::sim {

DramTarget::DramTarget(const sc_core::sc_module_name& name, const DramConfig& config, double clock_hz)
    : sc_module(name), socket("socket"), model_(config.present() ? make_dram_model(config, clock_hz) : nullptr) {
  socket.register_b_transport(this, &DramTarget::b_transport);
}

void DramTarget::b_transport(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay) {
  if (model_ == nullptr || transaction.get_data_length() == 0) {
    transaction.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  const DramTransfer t =
      model_->transfer(now_cycle() + static_cast<Cycle>(delay.value()), transaction.get_address(),
                       static_cast<std::int64_t>(transaction.get_data_length()), transaction.is_write());
  delay += cycles_to_time(t.cycles());
  if (auto* extension = transaction.get_extension<DramExtension>()) {
    extension->answered = true;
    extension->transfer = t;
  }
  transaction.set_response_status(tlm::TLM_OK_RESPONSE);
}

}  // namespace ternsim::sim
