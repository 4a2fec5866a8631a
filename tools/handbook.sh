#!/usr/bin/env bash
# Gets Debian's debian-handbook, a real web site in 26 languages, into the user's cache folder and prints the folder
# of its pages. With --if-present it only prints the folder, if it is there.
set -euo pipefail

cache="${XDG_CACHE_HOME:-$HOME/.cache}/pairmill/debian-handbook"
pages="$cache/usr/share/doc/debian-handbook/html"

if [ -f "$pages/en-US/index.html" ]; then
  echo "$pages"
  exit 0
fi
[ "${1:-}" = --if-present ] && exit 0

command -v apt-get >/dev/null && command -v dpkg >/dev/null || {
  echo "debian-handbook: it comes as a Debian package, and there is no apt-get here" >&2
  exit 1
}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
apt-get download -q debian-handbook >/dev/null 2>&1 || { apt-get update -q && apt-get download -q debian-handbook; } >/dev/null 2>&1 || {
  echo "debian-handbook: apt-get could not download it" >&2
  exit 1
}
rm -rf "$cache"
mkdir -p "$cache"
dpkg -x debian-handbook_*.deb "$cache"
echo "$pages"
