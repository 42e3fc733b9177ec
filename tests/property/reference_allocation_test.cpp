// After the first tokens a decode step takes no memory: every buffer is there already.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "model/cpu_engine.h"
#include "model/inference.h"
#include "model/quantised_head.h"
#include "tests/tiny_model.h"

namespace {

std::atomic<std::int64_t> allocations{0};

}  // namespace

// Of this program alone, threads included.
void* operator new(std::size_t size) {
  ++allocations;
  if (void* p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  ++allocations;
  const auto unit = static_cast<std::size_t>(alignment);
  if (void* p = std::aligned_alloc(unit, (size + unit - 1) / unit * unit)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace ternsim::model {
namespace {

TEST(Inference, DecodingTakesNoMemoryAfterTheFirstTokens) {
  for (const test::Variant& variant : test::tiny_variants()) {
    for (const int threads : {1, 2}) {
      for (const KvPrecision kv : {KvPrecision::F32, KvPrecision::Int3}) {
        const Model model = test::make_random_model(variant.shape, 51, variant.binary);
        const std::vector<std::int32_t> tokens = test::random_tokens(51, 60);
        kernels::ThreadPool pool(threads);
        CpuEngine engine(kernels::best_isa(), &pool);
        Inference inference(model, engine, {.pool = &pool, .kv = kv, .share_from = 1});
        for (std::size_t t = 0; t < 30; ++t) inference.forward(std::span(tokens).subspan(t, 1));
        // RoPE's tables grow by doubling: none of these tokens is at a power of two.
        inference.forward(std::span(tokens).subspan(30, 3));
        const std::int64_t before = allocations;
        for (std::size_t t = 33; t < 60; ++t) inference.forward(std::span(tokens).subspan(t, 1));
        // At most once a thread for each kind of room (products, sums, quantiser, attention), not once a token: a
        // worker that comes late to its first piece of work sets up its own.
        EXPECT_LE(allocations - before, 4 * (threads - 1))
            << variant.name << ", " << threads << " threads, " << name_of(kv);
      }
    }
  }
}

/// Heads and embeddings in blocks, in the file's order and in lane order.
TEST(Inference, DecodingTakesNoMemoryWithAQuantisedHead) {
  for (const ElementType type : {ElementType::Q8_0, ElementType::Q6_K, ElementType::Q4_0}) {
    for (const bool lanes : {false, true}) {
      for (const int threads : {1, 2}) {
        Model model = test::make_random_model(test::tiny_shape(), 52);
        const std::int64_t block = row_bytes(type, block_elements(type));
        DenseMatrix& head = model.embedding;
        head.type = type;
        head.bytes.assign(static_cast<std::size_t>(head.rows * row_bytes(type, head.cols)), 1);
        // The scale of every block: a half of 0.002.
        for (std::size_t b = type == ElementType::Q6_K ? 208 : 0; b < head.bytes.size();
             b += static_cast<std::size_t>(block)) {
          head.bytes[b] = 0x19;
          head.bytes[b + 1] = 0x18;
        }
        model.shape.embedding_type = type;
        if (lanes) prepare_head(head);
        ASSERT_EQ(head.lane_order, lanes);
        const std::vector<std::int32_t> tokens = test::random_tokens(52, 60);
        kernels::ThreadPool pool(threads);
        CpuEngine engine(kernels::best_isa(), &pool);
        Inference inference(model, engine, {.pool = &pool, .share_from = 1});
        for (std::size_t t = 0; t < 33; ++t) inference.forward(std::span(tokens).subspan(t, 1));
        const std::int64_t before = allocations;
        for (std::size_t t = 33; t < 60; ++t) inference.forward(std::span(tokens).subspan(t, 1));
        // A worker that comes late to its first rows sets up its own room: once, for products and for the head.
        EXPECT_LE(allocations - before, 2 * (threads - 1)) << static_cast<int>(type) << lanes << threads;
      }
    }
  }
}

}  // namespace
}  // namespace ternsim::model
