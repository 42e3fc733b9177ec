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

/// Runs the program with a shell's words; TERNSIM_BINARY is its path.
inline Outcome run(const std::string& arguments) {
  const std::string command = std::string(TERNSIM_BINARY) + " " + arguments + " 2>&1 </dev/null";
  Outcome o;
  FILE* pipe = popen(command.c_str(), "r");
  std::array<char, 4096> buffer;
  for (std::size_t n = 0; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) o.out.append(buffer.data(), n);
  const int status = pclose(pipe);
  o.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return o;
}

}  // namespace ternsim::test
