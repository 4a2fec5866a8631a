#!/usr/bin/env bash
# Prints the path of a Python 3.11 or 3.12 that has img2dataset 1.47.0, after installing it into the user's cache folder
# where it is not there yet. img2dataset does not import on Python 3.13 and later.
set -euo pipefail
needs="$(cd "$(dirname "$0")" && pwd)/requirements.txt"
venv="${XDG_CACHE_HOME:-$HOME/.cache}/pairmill/img2dataset/venv"

find_python() {
  local p
  for p in "${PAIRMILL_PYTHON312:-}" python3.12 "$HOME"/.pyenv/versions/3.12*/bin/python3.12 python3.11 "$HOME"/.pyenv/versions/3.11*/bin/python3.11 python3; do
    if [ -n "$p" ] && "$p" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' 2>/dev/null; then
      echo "$p"
      return
    fi
  done
  echo "img2dataset: it takes Python 3.12 or 3.11 with the module venv; PAIRMILL_PYTHON312 may name one" >&2
  return 1
}

if ! cmp -s "$needs" "$venv/requirements.txt"; then
  python=$(find_python)
  echo "img2dataset: installing it into $venv" >&2
  rm -rf "$venv"
  "$python" -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary=:all: --no-deps -r "$needs" >&2
  cp "$needs" "$venv/requirements.txt" # last: a venv that has it is whole
fi
echo "$venv/bin/python"
