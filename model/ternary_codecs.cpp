#include "model/ternary_codecs.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "kernels/row_codes.h"
#include "model/half.h"

namespace ternsim::model {

namespace {

using kernels::PackedTernary;

constexpr std::size_t kBlock = PackedTernary::kBlockWeights;
constexpr std::size_t kBlockBytes = PackedTernary::kBlockBytes;
constexpr std::array<std::uint8_t, 5> kPowersOf3 = {1, 3, 9, 27, 81};

// Bytes 0 ... 31 hold the first 128 weights, 32 ... 63 the others, each run of 32 two bits further up.
void decode_tq2(const std::uint8_t* block, std::uint8_t* codes) {
  for (std::size_t j = 0; j < 64; j += 32)
    for (std::size_t l = 0; l < 4; ++l)
      for (std::size_t m = 0; m < 32; ++m)
        codes[j * 4 + l * 32 + m] = static_cast<std::uint8_t>((block[j + m] >> (2 * l)) & 3);
}
void encode_tq2(const std::uint8_t* codes, std::uint8_t* block) {
  for (std::size_t j = 0; j < 64; j += 32)
    for (std::size_t m = 0; m < 32; ++m) {
      const std::uint8_t* c = codes + j * 4 + m;
      block[j + m] = static_cast<std::uint8_t>(c[0] | c[32] << 2 | c[64] << 4 | c[96] << 6);
    }
}

/// The three runs of bytes in a TQ1_0 block: `count` bytes from `byte` on hold `digits` base-3 digits each; digit n of
/// byte m is weight `weight` + n count + m.
struct TritRun {
  std::size_t byte;
  std::size_t count;
  std::size_t weight;
  std::size_t digits;
};
constexpr std::array<TritRun, 3> kTritRuns = {{{0, 32, 0, 5}, {32, 16, 160, 5}, {48, 4, 240, 4}}};

// A byte is the number's 8 upper bits as a fraction of 3^5, so that times 3^n and taken modulo 256, its digit n is the
// whole part of three times that fraction.
void decode_tq1(const std::uint8_t* block, std::uint8_t* codes) {
  for (const TritRun& run : kTritRuns)
    for (std::size_t n = 0; n < run.digits; ++n)
      for (std::size_t m = 0; m < run.count; ++m) {
        const auto fraction = static_cast<std::uint8_t>(block[run.byte + m] * kPowersOf3[n]);
        codes[run.weight + n * run.count + m] = static_cast<std::uint8_t>((fraction * 3) >> 8);
      }
}
void encode_tq1(const std::uint8_t* codes, std::uint8_t* block) {
  for (const TritRun& run : kTritRuns)
    for (std::size_t m = 0; m < run.count; ++m) {
      int number = 0;
      for (std::size_t n = 0; n < 5; ++n)
        number = number * 3 + (n < run.digits ? codes[run.weight + n * run.count + m] : 0);
      block[run.byte + m] = static_cast<std::uint8_t>((number * 256 + 242) / 243);
    }
}

bool any_code_3(std::span<const std::uint8_t> codes) {
  std::uint8_t found = 0;
  for (const std::uint8_t c : codes) found = static_cast<std::uint8_t>(found | (c & (c >> 1)));
  return (found & 1) != 0;
}

bool all_zero_weights(const std::uint8_t* codes) {
  std::uint8_t different = 0;
  for (std::int64_t i = 0; i < kTqBlock; ++i) different = static_cast<std::uint8_t>(different | (codes[i] ^ 1));
  return different == 0;
}

/// The scale that the blocks of one tensor share.
class SharedScale {
 public:
  SharedScale(GgufTensorType type, const std::string& where) : type_(type), where_(where) {}

