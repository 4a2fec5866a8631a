#!/usr/bin/env bash
# Copies the shared libraries of picture codecs that a binary of pairmill is linked with into a folder, for images of another
# distribution than the one where it was built: Ubuntu's libjpeg has another interface than Debian's.
set -euo pipefail

bin=${1:?usage: $0 BIN FOLDER} to=${2:?usage: $0 BIN FOLDER}
mkdir -p "$to"
ldd "$bin" | awk '$1 ~ /^lib(turbojpeg|jpeg|png16|deflate|webp|sharpyuv)\.so/ { print $1, $3 }' | while read -r name path; do
  cp -L "$path" "$to/$name"
done
