#!/usr/bin/env bash
# Usage: tests/peers/llama_cpp.sh BUILD_DIR
#
# Holds the reference to a stock llama.cpp (prebuilt, npm package node-llama-cpp): random SwiGLU models of architecture
# `bitnet`, written by model_saver as TQ1_0 and as TQ2_0, are run by both on 256 fixed tokens, and the full next-token
# distributions of all positions are compared. compare_logits.mjs says what agreement is.
#
# Skipped, with one line that says so, where there is no x86-64 Linux, no Node.js 20 or no way to the packages.
# Exit status: 0 agreement or skipped, 1 disagreement, 2 wrong use.
#
# Why the tolerances hold. Both programs quantise activations to int8 by the largest magnitude, ours one token's row at
# a time, llama.cpp each block of 256; weights and sums are exact in both. Everything else is float32 in both, rounded
# in another order, but for llama.cpp's embedding product (activations rounded to float16) and its cache of keys and
# values (float16 unless told otherwise).
#
#   blockwise  One layer, all rows of 256 weights, a float32 cache: each row is one block, so the int8 values are the
#              same but for a value that lies on a rounding boundary, about one in 10^5. What is left is the head's
#              rounding to float16, 2^-12 of an element on average, so 2e-4 of a logit's deviation, 1 here: a KL of
#              2e-8. The limit, 1e-5, lets a few positions have a value that fell the other way (1e-4 each).
#   stock      Four layers, 512 inputs of ffn_down in two blocks of different scale, and the float16 cache. A difference
#              of relative size 2^-12 moves one int8 value in a hundred by one step, and each of those is a difference
#              of 1/127 of the largest value: after two quantisers both programs' rounding errors are independent. One
#              such error is uniform in a step, and with the largest of 256 values at 3 to 4 deviations, the difference
#              of two is sqrt(2/12) 3.5/127 = 1.1 % of a row; eight quantisers that feed the residual add up to about
#              3 %. Logits of deviation 0.4 then differ by 0.012, two of them by 0.017: the gap of 0.1 is six times
#              that, and the mean KL, half the variance, is below 1e-4 (limit 1e-3). The KL of two unrelated models
#              would be 0.16.
#
# To see that agreement is not cheap, the same comparison with squared ReLU in place of SwiGLU has to fail.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

[ $# -eq 1 ] && [ -f "$1/CMakeCache.txt" ] || { sed -n '2s/^# //p' "${BASH_SOURCE[0]}" >&2; exit 2; }
build=$1
skip() {
  echo "SKIPPED: agreement with llama.cpp: $1"
  exit 0
}

[ "$(uname -s) $(uname -m)" = "Linux x86_64" ] || skip "the package is for x86-64 Linux"
command -v node >/dev/null || skip "node is not installed"
[ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] || skip "node $(node --version) is older than 20"
if ! cmp -s tests/peers/package-lock.json tests/peers/node_modules/.for-lock; then
  command -v npm >/dev/null || skip "npm is not installed"
  # 85 MB; the optional packages are binaries for other machines.
  if ! said=$(npm ci --prefix tests/peers --omit=optional --ignore-scripts --no-fund --no-audit --loglevel=error 2>&1); then
    skip "npm could not install the packages of tests/peers: $(head -n 3 <<<"$said")"
  fi
  cp tests/peers/package-lock.json tests/peers/node_modules/.for-lock
fi

cmake --build "$build" --target write_swiglu_model our_logits
find_program() { find "$build" -name "$1" -type f -perm -u+x | head -n 1; }
writer=$(find_program write_swiglu_model)
logits=$(find_program our_logits)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for ((i = 0; i < 256; ++i)); do echo $(((7 * i * i + 13 * i + 5) % 300)); done >"$work/tokens"

status=0
# agree NAME BLOCKS FFN LOGIT_STD KV MAX_MEAN_KL
agree() {
  local name=$1 blocks=$2 ffn=$3 std=$4 kv=$5 limit=$6 type vocab
  for type in TQ1_0 TQ2_0; do
    local file=$work/$name.$type
    "$writer" "$type" "$blocks" "$ffn" "$std" 1 "$file.gguf"
    vocab=$("$logits" "$file.gguf" "$work/tokens" "$file.ours")
    (cd tests/peers && node llama_logits.mjs "$file.gguf" "$work/tokens" "$file.theirs" "$kv")
    printf '%s %s: ' "$name" "$type"
    node tests/peers/compare_logits.mjs "$file.ours" "$file.theirs" "$vocab" "$limit" || status=1
  done
  cmp "$work/$name.TQ1_0.ours" "$work/$name.TQ2_0.ours" || { echo "$name: the two types give other logits"; status=1; }
}
agree blockwise 1 256 1.0 f32 1e-5
agree stock 4 512 0.4 f16 1e-3

"$logits" "$work/stock.TQ2_0.gguf" "$work/tokens" "$work/relu2" relu2 >"$work/vocab"
if node tests/peers/compare_logits.mjs "$work/relu2" "$work/stock.TQ2_0.theirs" "$(cat "$work/vocab")" 1e-3 \
  >"$work/control"; then
  echo "control: a model with another activation passes for the same"
  status=1
else
  echo "control (squared ReLU, must disagree): $(cat "$work/control")"
fi
exit $status
