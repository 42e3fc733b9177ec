#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace ternsim::model {

/// How keys and values are kept. Int8, Int4 and Int3 have one scale per head, token, and key or value.
enum class KvPrecision { F32, F16, Int8, Int4, Int3 };
/// "f32", "f16", "int8", "int4", "int3".
std::string_view name_of(KvPrecision precision);
/// The precision of that name; throws RequestError naming all of them otherwise.
KvPrecision parse_kv_precision(std::string_view name);

/// Keys (rotated) and values of past positions. It grows with the positions that are used, not with the context length.
///
/// F16 keeps the nearest half, ties to even. The integers, with L = 127, 7, 3 for 8, 4, 3 bits, are per head of d
/// elements: m = max(max |x_i|, 1e-5); s = L / m; q_i = clamp(round_half_even(x_i * s), -L, L), each operation in
/// float32; what is read back is (float)q_i / s. Codes q + L lie bit after bit, a head's padded to a whole byte.
class KvCache {
 public:
  KvCache(std::int64_t layers, std::int64_t kv_length, std::int64_t head_dim, KvPrecision precision);

  /// Makes room for that many positions in every layer; what is stored stays.
  void reserve(std::int64_t positions);
  /// Stores one position's key and value, each (kv_length), finite. The position has been reserved; different ones may
  /// be stored from several threads at once. Returns false when F16 is too narrow for an element.
  bool store(int layer, std::int64_t position, std::span<const float> key, std::span<const float> value);

  KvPrecision precision() const { return precision_; }
  /// Whether `keys` and `values` give the stored floats; else `load` is the way to read.
  bool is_float() const { return precision_ == KvPrecision::F32; }
  /// (positions, kv_length), row-major.
  const float* keys(int layer) const { return layers_[layer].keys.data(); }
  const float* values(int layer) const { return layers_[layer].values.data(); }
  /// Widens one position's key and value, each (kv_length), to float32.
  void load(int layer, std::int64_t position, std::span<float> key, std::span<float> value) const;

  /// Bytes that a position takes over all layers, scales included.
  std::int64_t bytes_per_position() const;

 private:
  struct Layer {
    std::vector<float> keys;  ///< F32
    std::vector<float> values;
    std::vector<std::uint8_t> key_codes;  ///< the others: (positions, heads, head_bytes)
    std::vector<std::uint8_t> value_codes;
    std::vector<float> key_scales;  ///< s, (positions, heads)
    std::vector<float> value_scales;
  };
  void encode(std::span<const float> x, std::uint8_t* codes, float* scales) const;
  void decode(const std::uint8_t* codes, const float* scales, std::span<float> x) const;

  std::int64_t kv_length_;
  std::int64_t head_dim_;
  std::int64_t heads_;
  std::int64_t head_bytes_;
  KvPrecision precision_;
  std::int64_t positions_ = 0;
  std::vector<Layer> layers_;
};

}  // namespace ternsim::model
