#!/usr/bin/env bash
# Usage: tokenizers.sh BUILD_DIR
#
# Compares ternsim's tokenizers with independent implementations, some 1400 strings each: npm llama3-tokenizer-js,
# @huggingface/tokenizers and llama-tokenizer-js (pinned by package-lock.json, fetched with npm ci if they are not there),
# and Debian's sentencepiece. Prints a count for each and fails on any difference; what cannot run is said to be SKIPPED.
# BUILD_DIR has the target tokenizer_encode_lines built.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly min_node=18

if [ $# -ne 1 ]; then
  echo "usage: tokenizers.sh BUILD_DIR" >&2
  exit 2
fi
encode_lines=$(find "$1" -name tokenizer_encode_lines -type f -perm -u+x -print -quit)
if [ -z "$encode_lines" ]; then
  echo "tokenizers.sh: no tokenizer_encode_lines under '$1'; build it: cmake --build $1 --target tokenizer_encode_lines" >&2
  exit 2
fi
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  echo "tokenizer agreement: SKIPPED: node and npm are not installed"
  exit 0
fi
major=$(node -p 'process.versions.node.split(".")[0]')
if [ "$major" -lt $min_node ]; then
  echo "tokenizer agreement: SKIPPED: node $major is installed, and the packages want $min_node or newer"
  exit 0
fi
[ -d "$here/node_modules/@huggingface/tokenizers" ] || npm ci --prefix "$here" --no-fund --no-audit --loglevel=error
sentencepiece=no
/usr/bin/python3 -c 'import sentencepiece, numpy' 2>/dev/null && sentencepiece=yes
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
encode_lines=$(realpath "$encode_lines")
PYTHONDONTWRITEBYTECODE=1 node "$here/tokenizers.mjs" "$encode_lines" "$work" "$sentencepiece"
