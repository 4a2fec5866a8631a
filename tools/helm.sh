#!/usr/bin/env bash
# Builds helm (Apache-2.0), with which deploy-check renders the chart, into the user's cache folder, and prints where it is.
# The Go module proxy and its checksum database vouch for the source. Where PAIRMILL_HELM names a binary there is nothing to
# build.
set -euo pipefail

if [ -n "${PAIRMILL_HELM:-}" ]; then
  [ -x "$PAIRMILL_HELM" ] || { echo "helm: PAIRMILL_HELM names $PAIRMILL_HELM, and that is no program" >&2; exit 1; }
  echo "$PAIRMILL_HELM"
  exit 0
fi

version=v3.22.0
target="${XDG_CACHE_HOME:-$HOME/.cache}/pairmill/helm/$version/helm"
if [ ! -x "$target" ]; then
  echo "helm $version: building it, once, in some minutes" >&2
  mkdir -p "$(dirname "$target")"
  tmp=$(mktemp -d "$target.XXXXXX")
  trap 'rm -rf "$tmp"' EXIT
  cd "$tmp" # outside any module, so that no go.mod has a say
  GOBIN="$tmp" GOFLAGS=-mod=mod CGO_ENABLED=0 nice go install -trimpath -ldflags "-s -w" "helm.sh/helm/v3/cmd/helm@$version"
  mv "$tmp/helm" "$target"
fi
echo "$target"
