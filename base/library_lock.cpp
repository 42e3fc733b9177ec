#include "base/library_lock.h"

#include <mutex>

namespace ternsim {

namespace {

std::mutex mutex;
thread_local int depth = 0;  // LibraryLocks of this thread

}  // namespace

LibraryLock::LibraryLock() {
  if (depth == 0) mutex.lock();
  ++depth;
}

LibraryLock::~LibraryLock() {
  --depth;
  if (depth == 0) mutex.unlock();
}

LibraryLock::Pause::Pause() {
  if (depth > 0) mutex.unlock();
}

LibraryLock::Pause::~Pause() {
  if (depth > 0) mutex.lock();
}

}  // namespace ternsim
