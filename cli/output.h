#pragma once

#include <string>
#include <string_view>

namespace ternsim::cli {

/// Writes to standard output and flushes. Throws Error when that fails (a full disk, say): lost output is no success.
void print_all(std::string_view text);

/// Text of a model as it may be shown: as it is in a pipe, control characters replaced on a terminal, which a
/// model must not be able to drive.
std::string for_output(const std::string& text);

}  // namespace ternsim::cli
