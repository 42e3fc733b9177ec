#pragma once

#include <filesystem>
#include <string>

#include "cli/options.h"
#include "model/load_options.h"
#include "model/model_saver.h"

namespace ternsim::cli {

/// The words of the command line, which has checked them, as readers and writers of models take them. An option that
/// would change nothing about this model (an I2_S layout where there is no I2_S, a weight scheme where nothing is
/// quantised) is refused: RequestError. `layout` is the name of the option for the I2_S layout.
model::LoadOptions load_options(const ReadOptions& options, const std::filesystem::path& path,
                                const char* layout = "--i2s-layout");
model::SaveOptions save_options(const WriteOptions& options);
/// What was written, in one line: "2b4t.gguf: 1180.4 MB, i2_s, ..." with what rounding lost.
std::string describe_written(const std::string& path, const WriteOptions& options, const model::SaveReport& report);

}  // namespace ternsim::cli
