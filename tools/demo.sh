#!/usr/bin/env bash
# Serves the example picture site on a free port of this machine and makes a dataset of it, in demo/, with the binary
# given: run, verify, look, search.
set -euo pipefail

bin=$(realpath "${1:?usage: $0 BIN}")
cd "$(dirname "$0")/.."

server=""
tmp=$(mktemp -d)
finish() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  [ -z "$server" ] || wait "$server" || true
  rm -rf "$tmp"
}
trap finish EXIT

bold="" plain=""
[ ! -t 2 ] || bold=$'\033[1m' plain=$'\033[0m'
pairmill() { # runs the binary after showing the command
  local arg line=pairmill
  for arg in "$@"; do
    [[ $arg != *" "* ]] || arg="\"$arg\""
    line+=" $arg"
  done
  printf '\n%s$ %s%s\n' "$bold" "$line" "$plain" >&2
  "$bin" "$@"
}

go build -o "$tmp/serve" ./examples/picturesite/serve
mkfifo "$tmp/address"
"$tmp/serve" -addr 127.0.0.1:0 >"$tmp/address" &
server=$!
# The server listens before it prints its address; one that dies prints none, and read ends at the end of the pipe.
read -r site <"$tmp/address" || { echo "demo: the picture site did not start" >&2; exit 1; }

rm -rf demo
mkdir demo
sed "s#http://127\.0\.0\.1:[0-9]*/#$site#" examples/picturesite.yaml >demo/spec.yaml
grep -qF "$site" demo/spec.yaml || { echo "demo: examples/picturesite.yaml names no seed to replace" >&2; exit 1; }
echo "The picture site is at $site until this is over; demo/spec.yaml crawls it." >&2

pairmill run demo/spec.yaml --store demo
pairmill verify demo
pairmill look demo/datasets/picturesite -o demo/sheet.html
pairmill search demo/datasets/picturesite "a red circle on blue"

cat >&2 <<END

  demo/sheet.html            the dataset at a glance: open it in a browser
  demo/datasets/picturesite  the dataset: Parquet, WebDataset, manifest, card
  demo/runs                  what the run left: every candidate with its reason, commit records

Try next:
  ${bin#"$PWD"/} search demo/datasets/picturesite "two yellow stars"
  ${bin#"$PWD"/} spec init my.yaml    # a crawl of your own
END
