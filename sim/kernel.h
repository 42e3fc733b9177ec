#pragma once

namespace ternsim::sim {

/// Keeps SystemC from printing what is no concern of a user here: that a run which has drained leaves no event, say.
void quiet_kernel();

/// Ends the elaboration of this process's SystemC kernel and runs what stands at time zero. Does nothing later.
void start_kernel();

/// Runs this process's SystemC kernel until no event is left.
void run_until_idle();

}  // namespace ternsim::sim
