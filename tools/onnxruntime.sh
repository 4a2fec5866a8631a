#!/usr/bin/env bash
# Puts libonnxruntime where pairmill looks for it: the user's cache folder. It takes the library out of the Python
# wheel or, where pip has none, out of the npm package, and keeps it only if its sha256 is the one pinned here. Where
# PAIRMILL_ORT_LIB names a library there is nothing to get, on any platform.
set -euo pipefail

if [ -n "${PAIRMILL_ORT_LIB:-}" ]; then
  [ -f "$PAIRMILL_ORT_LIB" ] || { echo "onnxruntime: PAIRMILL_ORT_LIB names $PAIRMILL_ORT_LIB, and there is no such file" >&2; exit 1; }
  echo "onnxruntime: $PAIRMILL_ORT_LIB (PAIRMILL_ORT_LIB)"
  exit 0
fi

version=1.30.0
case "$(uname -s)-$(uname -m)" in
Linux-x86_64)
  wheel_platform=manylinux_2_28_x86_64
  npm_path=package/bin/napi-v6/linux/x64/libonnxruntime.so.1
  pins="c902c70b3003c0e99fada202f37478c515ae9bba7944c2b2abd0017bae0c82ed ffb75a925ba05e47b235bb66e3e3911714a80b328a9c9425539feb204aa32a23"
  ;;
Linux-aarch64)
  wheel_platform=manylinux_2_28_aarch64
  npm_path=package/bin/napi-v6/linux/arm64/libonnxruntime.so.1
  pins="8a218e1e446880131115c368ec7005969a5022af9a15a26173de648fef0b7789 1f549d46250b005580b597f4164984aaf75b3bcb9f3aeb07c7f8a8fe60b23c76"
  ;;
*)
  echo "onnxruntime: no pinned library for $(uname -s) $(uname -m): install it and set PAIRMILL_ORT_LIB" >&2
  exit 1
  ;;
esac

target="${XDG_CACHE_HOME:-$HOME/.cache}/pairmill/onnxruntime/libonnxruntime.so.$version"

pinned() { # file: is its sha256 one of ours?
  local sum pin
  sum=$(sha256sum "$1" | cut -d' ' -f1)
  for pin in $pins; do [ "$sum" = "$pin" ] && return 0; done
  echo "onnxruntime: $1 has sha256 $sum, which is not pinned in $0" >&2
  return 1
}

if [ -f "$target" ] && pinned "$target"; then
  echo "onnxruntime $version: $target"
  exit 0
fi

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

from_pip() {
  local pip="python3 -m pip"
  $pip --version >/dev/null 2>&1 || return 1
  $pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.12 \
    --implementation cp --platform "$wheel_platform" --dest "$tmp" "onnxruntime==$version" || return 1
  python3 -c 'import sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
[name] = [n for n in z.namelist() if "/libonnxruntime.so" in n]
open(sys.argv[2], "wb").write(z.read(name))' "$tmp"/onnxruntime-*.whl "$tmp/lib.so"
}

from_npm() {
  command -v npm >/dev/null || return 1
  (cd "$tmp" && npm pack --silent "onnxruntime-node@$version" >/dev/null) || return 1
  tar -xzf "$tmp/onnxruntime-node-$version.tgz" -C "$tmp" "$npm_path" && mv "$tmp/$npm_path" "$tmp/lib.so"
}

for source in pip npm; do
  echo "onnxruntime $version: asking $source" >&2
  if "from_$source" && pinned "$tmp/lib.so"; then
    mkdir -p "$(dirname "$target")"
    mv "$tmp/lib.so" "$target.part" && mv "$target.part" "$target"
    echo "onnxruntime $version: $target (from $source)"
    exit 0
  fi
done
echo "onnxruntime: neither pip nor npm gave a library with a pinned sha256; set PAIRMILL_ORT_LIB to one of your own (1.29 or newer)" >&2
exit 1
