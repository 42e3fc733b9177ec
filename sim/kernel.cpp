#include "sim/kernel.h"

#include <systemc>

#ifdef __SANITIZE_ADDRESS__
#include <pthread.h>
#include <sanitizer/common_interface_defs.h>

#include <cstddef>
#endif

namespace ternsim::sim {

namespace {

/// SystemC tells the address sanitizer of its switches between stacks, but of the main stack, to which it returns in
/// the end, it does not know where that lies. The sanitizer would take it for empty, and no longer clean it after an
/// exception.
void restore_main_stack() {
#ifdef __SANITIZE_ADDRESS__
  pthread_attr_t attributes;
  void* bottom = nullptr;
  std::size_t size = 0;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return;
  pthread_attr_getstack(&attributes, &bottom, &size);
  pthread_attr_destroy(&attributes);
  void* fake_stack = nullptr;
  __sanitizer_start_switch_fiber(&fake_stack, bottom, size);
  __sanitizer_finish_switch_fiber(fake_stack, nullptr, nullptr);
#endif
}

}  // namespace

void quiet_kernel() {
  // A run that has drained leaves no event; that is our normal end, not worth a message.
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  sc_core::sc_report_handler::set_actions(sc_core::SC_WARNING, sc_core::SC_DO_NOTHING);
}

void start_kernel() {
  if (sc_core::sc_start_of_simulation_invoked()) return;
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  restore_main_stack();
}

void run_until_idle() {
  sc_core::sc_start();
  restore_main_stack();
}

}  // namespace ternsim::sim
