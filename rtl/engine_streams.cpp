#include "rtl/engine_streams.h"

#include <algorithm>

#include "rtl/base3_transfer.h"

namespace ternsim::rtl {

WeightStream::WeightStream(const sim::EngineGeometry& geometry)
    : rows_(geometry.unit.rows),
      transfer_codes_(std::int64_t{geometry.unit.rows} * geometry.unit.lanes),
      codes_(geometry.unit) {
  if (geometry.weight_packing == sim::StreamPacking::Base3) {
    base3_.resize(static_cast<std::size_t>(geometry.weight_transfer_bytes()));
  }
}

std::span<const std::uint8_t> WeightStream::data() {
  if (base3_.empty()) return codes_.beat(beat_);
  encode_base3(codes_.beat(beat_), transfer_codes_, base3_);
  return base3_;
}

void WeightStream::add(const EngineJob& job) {
  jobs_.push_back(job);
  if (jobs_.size() == 1) begin();
}

void WeightStream::begin() {
  row0_ = 0;
  load();
}

void WeightStream::load() {
  beat_ = 0;
  const kernels::PackedTernary& weights = *jobs_.front().weights;
  codes_.load(weights, row0_, std::min(rows_, weights.rows() - row0_));
}

bool WeightStream::last() const {
  return beat_ == codes_.beats() - 1 && row0_ + rows_ >= jobs_.front().weights->rows();
}

void WeightStream::advance() {
  if (++beat_ < codes_.beats()) return;
  row0_ += rows_;
  if (row0_ < jobs_.front().weights->rows()) {
    load();
    return;
  }
  jobs_.pop_front();
  if (!jobs_.empty()) begin();
}

void ActivationStream::add(const EngineJob& job) {
  jobs_.push_back(job);
  if (jobs_.size() == 1) group_ = block_ = token_ = 0;
}

std::int64_t ActivationStream::group_tokens() const { return std::min(slots_, jobs_.front().tokens - group_); }

std::int64_t ActivationStream::blocks() const { return (jobs_.front().weights->cols() + lanes_ - 1) / lanes_; }

std::span<const std::int8_t> ActivationStream::data() {
  const EngineJob& job = jobs_.front();
  const std::int64_t cols = job.weights->cols();
  const std::int64_t width = std::min(lanes_, cols - block_ * lanes_);
  const std::span<const std::int8_t> real = job.activations.subspan(
      static_cast<std::size_t>((group_ + token_) * cols + block_ * lanes_), static_cast<std::size_t>(width));
  if (width == lanes_) return real;
  std::ranges::fill(std::ranges::copy(real, tail_.begin()).out, tail_.end(), std::int8_t{0});
  return tail_;
}

bool ActivationStream::last() const {
  return token_ == group_tokens() - 1 && block_ == blocks() - 1 && group_ + slots_ >= jobs_.front().tokens;
}

void ActivationStream::advance() {
  if (++token_ < group_tokens()) return;
  token_ = 0;
  if (++block_ < blocks()) return;
  block_ = 0;
  group_ += slots_;
  if (group_ < jobs_.front().tokens) return;
  group_ = 0;
  jobs_.pop_front();
}

void ResultStream::add(const EngineJob& job) {
  jobs_.push_back(job);
  if (jobs_.size() == 1) row0_ = token_ = 0;
}

bool ResultStream::last() const {
  return token_ == jobs_.front().tokens - 1 && row0_ + rows_ >= jobs_.front().weights->rows();
}

void ResultStream::take(std::span<const std::int32_t> sums) {
  const EngineJob& job = jobs_.front();
  const std::int64_t rows = job.weights->rows();
  std::copy_n(sums.begin(), std::min(rows_, rows - row0_), job.sums.begin() + token_ * rows + row0_);
  if (++token_ < job.tokens) return;
  token_ = 0;
  row0_ += rows_;
  if (row0_ < rows) return;
  row0_ = 0;
  jobs_.pop_front();
}

}  // namespace ternsim::rtl
