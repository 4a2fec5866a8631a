#!/usr/bin/env bash
# Builds versitygw (Apache-2.0), the S3 server that the tests of store/s3 run against, into the user's cache folder.
# The Go module proxy and its checksum database vouch for the source. Where PAIRMILL_VERSITYGW names a binary there is
# nothing to build.
set -euo pipefail

if [ -n "${PAIRMILL_VERSITYGW:-}" ]; then
  [ -x "$PAIRMILL_VERSITYGW" ] || { echo "versitygw: PAIRMILL_VERSITYGW names $PAIRMILL_VERSITYGW, and that is no program" >&2; exit 1; }
  echo "versitygw: $PAIRMILL_VERSITYGW (PAIRMILL_VERSITYGW)"
  exit 0
fi

version=v1.8.0
target="${XDG_CACHE_HOME:-$HOME/.cache}/pairmill/versitygw/$version"
if [ -x "$target/versitygw" ]; then
  echo "versitygw $version: $target/versitygw"
  exit 0
fi

echo "versitygw $version: building it, once, in about two minutes" >&2
mkdir -p "$(dirname "$target")"
tmp=$(mktemp -d "$target.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" # outside any module, so that no go.mod has a say
GOBIN="$tmp" GOFLAGS=-mod=mod CGO_ENABLED=0 go install -trimpath -ldflags "-s -w" "github.com/versity/versitygw/cmd/versitygw@$version"
mkdir -p "$target"
mv "$tmp/versitygw" "$target/versitygw"
echo "versitygw $version: $target/versitygw (built)"
