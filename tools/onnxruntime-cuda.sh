#!/usr/bin/env bash
# Puts the CUDA build of libonnxruntime, with its providers, into the folder given. It takes them out of the Python wheel
# onnxruntime-gpu (MIT), and only if the wheel's sha256 is the one pinned here. This version wants CUDA 13 and cuDNN 9.
set -euo pipefail

to=${1:?usage: $0 FOLDER}
version=1.30.0
pin=6acc0f4b3d5ac5f2984432faa59dd8fcce6775f8b43a7140afa0f322c7a703b1

[ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] || { echo "onnxruntime-cuda: no pinned library for $(uname -s) $(uname -m)" >&2; exit 1; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.12 \
  --implementation cp --platform manylinux_2_28_x86_64 --dest "$tmp" "onnxruntime-gpu==$version"
sum=$(sha256sum "$tmp"/onnxruntime_gpu-*.whl | cut -d' ' -f1)
[ "$sum" = "$pin" ] || { echo "onnxruntime-cuda: the wheel has sha256 $sum, which is not pinned in $0" >&2; exit 1; }
mkdir -p "$to"
python3 -c 'import pathlib, sys, zipfile
z, to = zipfile.ZipFile(sys.argv[1]), pathlib.Path(sys.argv[2])
wanted = {f"libonnxruntime.so.{sys.argv[3]}": "libonnxruntime.so", "libonnxruntime_providers_shared.so": "", "libonnxruntime_providers_cuda.so": ""}
for path in z.namelist():
    name = path.rsplit("/", 1)[-1]
    if name in wanted:
        (to / (wanted.pop(name) or name)).write_bytes(z.read(path))
sys.exit(f"onnxruntime-cuda: the wheel has no {sorted(wanted)}" if wanted else 0)' "$tmp"/onnxruntime_gpu-*.whl "$to" "$version"
echo "onnxruntime-cuda $version: $to"
