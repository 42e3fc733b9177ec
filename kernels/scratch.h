#pragma once

#include <cstddef>
#include <cstdint>

namespace ternsim::kernels {

/// Uses of a thread's scratch memory that may overlap in time.
enum class Scratch { Activations, Sums, Panel, Rows, Inputs, Head, kCount };

/// Memory of the calling thread, 64-byte aligned, at least `bytes`, kept until the thread ends: the same call again
/// allocates nothing. Contents last until the thread's next call for the same use. Throws std::bad_alloc.
std::uint8_t* thread_scratch(Scratch use, std::size_t bytes);

}  // namespace ternsim::kernels
