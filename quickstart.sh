#!/usr/bin/env bash
# Builds ternsim and runs its main job on the embedded model: see --help.
set -euo pipefail
caller=$PWD
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$root"

usage() {
  cat <<'TEXT'
Usage: ./quickstart.sh [--no-install] [--help] [options of 'ternsim report'...]

Installs the Debian and npm packages that are missing (says which first), builds ternsim into build/release, and runs
'ternsim report': the embedded model writes a text on the CPU reference, the SystemC accelerator and the Verilated RTL,
the three are held to each other bit by bit, and one HTML page says what the accelerator costs beside an FP16 machine.

  --no-install   install nothing; stop with the list of what is missing
Other options go to 'ternsim report', for instance:
  ./quickstart.sh -p "The little dog" -n 100
  ./quickstart.sh --inject-fault rtl:2      # must fail: exit code 4
TEXT
}

install=yes
report_options=()
for argument in "$@"; do
  case "$argument" in
    --help | -h) usage; exit 0 ;;
    --no-install) install=no ;;
    *) report_options+=("$argument") ;;
  esac
done

scripts/install-packages.sh "$install" build
echo "== building (build/release)"
mkdir -p build
cmake --preset ci -DTERNSIM_TESTS=OFF >build/configure.log 2>&1 || { cat build/configure.log >&2; exit 1; }
cmake --build build/release --target ternsim
echo "== running: ternsim report ${report_options[*]}"
# Paths among the options are the caller's.
cd "$caller"
exec "$root/build/release/bin/ternsim" report "${report_options[@]}"
