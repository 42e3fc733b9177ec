#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>

namespace ternsim::test {

struct Outcome {
  int code = -1;
  std::string out;  ///< standard output and error together
};

/// SystemC switches stacks unknown to the address sanitizer, which says so once a process: three lines that are not the
/// program's.
inline void drop_sanitizer_notices(std::string& out) {
  const std::string last = "issues/189\n";
  for (;;) {
    const std::size_t at = out.find("WARNING: ASan is ignoring requested __asan_handle_no_return");
    const std::size_t behind = at == std::string::npos ? at : out.find(last, at);
    if (behind == std::string::npos) return;
    const std::size_t line = out.rfind('\n', at);
    const std::size_t begin = line == std::string::npos ? 0 : line + 1;
    out.erase(begin, behind + last.size() - begin);
  }
}

/// Runs the program with a shell's words; TERNSIM_BINARY is its path.
inline Outcome run(const std::string& arguments) {
  const std::string command = std::string(TERNSIM_BINARY) + " " + arguments + " 2>&1 </dev/null";
  Outcome o;
  FILE* pipe = popen(command.c_str(), "r");
  std::array<char, 4096> buffer;
  for (std::size_t n = 0; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) o.out.append(buffer.data(), n);
  drop_sanitizer_notices(o.out);
  const int status = pclose(pipe);
  o.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return o;
}

}  // namespace ternsim::test
