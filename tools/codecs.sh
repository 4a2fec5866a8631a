#!/usr/bin/env bash
# Says which picture codecs the build will use, after installing the C libraries' development files where that is
# allowed: as root, where there is apt-get, unless PAIRMILL_NO_APT=1. With --tags it prints the build tags, one per
# library that pkg-config finds. What is missing is done in Go, several times slower; libdeflate's part by whatever reads PNG.
set -euo pipefail

# tag:pkg-config names:Debian packages:what for:what does it otherwise
codecs="turbojpeg:libturbojpeg libjpeg:libturbojpeg0-dev libjpeg62-turbo-dev:JPEG:Go's own
webp:libwebp:libwebp-dev:WebP:Go's own
png:libpng:libpng-dev:PNG:Go's own
deflate:libdeflate:libdeflate-dev:ordinary PNG:that of PNG"

have() { pkg-config --exists $1 2>/dev/null; }

each() { while IFS=: read -r tag names packages what otherwise; do "$1"; done <<<"$codecs"; }

print_tag() { if have "$names"; then echo -n "$tag "; fi; }

need() { if ! have "$names"; then echo "$packages"; fi; }

say() {
  if have "$names"; then
    echo "$what codec: ${names%% *} $(pkg-config --modversion "${names%% *}")"
  else
    echo "$what codec: $otherwise (pkg-config finds no ${names// / or }, which would be faster)"
  fi
}

if [ "${1:-}" = --tags ]; then
  each print_tag
  exit
fi
missing=$(each need)
if [ -n "$missing" ] && [ "${PAIRMILL_NO_APT:-}" != 1 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "codecs: installing" $missing "(PAIRMILL_NO_APT=1 forbids it)" >&2
  install() { apt-get install -y -q pkg-config $missing; }
  { install || { apt-get update -q && install; }; } >/dev/null 2>&1 || echo "codecs: apt-get could not install" $missing >&2
fi
each say
