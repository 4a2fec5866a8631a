#!/usr/bin/env bash
# A cluster of processes on this machine: three NATS servers, an S3 server, two control planes and four workers make a dataset
# of the example picture site, while a worker, a NATS server and the leading control plane are killed. Then the dataset is
# verified and compared with one that nobody disturbed. Logs and data come to demo-cluster/, which is replaced.
#
# The processes are the containers of deploy/compose.yaml, with their entrypoints, commands and environment: deploy/check/processes
# writes for each a script that starts it, demo-cluster/NAME/start, and says what it replaces.
set -euo pipefail

bin=$(realpath "${1:?usage: $0 BIN}")
cd "$(dirname "$0")/.."
path() { "$@" | sed -E 's/^[^:]*: //; s/ \(.*\)$//'; }
nats=$(tools/natsserver.sh)
s3=$(path tools/versitygw.sh)
ort=$(path tools/onnxruntime.sh)

. tools/demo-site.sh
serve_site

dir=demo-cluster
rm -rf "$dir"
mkdir -p "$dir"/log "$dir"/image/usr/local/{bin,lib/pairmill}
dir=$(realpath "$dir")
declare -A pid=() at=()
stop_all() {
  [ ${#pid[@]} -gt 0 ] || return 0 # wait without names waits for the site, too
  for p in "${pid[@]}"; do kill "$p" 2>/dev/null || true; done
  wait "${pid[@]}" 2>/dev/null || true
}
trap 'stop_all; finish' EXIT

say() { echo "cluster-demo: $*" >&2; }

start() { # container: in the background, with a log of its own
  "$dir/$1/start" >>"$dir/log/$1" 2>&1 &
  pid[$1]=$!
}

exec_in() { # container command…: as docker compose exec
  "$dir/$1/start" "${@:2}"
}

crash() { # container: as a power cut would
  local p=${pid[$1]}
  say "kill -9 $1"
  unset "pid[$1]"
  kill -9 "$p"
  wait "$p" 2>/dev/null || true
}

all_live() { # but those that were killed
  local name
  for name in "${!pid[@]}"; do
    kill -0 "${pid[$name]}" 2>/dev/null || { say "$name ended by itself, and its log with"; tail -5 "$dir/log/$name" >&2; exit 1; }
  done
}

run="" control=control-1
client() { exec_in $control env PAIRMILL_SERVER="http://${at[$control:7070]}" pairmill "$@"; }

late() { # what
  say "$1 did not happen in time: see $dir/log"
  [ -z "$run" ] || client workers >&2 # it says why they take no jobs
}

until_true() { # seconds what command…
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    all_live
    [ $SECONDS -lt $end ] || { late "$what"; exit 1; }
    sleep 0.2
  done
}

# What the images have in /usr/local, where the Dockerfile and the images of NATS and versitygw put it.
ln -s "$bin" "$dir/image/usr/local/bin/pairmill"
ln -s "$nats" "$dir/image/usr/local/bin/nats-server"
ln -s "$s3" "$dir/image/usr/local/bin/versitygw"
ln -s "$ort" "$dir/image/usr/local/lib/pairmill/libonnxruntime.so"
go build -C deploy/check -o "$tmp/processes" ./processes
"$tmp/processes" -scale worker=4 deploy "$dir"
while read -r there here; do at[$there]=$here; done <"$dir/addresses"
for there in nats-{1,2,3}:8222 s3:7070 control-{1,2}:7070 worker-{1,2,3,4}:7070; do
  [ -n "${at[$there]:-}" ] || { say "nothing in deploy/compose.yaml listens on $there, where this script asks"; exit 1; }
done

# In the order in which Compose starts them: depends_on says who waits for whom.
for name in nats-{1,2,3} s3; do start $name; done
for name in nats-{1,2,3}; do until_true 60 "the start of $name" curl -fsS "http://${at[$name:8222]}/healthz"; done
until_true 30 "the start of s3" bash -c "</dev/tcp/${at[s3:7070]/://}"
for name in control-{1,2}; do start $name; done
for name in control-{1,2}; do until_true 180 "the start of $name" curl -fsS "http://${at[$name:7070]}/readyz"; done
for name in worker-{1,2,3,4}; do start $name; done
for name in worker-{1,2,3,4}; do
  for check in healthz readyz; do until_true 60 "/$check of $name" curl -fsS "http://${at[$name:7070]}/$check"; done
done
for script in "$dir"/*/start; do
  name=$(basename "$(dirname "$script")")
  [ -n "${pid[$name]:-}" ] || { say "deploy/compose.yaml has $name, which nothing here starts"; exit 1; }
done

sed "s#http://127\.0\.0\.1:[0-9]*/#$site#" examples/picturesite.yaml >"$dir/spec.yaml"
run=$(client submit "$dir/spec.yaml")
say "submitted $run"

fetched() { client status "$run" --json | python3 -c 'import json, sys; s = json.load(sys.stdin); sys.exit(not any(x["stage"] == sys.argv[1] and x["done"] >= int(sys.argv[2]) for x in s["stages"]))' "$1" "$2"; }
until_true 120 "the first page" fetched crawl 1
crash worker-1
until_true 120 "more pages" fetched crawl 3
crash nats-2
leads() { exec_in "$1" sh -c 'curl -fsS -H "Authorization: Bearer $PAIRMILL_TOKEN" "http://$PAIRMILL_LISTEN/metrics"' | grep -qx 'pairmill_leader 1'; }
leader=control-1 other=control-2
if leads control-2; then leader=control-2 other=control-1; fi
until_true 180 "the first shard" fetched fetch 1
crash $leader
if curl -fsS --max-time 5 "http://${at[$leader:7070]}/healthz" >/dev/null 2>&1; then
  say "the leading control plane still answers: it was not killed"
  exit 1
fi
until_true 120 "a takeover" leads $other
say "$other leads now"
control=$other
start nats-2
say "nats-2 is back"

client status "$run" --watch >"$dir/log/watch" 2>&1 || { say "the run did not end well"; tail -20 "$dir/log/watch" >&2; exit 1; }
all_live
client status "$run" >&2
client workers >&2
store=$(exec_in $control sh -c 'echo "$PAIRMILL_STORE"')
client verify "$store"

say "the same without a cluster and without disturbance, to compare"
"$bin" run "$dir/spec.yaml" --store "$dir/alone" >"$dir/log/alone" 2>&1 || { tail -20 "$dir/log/alone" >&2; exit 1; }
content() { python3 -c 'import json, sys; print(json.load(sys.stdin)["content_sha256"])'; }
here=$(content <"$dir/alone/datasets/picturesite/v0001/manifest.json")
there=$(content <"$dir/s3/data/${store#s3://}/datasets/picturesite/v0001/manifest.json")
[ "$here" = "$there" ] || { say "content differs: $there, and $here alone"; exit 1; }
say "equal content: $here"
