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

/// Runs the program, whose path is TERNSIM_BINARY unless another is given, with a shell's words.
inline Outcome run(const std::string& arguments, const std::string& program = TERNSIM_BINARY) {
  const std::string command = program + " " + arguments + " 2>&1 </dev/null";
  Outcome o;
  FILE* pipe = popen(command.c_str(), "r");
  std::array<char, 4096> buffer;
  for (std::size_t n = 0; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) o.out.append(buffer.data(), n);
  const int status = pclose(pipe);
  o.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return o;
}

}  // namespace ternsim::test
