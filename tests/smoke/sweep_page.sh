#!/usr/bin/env bash
# Usage: sweep_page.sh TERNSIM CHROMIUM [NODE]
#
# Lets Chromium draw the page of a small sweep: its script runs to the end, the chart is drawn, the front stands in the
# table. With Node, check_sweep.mjs looks at it at two widths, light and dark.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat >"$dir/sweep.yaml" <<EOF
name: page
base: {accelerator: edge-lpddr5x, model: bitnet-b158-2b4t, workload: decode-512, technology: published-7nm}
set: {model.block_count: 1, workload.decode_tokens: 1, matrix_unit.rtl_config: ~}
axes: {matrix_unit.rows: [8, 32], dram.channels: [1, 2]}
search: {method: grid}
objectives: [tokens_per_second]
EOF
"$1" sweep "$dir/sweep.yaml" -o "$dir/s.db" --html "$dir/page.html" --rows 0 >/dev/null
"$2" --headless --no-sandbox --disable-gpu --virtual-time-budget=4000 --user-data-dir="$dir/profile" --dump-dom \
  "file://$dir/page.html" >"$dir/dom.html" 2>/dev/null
for part in 'data-ready="true"' '<canvas' '4 of 4 points' '<tr tabindex="0">'; do
  grep -qF "$part" "$dir/dom.html" || { echo "the drawn page lacks $part" >&2; exit 1; }
done
if [ -n "${3:-}" ]; then
  "$3" "$(dirname "$0")/../../reports/web/check_sweep.mjs" "$2" "$dir/page.html" "$dir/profile2"
fi
