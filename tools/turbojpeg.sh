#!/usr/bin/env bash
# Says which JPEG codec the build will use, after installing libjpeg-turbo's development files where that is allowed:
# as root, where there is apt-get, unless PAIRMILL_NO_APT=1.
set -euo pipefail

have() { pkg-config --exists libturbojpeg 2>/dev/null; }

install() { apt-get install -y -q libturbojpeg0-dev pkg-config; }

if ! have && [ "${PAIRMILL_NO_APT:-}" != 1 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "libjpeg-turbo: installing libturbojpeg0-dev (PAIRMILL_NO_APT=1 forbids it)" >&2
  { install || { apt-get update -q && install; }; } >/dev/null 2>&1 ||
    echo "libjpeg-turbo: apt-get could not install libturbojpeg0-dev" >&2
fi
if have; then
  echo "JPEG codec: libjpeg-turbo $(pkg-config --modversion libturbojpeg)"
else
  echo "JPEG codec: Go's own (pkg-config finds no libturbojpeg, which would be several times faster)"
fi
