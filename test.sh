#!/usr/bin/env bash
# Builds and tests ternsim: see --help.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
  cat <<'TEXT'
Usage: ./test.sh [--full | --soak] [--no-install]

  (default)      optimised build with warnings as errors, all quick tests (under 10 minutes on 2 cores)
  --full         the default, then: formatting; the training script's tests; agreement with other tokenizers and with a
                 stock llama.cpp; logits on arm64 under emulation; a short run of the fuzzers; all quick tests under the
                 address and undefined-behaviour sanitizers (an hour from nothing on 2 cores); what continuous
                 integration runs
  --soak         the default, then the long property and co-simulation runs with every mutant of the RTL, a sweep as a
                 Slurm array, the RTL's coverage, and 10 minutes of each fuzzer
  --no-install   install nothing; stop with the list of what is missing

The test tiers and what each is for: tests/README.md.
TEXT
}

tier=default
install=yes
for argument in "$@"; do
  case "$argument" in
    --help | -h) usage; exit 0 ;;
    --full) tier=full ;;
    --soak) tier=soak ;;
    --no-install) install=no ;;
    *) echo "test.sh: unknown option '$argument'" >&2; usage >&2; exit 2 ;;
  esac
done

scripts/install-packages.sh "$install" "$([ "$tier" = default ] && echo test || echo full)"
jobs=$(nproc)

echo "== build (release, warnings are errors)"
cmake --preset ci -DTERNSIM_TESTS=ON >/dev/null
cmake --build build/release
echo "== tests"
ctest --test-dir build/release --output-on-failure -j "$jobs" -LE soak

if [ "$tier" = full ]; then
  echo "== formatting"
  git ls-files '*.cpp' '*.h' | xargs clang-format-16 --dry-run --Werror
  echo "== training script"
  /usr/bin/python3 -m unittest -q training/test_training.py
  echo "== agreement with other tokenizers"
  tests/oracles/tokenizers.sh build/release
  echo "== agreement with llama.cpp"
  tests/peers/llama_cpp.sh build/release
  echo "== logits on arm64, under emulation"
  tests/exactness/arm64.sh build/arm64
  echo "== fuzzers, briefly"
  tests/fuzz/run.sh 20
  echo "== build (address and undefined-behaviour sanitizers)"
  cmake --preset asan -DTERNSIM_TESTS=ON >/dev/null
  cmake --build build/asan
  echo "== tests under sanitizers"
  ctest --test-dir build/asan --output-on-failure -j "$jobs" -LE soak
fi
if [ "$tier" = soak ]; then
  echo "== long tests"
  ctest --test-dir build/release --output-on-failure -j "$jobs" -L soak
  echo "== a sweep as a Slurm array"
  tests/peers/slurm.sh build/release
  echo "== coverage of the RTL"
  tests/coverage/rtl.sh build/rtl-coverage
  echo "== fuzzers, 10 minutes each"
  tests/fuzz/run.sh 600
fi
