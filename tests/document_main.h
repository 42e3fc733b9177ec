#pragma once

#include <string>
#include <vector>

namespace ternsim::test {

/// What a program that writes or checks a document does with its arguments; the exit code. tests/document_main.cpp
/// calls it, and prints what it throws.
int run_document(const std::vector<std::string>& arguments);

}  // namespace ternsim::test
