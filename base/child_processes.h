#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace ternsim {

/// How a child process ended.
struct ChildResult {
  std::string output;   ///< what its work returned
  std::string failure;  ///< empty, or how it ended without a result: "ended by signal 9 (Killed)"
};

/// Does each item's work in a child process of its own, at most `processes` at a time: a crash, a kernel that starts
/// only once per process or a leak is the child's alone. A child sees this process's memory as it was when it began;
/// nothing comes back but its string. Children die with this process.
///
/// `next` gives the following item, or nothing when there is none; `work` runs in the child and must not throw; `done`
/// runs here, in the order in which children end. A child that takes longer than `timeout_seconds` is killed (0: no
/// limit). A LibraryLock of this thread is let go of while it waits. Throws Error when no process can be started; what
/// `next` and `done` throw, once all children are gone.
void run_in_children(int processes, double timeout_seconds, const std::function<std::optional<std::size_t>()>& next,
                     const std::function<std::string(std::size_t)>& work,
                     const std::function<void(std::size_t, ChildResult)>& done);

}  // namespace ternsim
