#include "model/kv_cache.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

#include "base/error.h"
#include "model/half.h"

namespace ternsim::model {

namespace {

constexpr KvPrecision kPrecisions[] = {KvPrecision::F32, KvPrecision::F16, KvPrecision::Int8, KvPrecision::Int4,
                                       KvPrecision::Int3};

int bits_of(KvPrecision precision) {
  switch (precision) {
    case KvPrecision::F32:
      return 32;
    case KvPrecision::F16:
      return 16;
    case KvPrecision::Int8:
      return 8;
    case KvPrecision::Int4:
      return 4;
    case KvPrecision::Int3:
      return 3;
  }
  return 0;
}

bool has_scales(KvPrecision precision) { return bits_of(precision) <= 8; }

/// Largest code.
int limit_of(int bits) { return (1 << (bits - 1)) - 1; }

}  // namespace

std::string_view name_of(KvPrecision precision) {
  switch (precision) {
    case KvPrecision::F32:
      return "f32";
    case KvPrecision::F16:
      return "f16";
    case KvPrecision::Int8:
      return "int8";
    case KvPrecision::Int4:
      return "int4";
    case KvPrecision::Int3:
      return "int3";
  }
  return "unknown";
}

KvPrecision parse_kv_precision(std::string_view name) {
  for (const KvPrecision precision : kPrecisions) {
    if (name == name_of(precision)) return precision;
  }
  throw RequestError("unknown precision '" + std::string(name) +
                     "' of the key/value cache; there are: f32, f16, int8, int4, int3");
}

KvCache::KvCache(std::int64_t layers, std::int64_t kv_length, std::int64_t head_dim, KvPrecision precision)
    : kv_length_(kv_length),
      head_dim_(head_dim),
      heads_(kv_length / head_dim),
      head_bytes_((head_dim * bits_of(precision) + 7) / 8),
      precision_(precision),
      layers_(layers) {}

void KvCache::reserve(std::int64_t positions) {
  if (positions <= positions_) return;
  // In steps, so that a sequence that grows token by token seldom allocates.
  constexpr std::int64_t kStep = 64;
  positions_ = (positions + kStep - 1) / kStep * kStep;
  for (Layer& layer : layers_) {
    if (is_float()) {
      layer.keys.resize(static_cast<std::size_t>(positions_ * kv_length_));
      layer.values.resize(static_cast<std::size_t>(positions_ * kv_length_));
      continue;
    }
    layer.key_codes.resize(static_cast<std::size_t>(positions_ * heads_ * head_bytes_));
    layer.value_codes.resize(static_cast<std::size_t>(positions_ * heads_ * head_bytes_));
    if (!has_scales(precision_)) continue;
    layer.key_scales.resize(static_cast<std::size_t>(positions_ * heads_));
    layer.value_scales.resize(static_cast<std::size_t>(positions_ * heads_));
  }
}

bool KvCache::store(int layer, std::int64_t position, std::span<const float> key, std::span<const float> value) {
  Layer& l = layers_[layer];
  if (is_float()) {
    std::ranges::copy(key, l.keys.begin() + position * kv_length_);
    std::ranges::copy(value, l.values.begin() + position * kv_length_);
    return true;
  }
  if (precision_ == KvPrecision::F16) {
    // 65520 is the smallest float32 whose nearest half is infinite.
    const auto too_large = [](float x) { return !(std::fabs(x) < 65520.0F); };
    if (std::ranges::any_of(key, too_large) || std::ranges::any_of(value, too_large)) return false;
  }
  const std::int64_t bytes = position * heads_ * head_bytes_;
  const std::int64_t scales = has_scales(precision_) ? position * heads_ : 0;
  encode(key, l.key_codes.data() + bytes, l.key_scales.data() + scales);
  encode(value, l.value_codes.data() + bytes, l.value_scales.data() + scales);
  return true;
}

void KvCache::load(int layer, std::int64_t position, std::span<float> key, std::span<float> value) const {
  const Layer& l = layers_[layer];
  if (is_float()) {
    std::copy_n(l.keys.begin() + position * kv_length_, kv_length_, key.begin());
    std::copy_n(l.values.begin() + position * kv_length_, kv_length_, value.begin());
    return;
  }
  const std::int64_t bytes = position * heads_ * head_bytes_;
  const std::int64_t scales = has_scales(precision_) ? position * heads_ : 0;
  decode(l.key_codes.data() + bytes, l.key_scales.data() + scales, key);
  decode(l.value_codes.data() + bytes, l.value_scales.data() + scales, value);
}

void KvCache::encode(std::span<const float> x, std::uint8_t* codes, float* scales) const {
  if (precision_ == KvPrecision::F16) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::uint16_t half = f32_to_f16(x[i]);
      codes[2 * i] = static_cast<std::uint8_t>(half & 0xff);
      codes[2 * i + 1] = static_cast<std::uint8_t>(half >> 8);
    }
    return;
  }
  const int bits = bits_of(precision_);
  const int limit = limit_of(bits);
  for (std::int64_t head = 0; head < heads_; ++head) {
    const std::span<const float> row = x.subspan(head * head_dim_, head_dim_);
    float m = 1e-5F;
    for (const float v : row) m = std::max(m, std::fabs(v));
    const float s = static_cast<float>(limit) / m;
    std::uint8_t* out = codes + head * head_bytes_;
    std::uint32_t pending = 0;
    int held = 0;
    for (const float v : row) {
      const float rounded = (v * s + 0x1.8p23F) - 0x1.8p23F;  // half to even
      const int q = std::clamp(static_cast<int>(rounded), -limit, limit);
      pending |= static_cast<std::uint32_t>(q + limit) << held;
      for (held += bits; held >= 8; held -= 8, pending >>= 8) *out++ = static_cast<std::uint8_t>(pending & 0xff);
    }
    if (held > 0) *out = static_cast<std::uint8_t>(pending & 0xff);
    scales[head] = s;
  }
}

void KvCache::decode(const std::uint8_t* codes, const float* scales, std::span<float> x) const {
  if (precision_ == KvPrecision::F16) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      x[i] = f16_to_f32(static_cast<std::uint16_t>(codes[2 * i] | (codes[2 * i + 1] << 8)));
    }
    return;
  }
  const int bits = bits_of(precision_);
  const int limit = limit_of(bits);
  const std::uint32_t mask = (1U << bits) - 1U;
  for (std::int64_t head = 0; head < heads_; ++head) {
    const std::uint8_t* in = codes + head * head_bytes_;
    std::uint32_t pending = 0;
    int held = 0;
    for (float& v : x.subspan(head * head_dim_, head_dim_)) {
      if (held < bits) {
        pending |= static_cast<std::uint32_t>(*in++) << held;
        held += 8;
      }
      v = static_cast<float>(static_cast<int>(pending & mask) - limit) / scales[head];
      pending >>= bits;
      held -= bits;
    }
  }
}

std::int64_t KvCache::bytes_per_position() const {
  const std::int64_t head = head_bytes_ + (has_scales(precision_) ? static_cast<std::int64_t>(sizeof(float)) : 0);
  return static_cast<std::int64_t>(layers_.size()) * 2 * heads_ * head;
}

}  // namespace ternsim::model
