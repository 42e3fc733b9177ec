#pragma once

#include <verilated.h>

#include <cstdint>
#include <filesystem>
#include <memory>

#include "base/error.h"
#include "rtl/waveforms.h"
#if TERNSIM_WAVEFORMS
#include <verilated_fst_c.h>
#endif

namespace ternsim::rtl {

/// The waveform of a Verilated model: an FST file, as GTKWave and Surfer read it, with two samples a cycle: the inputs
/// and what they lead to, then what the clock edge makes of it. Their times are 2 x cycle and 2 x cycle + 1.
/// Nothing is recorded, at the cost of a test of a pointer, until open(). Included by the models' bodies only.
class Waveform {
 public:
  /// Throws RequestError where the build has no waveforms, InputError where the file cannot be written.
  template <typename Model>
  void open(Model& model, VerilatedContext& context, const std::filesystem::path& path) {
#if TERNSIM_WAVEFORMS
    context.traceEverOn(true);
    file_ = std::make_unique<VerilatedFstC>();
    constexpr int kAllLevels = 99;
    model.trace(file_.get(), kAllLevels);
    file_->open(path.c_str());
    if (!file_->isOpen() || !std::filesystem::exists(path)) {
      file_.reset();
      throw InputError(path.string() + ": a waveform cannot be written there");
    }
#else
    static_cast<void>(model);
    static_cast<void>(context);
    throw RequestError(path.string() + ": this build records no waveforms; configure it with -DTERNSIM_WAVEFORMS=ON");
#endif
  }

  void sample([[maybe_unused]] std::uint64_t time) {
#if TERNSIM_WAVEFORMS
    if (file_) [[unlikely]]
      file_->dump(time);
#endif
  }

#if TERNSIM_WAVEFORMS
  ~Waveform() {
    if (file_) file_->close();
  }

 private:
  std::unique_ptr<VerilatedFstC> file_;
#endif
};

}  // namespace ternsim::rtl
