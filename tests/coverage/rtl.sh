#!/usr/bin/env bash
# Usage: tests/coverage/rtl.sh BUILD [--write]
#
# Line and toggle coverage of rtl/src by the RTL tests: builds them in the folder BUILD with instrumented models, runs
# them, merges what they wrote and prints a line for each module. --write also renews reports/coverage/rtl.md.
#
# Examples: tests/coverage/rtl.sh build/coverage
#           tests/coverage/rtl.sh build/coverage --write
#
# Exit status: 0 all well; 1 a test fails, a module is covered by less than 95 %, an uncovered point has no waiver, or a
# waiver is not needed; 2 wrong use or a missing tool.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

usage() {
  sed -n '2,11s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
}
case "${1:-}" in
  --help | -h) usage; exit 0 ;;
  "" | -*) usage >&2; exit 2 ;;
esac
build=$1
write=${2:-}
if [ $# -gt 2 ] || { [ -n "$write" ] && [ "$write" != --write ]; }; then usage >&2; exit 2; fi
for tool in cmake ninja verilator_coverage python3; do
  command -v "$tool" >/dev/null || { echo "rtl.sh: $tool is missing" >&2; exit 2; }
done

tests=(rtl_cosim_test rtl_timing_test rtl_property_test rtl_engine_top_cosim_test rtl_engine_top_program_test
  rtl_engine_top_timing_test rtl_engine_top_registers_test rtl_leaf_decoder_test rtl_leaf_mac_test
  rtl_leaf_requantise_test rtl_leaf_timing_test rtl_coverage_test rtl_coverage_registers_test
  rtl_coverage_leaf_test rtl_leaf_pe_test rtl_leaf_assertions_test)
# The build has the configuration small alone; these want others.
without=('*/nano' '*/edge' '*/wide' 'RtlBuild.*' 'RtlEngineTopBuild.*' 'RtlEngineBase3Build.*'
  'GoogleTestVerification.*' RtlTiming.CyclesOfProducts RtlEngineTopTiming.CyclesOfACommandWithBase3WeightsByHand
  RtlUnitTiming.ABeatIsOutputLatencyCyclesLater RtlErrors.UnknownConfigurationListsThoseThatExist
  RtlEngineTopRegisters.ConfigurationsAreThoseDocumented)

echo "== build ($build)"
cmake --preset ci -B "$build" -DTERNSIM_TESTS=ON -DTERNSIM_RTL_COVERAGE=ON -DTERNSIM_WAVEFORMS=OFF >/dev/null
cmake --build "$build" --target "${tests[@]}"

echo "== tests"
counts=$(realpath "$build")/coverage
rm -rf "$counts"
mkdir -p "$counts"
filter="-$(IFS=:; echo "${without[*]}")"
for test in "${tests[@]}"; do
  log=$counts/$test.log
  if ! TERNSIM_RTL_COVERAGE_TO=$counts "$build/tests/$test" --gtest_filter="$filter" >"$log" 2>&1; then
    tail -n 30 "$log"
    echo "rtl.sh: $test fails" >&2
    exit 1
  fi
  echo "$test: $(grep -o '[0-9]* tests\? from.*' "$log" | tail -n 1)"
done
if [ "$(find "$counts" -name '*.dat' | wc -l)" -ne ${#tests[@]} ]; then
  echo "rtl.sh: not every test wrote its counts to $counts" >&2
  exit 1
fi

echo "== coverage"
verilator_coverage --write "$counts/merged.dat" "$counts"/*.dat
python3 tests/coverage/summary.py "$counts/merged.dat" ${write:+--write reports/coverage/rtl.md}
