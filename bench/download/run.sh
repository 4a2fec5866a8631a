#!/usr/bin/env bash
# Measures the binary given against img2dataset: run.sh PAIRMILL [FLAGS of bench/download]. Draws the pictures at its first run.
set -euo pipefail
[ $# -ge 1 ] || { echo "usage: $0 PAIRMILL [FLAGS]" >&2; exit 2; }
bin=$(realpath "$1")
shift
cd "$(dirname "$0")/../.."
cache="${XDG_CACHE_HOME:-$HOME/.cache}/pairmill"
corpus="$cache/bench/pictures"
tags="nodynamic $(tools/codecs.sh --tags)"
python=$(tools/conformance/img2dataset/venv.sh)

if ! cmp -s bench/image/corpus.py "$corpus/.drawn"; then
  echo "bench-download: drawing the pictures" >&2
  rm -rf "$corpus"
  "$python" bench/image/corpus.py "$corpus"
  cp bench/image/corpus.py "$corpus/.drawn"
fi

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
go build -o "$tmp/serve" ./bench/download/serve
go build -tags "$tags" -o "$tmp/bench" ./bench/download
"$tmp/bench" -corpus "$corpus" -pairmill "$bin" -python "$python" -serve "$tmp/serve" "$@"
