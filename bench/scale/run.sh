#!/usr/bin/env bash
# Measures what coordination costs, with the binary given: run.sh PAIRMILL [FLAGS of bench/scale]. Planning a long list takes much
# disk and is asked for by itself: run.sh PAIRMILL -rows 100000000 plan
set -euo pipefail
[ $# -ge 1 ] || { echo "usage: $0 PAIRMILL [FLAGS] [EXPERIMENT]" >&2; exit 2; }
bin=$(realpath "$1")
shift
cd "$(dirname "$0")/../.."
nats=$(tools/natsserver.sh)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
go build -tags "nodynamic $(tools/codecs.sh --tags)" -o "$tmp/scale" ./bench/scale
case "${*: -1}" in
enqueue | overhead | workers | plan) "$tmp/scale" -pairmill "$bin" -nats "$nats" "$@" ;;
*) for experiment in enqueue overhead workers; do echo; "$tmp/scale" -pairmill "$bin" -nats "$nats" "$@" "$experiment"; done ;;
esac
