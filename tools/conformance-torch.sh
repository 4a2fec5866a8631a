#!/usr/bin/env bash
# Lets img2dataset and the binary given download one list, and reads both outputs with open_clip's loader and with what
# `clip-retrieval inference` reads and writes. They take Debian's torch: python3-torch and python3-torchvision are installed
# as root, where there is apt-get, unless PAIRMILL_NO_APT=1. The rest comes into a virtual environment in the user's cache folder.
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: $0 PAIRMILL" >&2; exit 2; }
bin=$(realpath "$1")
cd "$(dirname "$0")/.."
here=tools/conformance/img2dataset
needs=$here/torch.requirements.txt
cache="${XDG_CACHE_HOME:-$HOME/.cache}/pairmill/img2dataset"
venv=$cache/torch
# The last release whose reader of files finds the picture of a caption.
pairs=clip-retrieval==2.40.0
has_torch() { /usr/bin/python3 -c "import ensurepip, torch, torchvision, venv" 2>/dev/null; }

if ! has_torch && [ "${PAIRMILL_NO_APT:-}" != 1 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "conformance-torch: installing python3-torch and python3-torchvision with apt-get" >&2
  install=(apt-get install -y -qq --no-install-recommends python3-torch python3-torchvision python3-venv)
  export DEBIAN_FRONTEND=noninteractive
  "${install[@]}" >/dev/null 2>&1 || { apt-get update -qq && "${install[@]}"; } >/dev/null # a fresh machine has no lists of packages
fi
has_torch || {
  echo "conformance-torch: it takes torch, torchvision and venv in /usr/bin/python3 (Debian: apt-get install python3-torch python3-torchvision python3-venv)" >&2
  exit 1
}

if ! cmp -s "$needs" "$venv/requirements.txt"; then
  echo "conformance-torch: installing the readers into $venv" >&2
  rm -rf "$venv"
  /usr/bin/python3 -m venv --system-site-packages "$venv"
  pip=("$venv/bin/python" -m pip --disable-pip-version-check install --quiet --only-binary=:all: --no-deps)
  "${pip[@]}" -r "$needs"
  "${pip[@]}" --target "$venv/pairs" "$pairs"
  cp "$needs" "$venv/requirements.txt" # last: a venv that has it is whole
fi

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
go build -o "$tmp/web" "./$here/serve"
export PYTHONDONTWRITEBYTECODE=1
peer=$("$here/venv.sh")
"$peer" "$here/main.py" --pairmill "$bin" --serve "$tmp/web" --only "for readers" --keep "$tmp/out"
failed=0
"$venv/bin/python" "$here/open_clip_reads.py" "$tmp/out/for-readers-webdataset/"{theirs,ours} || failed=1
"$venv/bin/python" "$here/clip_retrieval_reads.py" "$venv/pairs" "$tmp/out/for-readers-"{webdataset,files} || failed=1
exit $failed
