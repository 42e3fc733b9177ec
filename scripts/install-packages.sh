#!/usr/bin/env bash
# Usage: install-packages.sh yes|no build|test|full
#
# Checks that the packages for building, for the tests as well, or for the full tests are there. With "yes" it installs
# what is missing from Debian and npm; with "no" it stops with the list.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
install=$1
purpose=$2

packages=(g++ cmake ninja-build ccache pkg-config verilator libsystemc-dev libyaml-cpp-dev libcli11-dev libfmt-dev
  nlohmann-json3-dev libpcre2-dev libxxhash-dev zlib1g-dev libsqlite3-dev libpagmo-dev)
if [ "$purpose" != build ]; then
  packages+=(libgtest-dev libgmock-dev libeigen3-dev yosys chromium sqlite3 python3-jsonschema)
fi
if [ "$purpose" = full ]; then
  packages+=(clang-format-16 python3-torch libopenblas0-pthread python3-regex python3-numpy libbenchmark-dev
    sentencepiece python3-sentencepiece slurm-wlm munge qemu-user g++-aarch64-linux-gnu googletest clang-16 libclang-rt-16-dev
    llvm-16)
fi
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q ' ok installed' || missing+=("$package")
done
# Node.js may also come from elsewhere than Debian.
command -v node >/dev/null || missing+=(nodejs)
command -v npm >/dev/null || missing+=(npm)

# Charts of the report: Apache ECharts, pinned by reports/package-lock.json.
npm_missing=no
[ -f reports/node_modules/echarts/dist/echarts.min.js ] || npm_missing=yes

if [ "$install" = no ] && { [ ${#missing[@]} -gt 0 ] || [ $npm_missing = yes ]; }; then
  if [ ${#missing[@]} -gt 0 ]; then
    echo "missing Debian packages: ${missing[*]}" >&2
    echo "install them with: sudo apt-get install --no-install-recommends ${missing[*]}" >&2
  fi
  if [ $npm_missing = yes ]; then
    echo "missing npm packages of reports/: install them with: npm ci --prefix reports" >&2
  fi
  exit 1
fi
if [ ${#missing[@]} -gt 0 ]; then
  sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "not root and no sudo: install by hand: ${missing[*]}" >&2; exit 1; }
    sudo=(sudo)
  fi
  echo "== installing Debian packages: ${missing[*]}"
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

if [ $npm_missing = yes ]; then
  echo "== installing npm packages of reports/ (npm ci)"
  npm ci --prefix reports --no-fund --no-audit --loglevel=error
fi
