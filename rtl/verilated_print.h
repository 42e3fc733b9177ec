#pragma once

/// What the Verilated code calls instead of printf (VL_PRINTF): it keeps the text, so that the exception about a failed
/// assertion can say it and the library prints nothing. Kept per thread, at most 4 KiB.
int ternsim_verilated_print(const char* format, ...) __attribute__((format(printf, 1, 2)));
