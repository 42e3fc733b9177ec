#include <gtest/gtest.h>

#include <cstdlib>
#include <systemc>

namespace {
// The library's main() prints a banner before it calls sc_main, unless this stands in the environment.
[[maybe_unused]] const int kQuiet = setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 0);
}  // namespace

int sc_main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
