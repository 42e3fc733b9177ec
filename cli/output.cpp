#include "cli/output.h"

#include <unistd.h>

#include <cstdio>

#include "base/error.h"
#include "reports/clean_text.h"

namespace ternsim::cli {

void print_all(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    throw Error("standard output cannot be written");
}

std::string for_output(const std::string& text) {
  return isatty(STDOUT_FILENO) != 0 ? reports::printable_text(text) : text;
}

}  // namespace ternsim::cli
