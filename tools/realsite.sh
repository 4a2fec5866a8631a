#!/usr/bin/env bash
# Crawls debian-handbook with the binary given and compares with the site's known numbers.
set -euo pipefail
bin=$(realpath "${1:?usage: $0 BIN}")
cd "$(dirname "$0")/.."
pages=$(tools/handbook.sh)
exec go run ./tools/realsite -pages "$pages" -pairmill "$bin"
