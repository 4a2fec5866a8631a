#!/usr/bin/env bash
# Builds nats-server, of the version that go.mod names, into the user's cache folder and prints where it is. Where
# PAIRMILL_NATS_SERVER names a binary there is nothing to build.
set -euo pipefail

if [ -n "${PAIRMILL_NATS_SERVER:-}" ]; then
  [ -x "$PAIRMILL_NATS_SERVER" ] || { echo "nats-server: PAIRMILL_NATS_SERVER names $PAIRMILL_NATS_SERVER, and that is no program" >&2; exit 1; }
  echo "$PAIRMILL_NATS_SERVER"
  exit 0
fi

cd "$(dirname "$0")/.."
module=github.com/nats-io/nats-server/v2
version=$(go list -m -f '{{.Version}}' "$module")
target="${XDG_CACHE_HOME:-$HOME/.cache}/pairmill/nats-server/$version/nats-server"
if [ ! -x "$target" ]; then
  echo "nats-server $version: building it, once" >&2
  mkdir -p "$(dirname "$target")"
  tmp=$(mktemp "$target.XXXXXX")
  trap 'rm -f "$tmp"' EXIT
  CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o "$tmp" "$module"
  chmod +x "$tmp"
  mv "$tmp" "$target"
fi
echo "$target"
