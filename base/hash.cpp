#include "base/hash.h"

#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace ternsim {

struct Hash::State {
  XXH3_state_t xxh;
};

Hash::Hash() : state_(std::make_unique<State>()) { XXH3_64bits_reset(&state_->xxh); }
Hash::~Hash() = default;
Hash::Hash(Hash&&) noexcept = default;
Hash& Hash::operator=(Hash&&) noexcept = default;

void Hash::update(const void* data, std::size_t bytes) { XXH3_64bits_update(&state_->xxh, data, bytes); }
std::uint64_t Hash::digest() const { return XXH3_64bits_digest(&state_->xxh); }
std::string Hash::hex() const { return fmt::format("{:016x}", digest()); }

}  // namespace ternsim
