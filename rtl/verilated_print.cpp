#include "rtl/verilated_print.h"

#include <cstdarg>
#include <cstdio>
#include <string>

#include "rtl/verilated_unit.h"

namespace {

constexpr std::size_t kMaxText = 4096;
thread_local std::string text;

}  // namespace

int ternsim_verilated_print(const char* format, ...) {
  char line[512];
  va_list args;
  va_start(args, format);
  const int length = std::vsnprintf(line, sizeof line, format, args);
  va_end(args);
  if (length > 0 && text.size() < kMaxText) text += line;
  return length;
}

std::string ternsim::rtl::take_verilated_text() {
  std::string out;
  out.swap(text);
  while (!out.empty() && (out.back() == '\n' || out.back() == ' ')) out.pop_back();
  return out;
}
