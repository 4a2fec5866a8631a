#!/usr/bin/env bash
# Lets img2dataset and the binary given download one list, and reads both outputs with open_clip's own loader. It takes
# Debian's torch: python3-torch and python3-torchvision are installed as root, where there is apt-get, unless PAIRMILL_NO_APT=1.
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: $0 PAIRMILL" >&2; exit 2; }
bin=$(realpath "$1")
cd "$(dirname "$0")/.."
here=tools/conformance/img2dataset
needs=$here/open_clip.requirements.txt
venv="${XDG_CACHE_HOME:-$HOME/.cache}/pairmill/img2dataset/open-clip"
has_torch() { /usr/bin/python3 -c "import torch, torchvision" 2>/dev/null; }

if ! has_torch && [ "${PAIRMILL_NO_APT:-}" != 1 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get install -y --no-install-recommends python3-torch python3-torchvision python3-venv >/dev/null
fi
has_torch || { echo "conformance-open-clip: it takes torch and torchvision in /usr/bin/python3 (Debian: apt-get install python3-torch python3-torchvision)" >&2; exit 1; }

if ! cmp -s "$needs" "$venv/requirements.txt"; then
  rm -rf "$venv"
  /usr/bin/python3 -m venv --system-site-packages "$venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary=:all: --no-deps -r "$needs"
  cp "$needs" "$venv/requirements.txt" # last: a venv that has it is whole
fi

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
go build -o "$tmp/web" "./$here/serve"
export PYTHONDONTWRITEBYTECODE=1
peer=$("$here/venv.sh")
"$peer" "$here/main.py" --pairmill "$bin" --serve "$tmp/web" --only "quality 50" --keep "$tmp/out"
"$venv/bin/python" "$here/open_clip_reads.py" "$tmp/out/quality-50/"{theirs,ours}
