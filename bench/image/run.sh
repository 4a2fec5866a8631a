#!/usr/bin/env bash
# Measures the image path: run.sh [FLAGS of bench/image]. Draws the pictures at its first run; with PHOTOGRAPHS=FOLDER they are
# cut from the JPEG and PNG files there (for instance `apt-get download mate-backgrounds`, unpacked by dpkg-deb -x). Times mean
# most on two cores that do nothing else; ratios hold elsewhere too.
set -euo pipefail
cd "$(dirname "$0")/../.."
cache="${XDG_CACHE_HOME:-$HOME/.cache}/pairmill/bench"
venv="$cache/opencv"
corpus="$cache/pictures${PHOTOGRAPHS:+-photographs}"
tags="nodynamic $(tools/codecs.sh --tags)"

if ! cmp -s bench/image/requirements.txt "$venv/.installed"; then
  echo "bench-image: installing OpenCV" >&2
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q --disable-pip-version-check -r bench/image/requirements.txt
  cp bench/image/requirements.txt "$venv/.installed"
fi
made="bench/image/corpus.py of ${PHOTOGRAPHS:-nothing}"
if ! cmp -s bench/image/corpus.py "$corpus/.drawn" || [ "$made" != "$(cat "$corpus/.of" 2>/dev/null || echo "bench/image/corpus.py of nothing")" ]; then
  echo "bench-image: making the pictures" >&2
  rm -rf "$corpus"
  "$venv/bin/python" bench/image/corpus.py "$corpus" ${PHOTOGRAPHS:+"$PHOTOGRAPHS"}
  echo "$made" >"$corpus/.of"
  cp bench/image/corpus.py "$corpus/.drawn"
fi

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
go build -tags "$tags" -o "$tmp/bench" ./bench/image
"$tmp/bench" -corpus "$corpus" -python "$venv/bin/python" "$@"
