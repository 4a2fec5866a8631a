#!/usr/bin/env bash
# Says which JPEG codec the build will use, after installing libjpeg-turbo's development files where that is allowed.
set -euo pipefail

have() { pkg-config --exists libturbojpeg 2>/dev/null; }

if ! have && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "libjpeg-turbo: installing libturbojpeg0-dev" >&2
  { apt-get install -y -q libturbojpeg0-dev pkg-config || { apt-get update -q && apt-get install -y -q libturbojpeg0-dev pkg-config; }; } >/dev/null 2>&1 || true
fi
if have; then
  echo "JPEG codec: libjpeg-turbo $(pkg-config --modversion libturbojpeg)"
else
  echo "JPEG codec: Go's own (libturbojpeg0-dev is not installed; it would be several times faster)"
fi