  void take(std::uint16_t bits, std::int64_t block, bool zeros) {
    const float scale = f16_to_f32(bits);
    if (!std::isfinite(scale) || scale < 0)
      throw InputError(
          fmt::format("{}: the scale of block {} is {}; a finite number from 0 up expected", where_, block, scale));
    if (zeros || scale == 0) return;
    if (bits_ < 0) {
      bits_ = bits;
      first_ = block;
    } else if (bits_ != bits) {
      throw InputError(fmt::format(
          "{}: its {} blocks have different scales ({} in block {}, {} in block {}); a BitLinear has one scale a "
          "tensor: convert the original checkpoint, whose ternary weights share one, or use an I2_S file",
          where_, tensor_type_name(static_cast<std::uint32_t>(type_)), value(), first_, scale, block));
    }
  }
  float value() const { return bits_ < 0 ? 0.0F : f16_to_f32(static_cast<std::uint16_t>(bits_)); }

 private:
  GgufTensorType type_;
  const std::string& where_;
  int bits_ = -1;  // of the float16; none yet
  std::int64_t first_ = 0;
};

void refuse_size(const TensorSource& source, std::int64_t rows, std::int64_t cols, std::uint64_t expected) {
  if (source.bytes != expected)
    throw InputError(
        fmt::format("{}: {} bytes for {} x {} weights; {} expected", source.where, source.bytes, rows, cols, expected));
}

}  // namespace

void pack_codes(std::span<const std::uint8_t> codes, std::span<std::uint8_t> row) {
  const std::size_t blocks = codes.size() / kBlock;
  const std::size_t whole = blocks * kBlock;
  kernels::pack_codes(codes.data(), static_cast<std::int64_t>(blocks), row.data());
  if (whole == codes.size()) return;
  std::array<std::uint8_t, kBlock> last;
  last.fill(1);
  std::memcpy(last.data(), codes.data() + whole, codes.size() - whole);
  kernels::pack_codes(last.data(), 1, row.data() + blocks * kBlockBytes);
}

void unpack_codes(std::span<const std::uint8_t> row, std::span<std::uint8_t> codes) {
  const std::size_t blocks = codes.size() / kBlock;
  const std::size_t whole = blocks * kBlock;
  kernels::unpack_codes(row.data(), static_cast<std::int64_t>(blocks), codes.data());
  if (whole == codes.size()) return;
  std::array<std::uint8_t, kBlock> last;
  kernels::unpack_codes(row.data() + blocks * kBlockBytes, 1, last.data());
  std::memcpy(codes.data() + whole, last.data(), codes.size() - whole);
}

BitLinearWeights read_tq(const TensorSource& source, GgufTensorType type, std::int64_t rows, std::int64_t cols,
                         kernels::WeightArena* arena) {
  if (cols % kTqBlock != 0)
    throw InputError(fmt::format("{}: rows of {} weights are no multiple of the TQ block of 256; the file is damaged",
                                 source.where, cols));
  const std::int64_t block_bytes = tq_block_bytes(type);
  const std::int64_t blocks = cols / kTqBlock;
  refuse_size(source, rows, cols, static_cast<std::uint64_t>(rows * blocks * block_bytes));
  BitLinearWeights out{PackedTernary::unfilled(rows, cols, arena), {}, 0.0F};
  SharedScale scale(type, source.where);
  std::vector<std::uint8_t> codes(static_cast<std::size_t>(cols));
  for_each_piece(source, rows, blocks * block_bytes, [&](std::int64_t first, std::span<const std::uint8_t> bytes) {
    const std::uint8_t* block = bytes.data();
    for (std::int64_t r = first; block < bytes.data() + bytes.size(); ++r) {
      for (std::int64_t b = 0; b < blocks; ++b, block += block_bytes) {
        std::uint8_t* block_codes = codes.data() + b * kTqBlock;
        if (type == GgufTensorType::TQ1_0)
          decode_tq1(block, block_codes);
        else
          decode_tq2(block, block_codes);
        std::uint16_t d;
        std::memcpy(&d, block + block_bytes - 2, sizeof d);
        scale.take(d, r * blocks + b, all_zero_weights(block_codes));
        // A block of scale zero is zeros whatever its codes are; the one scale of the matrix must not revive them.
        if ((d & 0x7fff) == 0) std::memset(block_codes, 1, kTqBlock);
      }
      if (any_code_3(codes))
        throw InputError(
            fmt::format("{}: code 3, which is no ternary weight, in row {}; the file is damaged", source.where, r));
      pack_codes(codes, out.codes.mutable_row(r));
    }
  });
  out.scale = scale.value();
  return out;
}

double tq_scale_loss(float scale) {
  if (scale == 0) return 0;
  const auto exact = static_cast<double>(scale);
  return std::fabs(static_cast<double>(f16_to_f32(f32_to_f16(scale))) - exact) / std::fabs(exact);
}

std::vector<std::uint8_t> write_tq(const BitLinearWeights& weights, GgufTensorType type, const std::string& where) {
  const PackedTernary& matrix = weights.codes;
  const std::string_view name = tensor_type_name(static_cast<std::uint32_t>(type));
  if (matrix.cols() % kTqBlock != 0)
    throw RequestError(
        fmt::format("{}: rows of {} weights are no multiple of {}'s block of 256; write i2_s, whose blocks "
                    "may straddle rows",
                    where, matrix.cols(), name));
  const std::uint16_t d = f32_to_f16(weights.scale);
  if (!std::isfinite(f16_to_f32(d)) || (weights.scale != 0 && (d & 0x7fff) == 0))
    throw RequestError(
        fmt::format("{}: its scale {} is out of float16's range, in which {} keeps it; write i2_s, whose "
                    "scale is float32",
                    where, weights.scale, name));
  const std::int64_t block_bytes = tq_block_bytes(type);
  const std::int64_t blocks = matrix.cols() / kTqBlock;
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(matrix.rows() * blocks * block_bytes));
  std::vector<std::uint8_t> codes(static_cast<std::size_t>(matrix.cols()));
  std::uint8_t* block = bytes.data();
  for (std::int64_t r = 0; r < matrix.rows(); ++r) {
    unpack_codes(matrix.row(r), codes);
    for (std::int64_t b = 0; b < blocks; ++b, block += block_bytes) {
      if (type == GgufTensorType::TQ1_0)
        encode_tq1(codes.data() + b * kTqBlock, block);
      else
        encode_tq2(codes.data() + b * kTqBlock, block);
      std::memcpy(block + block_bytes - 2, &d, sizeof d);
    }
  }
  return bytes;
}

