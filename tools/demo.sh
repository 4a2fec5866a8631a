#!/usr/bin/env bash
# Serves the example picture site on a free port of this machine and makes a dataset of it with the binary given: run,
# verify, look, search. The dataset comes to demo/, where it replaces what an earlier demo left, or to a new folder.
set -euo pipefail

bin=$(realpath "${1:?usage: $0 BIN [NEW-FOLDER]}")
dir=demo
[ -z "${2:-}" ] || dir=$(realpath "$2")
cd "$(dirname "$0")/.."
[ "$dir" = demo ] || [ ! -e "$dir" ] || { echo "demo: $dir exists" >&2; exit 1; }

. tools/demo-site.sh
serve_site

[ "$dir" != demo ] || rm -rf demo
mkdir -p "$dir"
sed "s#http://127\.0\.0\.1:[0-9]*/#$site#" examples/picturesite.yaml >"$dir/spec.yaml"
grep -qF "$site" "$dir/spec.yaml" || { echo "demo: examples/picturesite.yaml names no seed to replace" >&2; exit 1; }
echo "The picture site is at $site until this is over; $dir/spec.yaml crawls it." >&2

pairmill run "$dir/spec.yaml" --store "$dir"
pairmill verify "$dir"
pairmill look "$dir/datasets/picturesite" -o "$dir/sheet.html"
pairmill search "$dir/datasets/picturesite" "a red circle on blue"

cat >&2 <<END

  $dir/sheet.html            the dataset at a glance: open it in a browser
  $dir/datasets/picturesite  the dataset: Parquet, WebDataset, manifest, card
  $dir/runs                  what the run left: every candidate with its reason, commit records

Try next:
  ${bin#"$PWD"/} search $dir/datasets/picturesite "two yellow stars"
  ${bin#"$PWD"/} spec init my.yaml    # a crawl of your own
END
