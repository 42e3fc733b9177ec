#!/usr/bin/env bash
# Builds the exactness tests for arm64 and runs them under emulation, with dot products and without.
set -euo pipefail

if [ $# -ne 1 ] || [ "$1" = --help ] || [ "$1" = -h ]; then
  echo "Usage: tests/exactness/arm64.sh BUILD_DIR" >&2
  [ "${1:-}" = --help ] || [ "${1:-}" = -h ] && exit 0
  exit 2
fi
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
build="$1"

for program in aarch64-linux-gnu-g++ qemu-aarch64; do
  if ! command -v "$program" >/dev/null; then
    echo "arm64.sh: $program is missing: apt install g++-aarch64-linux-gnu qemu-user" >&2
    exit 1
  fi
done

cmake --no-warn-unused-cli -G Ninja -S "$here" -B "$build" -DTERNSIM_WERROR=ON \
  -DCMAKE_TOOLCHAIN_FILE="$here/../../cmake/aarch64-linux-gnu.cmake" >/dev/null
cmake --build "$build"
# The second has no dot products.
for cpu in max cortex-a53; do
  echo "== arm64, qemu -cpu $cpu"
  QEMU_CPU=$cpu ctest --test-dir "$build" --output-on-failure -j "$(nproc)"
done