BitLinearWeights read_packed_rows(const TensorSource& source, std::int64_t rows, std::int64_t cols, float scale,
                                  kernels::WeightArena* arena) {
  if (rows % 4 != 0)
    throw InputError(
        fmt::format("{}: {} rows cannot be packed by four; the model's configuration is wrong", source.where, rows));
  refuse_size(source, rows, cols, static_cast<std::uint64_t>(rows / 4 * cols));
  BitLinearWeights out{PackedTernary::unfilled(rows, cols, arena), {}, scale};
  std::vector<std::uint8_t> codes(static_cast<std::size_t>(cols));
  for_each_piece(source, rows / 4, cols, [&](std::int64_t first, std::span<const std::uint8_t> bytes) {
    const auto width = static_cast<std::size_t>(cols);
    for (std::size_t r = 0; r < bytes.size() / width; ++r) {
      for (int quarter = 0; quarter < 4; ++quarter) {
        for (std::size_t c = 0; c < width; ++c)
          codes[c] = static_cast<std::uint8_t>((bytes[r * width + c] >> (2 * quarter)) & 3);
        const std::int64_t row = first + static_cast<std::int64_t>(r) + quarter * (rows / 4);
        if (any_code_3(codes))
          throw InputError(
              fmt::format("{}: code 3, which is no ternary weight, in row {}; the file is damaged, or it "
                          "holds no packed ternary weights",
                          source.where, row));
        pack_codes(codes, out.codes.mutable_row(row));
      }
    }
  });
  return out;
}

}  // namespace ternsim::model
