#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "model/model_saver.h"
#include "model/shape.h"

namespace ternsim::model {

/// What a synthetic model is like. Its weights depend on the shape, the seed and the two shares alone: not on the types
/// that it is written in, nor on threads.
struct SynthesizeOptions {
  std::uint64_t seed = 1;
  double zeros = 0.42;       ///< share of zero weights, in rows that are not zero as a whole
  double zero_rows = 0.048;  ///< share of feed-forward neurons whose gate and up rows are zero, the same in both
  SaveOptions save;          ///< `embedding` empty: as the shape says
};

/// Writes a model of that shape with random ternary weights, tensor by tensor: the largest is all that is ever in
/// memory. Signs are even; each matrix has the scale 1 / sqrt((1 - zeros) inputs), so that inputs of unit size give
/// outputs of unit size, and the embedding's uniform values make logits of a spread of about two. Norm gains are one.
/// There is no tokenizer (`tokenizer.ggml.model` "none") and the name begins with "synthetic".
///
/// `progress(bytes)` hears of each tensor when it is written; `synthetic_bytes` is their sum. Throws RequestError for a
/// shape that the types cannot hold or shares outside of 0 ... 1, InputError where the file system refuses.
SaveReport synthesize(const ModelShape& shape, const std::filesystem::path& path, const SynthesizeOptions& options,
                      const std::function<void(std::uint64_t bytes)>& progress = {});
std::uint64_t synthetic_bytes(const ModelShape& shape, const SynthesizeOptions& options);

}  // namespace ternsim::model
