#!/usr/bin/env bash
# Serves the example picture site on this machine under twelve host names, one of them slow, and downloads a list of its
# pictures with the binary given: download, report, verify. The shards come to demo-list/out, where they replace an earlier demo's.
set -euo pipefail

bin=$(realpath "${1:?usage: $0 BIN}")
cd "$(dirname "$0")/.."
. tools/demo-site.sh

dir=demo-list
rm -rf "$dir"
mkdir -p "$dir"
serve_site -list "$dir/list.csv" -mirror 600ms
echo "$dir/list.csv names $(($(wc -l <"$dir/list.csv") - 1)) pictures on *.picturesite.test, which is $site until this is over." >&2

pairmill download --url_list "$dir/list.csv" --input_format csv --caption_col caption --output_folder "$dir/out" \
  --output_format webdataset --number_sample_per_shard 200 --hosts "*.picturesite.test=127.0.0.1" --allow_private
pairmill verify "$dir/out"

cat >&2 <<END

  $dir/out/00000.tar     shards in img2dataset's layout, each with its .parquet and _stats.json
  $dir/out/runs          what the run left: every row with its reason, commit records

Try next:
  ${bin#"$PWD"/} report $dir/out
END
