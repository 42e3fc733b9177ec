#!/usr/bin/env bash
# Usage: tests/fuzz/run.sh SECONDS [TARGET...]
#
# Builds the fuzz targets with clang-16 in build/fuzz (TERNSIM_FUZZ_BUILD names another folder), writes their seed files,
# runs each for that many seconds under the address and undefined-behaviour sanitizers and prints one closing line for
# each: executions, findings, line coverage of each parser. Targets: gguf safetensors tokenizer
# configuration results (all unless named).
#
# What was interesting stays in BUILD/corpus and is where the next run goes on; inputs that end in a finding stay in
# BUILD/findings, and `BUILD/fuzz_<target> FILE` repeats one. Exit status: 0 clean; 1 a finding, or, in runs of a minute
# or more, a parser whose lines were covered by less than 90 % (in shorter ones that is luck, and only shown); 2 wrong use
# or a missing tool.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

usage() {
  sed -n '2,4s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
}
[ $# -ge 1 ] && [[ $1 =~ ^[1-9][0-9]*$ ]] || usage
seconds=$1
shift
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(gguf safetensors tokenizer configuration results)

build=${TERNSIM_FUZZ_BUILD:-build/fuzz}
wanted=$((seconds < 60 ? 0 : 90)) # per cent of the lines of each parser

# The files that read what a target is given.
declare -A parsers=(
  [gguf]="model/gguf_reader.cpp model/gguf_parser.h model/gguf_shape.cpp model/model_loader.cpp model/vocabulary_gguf.cpp model/i2s.cpp
          model/quantised_blocks.cpp"
  [safetensors]="model/safetensors.cpp model/checkpoint_config.cpp model/checkpoint_loader.cpp model/json_guard.cpp"
  [tokenizer]="model/tokenizer_json.cpp model/tiktoken.cpp model/json_guard.cpp model/vocabulary_tools.cpp model/tokenizer.cpp model/special_matcher.cpp
               model/ranked_merges.cpp model/piece_index.cpp model/byte_level_bpe.cpp model/sentencepiece_bpe.cpp"
  [configuration]="base/yaml.cpp sim/program/accelerator_config.cpp sim/program/matrix_config.cpp
                   sim/program/dram_config.cpp sim/program/workload.cpp sim/program/topology.cpp model/shape_yaml.cpp
                   energy/technology.cpp sweep/sweep_file.cpp"
  [results]="reports/json_reader.cpp reports/tree_check.cpp reports/configuration_keys.cpp"
)
# Of these, gguf and safetensors each need a part.
shared="model/ternary_codecs.cpp model/ternary_from_dense.cpp model/weight_reader.cpp"
# Bytes of the longest input, a few times those of the longest seed.
declare -A longest=([gguf]=98304 [safetensors]=65536 [tokenizer]=16384
  [configuration]=32768 [results]=65536)
declare -A dictionary=([gguf]=gguf.dict [safetensors]=safetensors.dict [tokenizer]=tokenizer.dict
  [configuration]=configuration.dict [results]=results.dict)

for target in "${targets[@]}"; do
  [ -n "${parsers[$target]:-}" ] || { echo "run.sh: no target '$target'; there are: ${!parsers[*]}" >&2; exit 2; }
done
for tool in cmake ninja clang-16 clang++-16 llvm-profdata-16 llvm-cov-16; do
  command -v "$tool" >/dev/null || {
    echo "run.sh: $tool is missing: sudo apt-get install --no-install-recommends clang-16 libclang-rt-16-dev llvm-16" >&2
    exit 2
  }
done

echo "== build ($build)"
cmake -G Ninja -S tests/fuzz -B "$build" -DCMAKE_C_COMPILER=clang-16 -DCMAKE_CXX_COMPILER=clang++-16 >/dev/null
cmake --build "$build" --target fuzz_seeds "${targets[@]/#/fuzz_}"
rm -rf "$build/seeds"
LLVM_PROFILE_FILE=/dev/null "$build/fuzz_seeds" "$build/seeds"

# coverage_of FILE PROFILE PROGRAM...: "name 97.5 %", and a line on stderr where that is too little.
coverage_of() {
  local file=$1 profile=$2 program=$3
  shift 3
  llvm-cov-16 report "$program" "${@/#/-object=}" -instr-profile="$profile" "$file" |
    awk -v name="$file" -v wanted=$wanted '
      $1 == "TOTAL" { percent = $8 > 0 ? 100 * ($8 - $9) / $8 : 0 }
      END {
        printf "%s %.1f %%", name, percent
        if (percent < wanted) printf "run.sh: %s: %.1f %% of the lines covered; %d wanted\n", name, percent, wanted > "/dev/stderr"
        exit percent < wanted
      }'
}
# coverages FILES PROFILE PROGRAM...: of all of them, in one line.
coverages() {
  local files=$1 line="" file part failed=0
  shift
  for file in $files; do
    part=$(coverage_of "$file" "$@") || failed=1
    line+="${line:+, }$part"
  done
  echo "$line"
  return $failed
}

status=0
closing=()
for target in "${targets[@]}"; do
  echo "== fuzz_$target, $seconds s"
  corpus=$build/corpus/$target
  findings=$build/findings/$target
  log=$build/$target.log
  mkdir -p "$corpus" "$build/tmp"
  rm -rf "$findings"
  mkdir -p "$findings"
  rm -f "$build/$target".*.profraw "$build/$target.profdata"
  if ! TMPDIR="$build/tmp" LLVM_PROFILE_FILE="$build/$target.%p.profraw" ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=0 \
    "$build/fuzz_$target" -max_total_time="$seconds" -max_len="${longest[$target]}" -rss_limit_mb=2048 -timeout=10 \
    -dict="tests/fuzz/${dictionary[$target]}" -artifact_prefix="$findings/" -print_final_stats=1 \
    "$corpus" "$build/seeds/$target" >"$log" 2>&1; then
    tail -n 40 "$log"
  fi
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -n 1)
  found=$(find "$findings" -type f | wc -l)
  if ! grep -q '^Done ' "$log" && [ "$found" -eq 0 ]; then found=1; fi # ended early without an input to show
  line="fuzz_$target: ${runs:-0} executions in $seconds s, $found findings"
  if [ "$found" -gt 0 ]; then # the program ended before it wrote its coverage
    status=1
  elif llvm-profdata-16 merge -sparse "$build/$target".*.profraw -o "$build/$target.profdata" 2>/dev/null; then
    covered=$(coverages "${parsers[$target]}" "$build/$target.profdata" "$build/fuzz_$target") || status=1
    line+="; lines covered: $covered"
  else
    line+="; no coverage was recorded"
    status=1
  fi
  rm -rf "$build/$target".*.profraw "$build/tmp"
  closing+=("$line")
done

if [ -f "$build/gguf.profdata" ] && [ -f "$build/safetensors.profdata" ]; then
  llvm-profdata-16 merge -sparse "$build/gguf.profdata" "$build/safetensors.profdata" -o "$build/shared.profdata"
  covered=$(coverages "$shared" "$build/shared.profdata" "$build/fuzz_gguf" "$build/fuzz_safetensors") || status=1
  closing+=("gguf and safetensors together: lines covered: $covered")
fi
echo "== closing"
printf '%s\n' "${closing[@]}"
exit $status
