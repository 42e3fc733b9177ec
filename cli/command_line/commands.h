#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace ternsim::cli {

/// Each adds its command to `app` and returns what to call once the arguments are parsed: the command's exit code, or
/// -1 if it was not the one given.
std::function<int()> add_report(CLI::App& app);
std::function<int()> add_generate(CLI::App& app);
std::function<int()> add_simulate(CLI::App& app);
std::function<int()> add_ladder(CLI::App& app);
std::function<int()> add_operators(CLI::App& app);
std::function<int()> add_evaluate(CLI::App& app);
std::function<int()> add_perplexity(CLI::App& app);
std::function<int()> add_chat(CLI::App& app);
std::function<int()> add_inspect(CLI::App& app);
std::function<int()> add_convert(CLI::App& app);
std::function<int()> add_synthesize(CLI::App& app);
std::function<int()> add_bench(CLI::App& app);
std::function<int()> add_designs(CLI::App& app);
std::function<int()> add_reproduce(CLI::App& app);
std::function<int()> add_verify(CLI::App& app);
std::function<int()> add_sweep(CLI::App& app);
std::function<int()> add_front(CLI::App& app);
std::function<int()> add_merge(CLI::App& app);
std::function<int()> add_diff(CLI::App& app);
std::function<int()> add_compare(CLI::App& app);
std::function<int()> add_doctor(CLI::App& app);
std::function<int()> add_completion(CLI::App& app);

}  // namespace ternsim::cli
