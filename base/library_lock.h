#pragma once

namespace ternsim {

/// Lets the threads of a program share a library that forks: a child that was forked while another thread held a lock,
/// or was setting up a static, would wait for that thread forever. A thread has the lock while it is inside of the
/// library and may take it again there; run_in_children() lets go of it while it waits, so that children of several
/// threads run side by side.
class LibraryLock {
 public:
  LibraryLock();
  ~LibraryLock();
  LibraryLock(const LibraryLock&) = delete;
  LibraryLock& operator=(const LibraryLock&) = delete;

  /// While it lives, other threads may enter; nothing in a thread that has no LibraryLock.
  class Pause {
   public:
    Pause();
    ~Pause();
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;
  };
};

}  // namespace ternsim
