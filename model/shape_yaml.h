#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "base/yaml.h"
#include "model/shape.h"

namespace ternsim::model {

/// Reads a model's hyper-parameters without its weights, from `configs/models/NAME.yaml`. Keys are named as in
/// ModelShape; `ffn_activation` is squared_relu or swiglu, `embedding_type` f32, f16, bf16, q8_0 or q6_k. All of those
/// in bitnet-b158-2b4t.yaml are required. These may stand too: `tied_embedding` (true), `head_type` (where not tied:
/// that of the embedding), `sub_norms` and `rope_pairing` (halves or neighbours; as the architecture has them where it
/// is one that GGUF names, else true and halves), `norm_kind` (rms or layer), `activation_scheme` (absmax8, a4.8 or
/// hadamard-int4), `expert_count` (0) and with it `expert_used_count`. `overrides` stand in place of the file's values;
/// the name says so. Throws InputError with file, line and key.
ModelShape load_shape(const std::filesystem::path& path, std::span<const YamlOverride> overrides = {});
/// The same from text; `origin` stands in messages where the file's name would.
ModelShape parse_shape(const std::string& text, const std::string& origin);

}  // namespace ternsim::model
