#!/usr/bin/env bash
# Reads datasets made by the binary given with pyarrow, Polars, DuckDB, Hugging Face datasets and webdataset, and compares
# what they see with our own tables. Then lets img2dataset and the binary download the same lists, and compares what they
# leave, and what the readers see in both. Readers and img2dataset live in virtual environments in the user's cache folder.
# Where PAIRMILL_DATACOMP names a clone of mlfoundations/datacomp, its resharder.py runs on both outputs.
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: $0 PAIRMILL" >&2; exit 2; }
bin=$(realpath "$1")
cd "$(dirname "$0")/.."
needs=tools/conformance/requirements.txt
venv="${XDG_CACHE_HOME:-$HOME/.cache}/pairmill/conformance/venv"

if ! cmp -s "$needs" "$venv/requirements.txt"; then
  python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
    echo "conformance: it takes Python 3.11 or newer as python3, with the module venv (Debian: python3-venv)" >&2
    exit 1
  }
  echo "conformance: installing the readers into $venv" >&2
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary=:all: -r "$needs"
  cp "$needs" "$venv/requirements.txt" # last: a venv that has it is whole
fi

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
go build -o "$tmp/serve" ./examples/picturesite/serve
go build -o "$tmp/dump" ./tools/conformance/dump
go build -o "$tmp/web" ./tools/conformance/img2dataset/serve
export PYTHONDONTWRITEBYTECODE=1
"$venv/bin/python" tools/conformance/main.py --pairmill "$bin" --serve "$tmp/serve" --dump "$tmp/dump"
peer=$(tools/conformance/img2dataset/venv.sh)
resharder=()
if [ -n "${PAIRMILL_DATACOMP:-}" ]; then
  [ -f "$PAIRMILL_DATACOMP/resharder.py" ] || { echo "conformance: PAIRMILL_DATACOMP: no resharder.py in $PAIRMILL_DATACOMP" >&2; exit 1; }
  packages=(webdataset==0.2.31 pysimdjson==7.0.2 cloudpathlib==0.26.0) # beside img2dataset's; later webdatasets are not what it imports
  "$peer" -m pip install --quiet --disable-pip-version-check --only-binary=:all: --no-deps --target "$tmp/datacomp" "${packages[@]}"
  resharder=(--resharder "$PAIRMILL_DATACOMP/resharder.py" "$tmp/datacomp")
fi
"$peer" tools/conformance/img2dataset/main.py --pairmill "$bin" --serve "$tmp/web" --keep "$tmp/downloads" "${resharder[@]}"
"$venv/bin/python" tools/conformance/downloads.py "$tmp/downloads"
