#include "base/child_processes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstring>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/library_lock.h"

namespace ternsim {

namespace {

using Clock = std::chrono::steady_clock;

void write_all(int fd, const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = write(fd, text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;  // a short result: the parent is gone
    done += static_cast<std::size_t>(n);
  }
}

struct Child {
  pid_t pid = -1;
  int fd = -1;
  std::size_t item = 0;
  Clock::time_point end;
  bool late = false;
  std::string output;
};

class Children {
 public:
  explicit Children(double timeout_seconds) : timeout_seconds_(timeout_seconds) {}
  ~Children() {
    for (const Child& child : running_) {
      kill(child.pid, SIGKILL);
      reap(child.pid);
      close(child.fd);
    }
  }
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;

  std::size_t size() const { return running_.size(); }

  void start(std::size_t item, const std::function<std::string(std::size_t)>& work) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw Error(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid < 0) {
      const int error = errno;
      close(ends[0]);
      close(ends[1]);
      throw Error(fmt::format("cannot start a process: {}", std::strerror(error)));
    }
    if (pid == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() != parent) _exit(1);  // it died before the line above
      close(ends[0]);
      for (const Child& sibling : running_) close(sibling.fd);
      write_all(ends[1], work(item));
      close(ends[1]);
      _exit(0);  // no destructors, no flush of the parent's buffers
    }
    close(ends[1]);
    const auto limit = std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(timeout_seconds_));
    running_.push_back(
        {pid, ends[0], item, timeout_seconds_ > 0 ? Clock::now() + limit : Clock::time_point::max(), false, {}});
  }

  /// Waits until a child has something to say or has run out of time, and takes it; `done` hears of those that ended.
  void wait(const std::function<void(std::size_t, ChildResult)>& done) {
    std::vector<pollfd> fds;
    auto first = Clock::time_point::max();
    for (const Child& child : running_) {
      fds.push_back({child.fd, POLLIN, 0});
      if (!child.late) first = std::min(first, child.end);
    }
    constexpr std::chrono::milliseconds kLongest{1000};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
        std::clamp(first == Clock::time_point::max() ? Clock::duration(kLongest) : first - Clock::now(),
                   Clock::duration::zero(), Clock::duration(kLongest)));
    if (const int error = wait_for(fds, static_cast<int>(left.count())); error != 0 && error != EINTR)
      throw Error(fmt::format("cannot wait for child processes: {}", std::strerror(error)));
    std::vector<Child> ended;
    for (std::size_t i = fds.size(); i-- > 0;) {
      Child& child = running_[i];
      if (fds[i].revents != 0 && !read_some(child)) {
        ended.push_back(std::move(child));
        running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
      } else if (!child.late && Clock::now() >= child.end) {
        kill(child.pid, SIGKILL);  // its end of the pipe closes, which the next round sees
        child.late = true;
      }
    }
    for (Child& child : ended) {
      close(child.fd);
      const int status = reap(child.pid);
      ChildResult result{std::move(child.output), {}};
      if (child.late)
        result.failure = fmt::format("took longer than {} s", timeout_seconds_);
      else if (WIFSIGNALED(status))
        result.failure = fmt::format("ended by signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
      else if (result.output.empty())
        result.failure = "ended without a result";
      done(child.item, std::move(result));
    }
  }

 private:
  /// 0, or the number of the error.
  static int wait_for(std::vector<pollfd>& fds, int milliseconds) {
    const LibraryLock::Pause others_may_enter;
    return poll(fds.data(), fds.size(), milliseconds) < 0 ? errno : 0;
  }

  static int reap(pid_t pid) {
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
  }

  /// False at the end of what the child writes.
  static bool read_some(Child& child) {
    char buffer[65536];
    const ssize_t n = read(child.fd, buffer, sizeof buffer);
    if (n < 0) return errno == EINTR;
    child.output.append(buffer, static_cast<std::size_t>(n));
    return n > 0;
  }

  double timeout_seconds_;
  std::vector<Child> running_;
};

}  // namespace

void run_in_children(int processes, double timeout_seconds, const std::function<std::optional<std::size_t>()>& next,
                     const std::function<std::string(std::size_t)>& work,
                     const std::function<void(std::size_t, ChildResult)>& done) {
  Children children(timeout_seconds);
  for (bool more = true;;) {
    while (more && children.size() < static_cast<std::size_t>(processes)) {
      const std::optional<std::size_t> item = next();
      more = item.has_value();
      if (more) children.start(*item, work);
    }
    if (children.size() == 0) return;
    children.wait(done);
  }
}

}  // namespace ternsim
