#!/usr/bin/env bash
# A cluster of processes on this machine: three NATS servers, an S3 server, two control planes and four workers make a dataset
# of the example picture site, while a worker, a NATS server and the leading control plane are killed. Then the dataset is
# verified and compared with one that nobody disturbed. Logs and data come to demo-cluster/, which is replaced.
set -euo pipefail

bin=$(realpath "${1:?usage: $0 BIN}")
cd "$(dirname "$0")/.."
nats=$(tools/natsserver.sh)
s3=$(tools/versitygw.sh | sed -E 's/^versitygw [^:]*: //; s/^versitygw: //; s/ \(.*\)$//')

. tools/demo-site.sh
serve_site

dir=demo-cluster
rm -rf "$dir"
mkdir -p "$dir"/{log,nats,meta,s3/pairmill}
dir=$(realpath "$dir")
declare -A pid
stop_all() {
  for p in "${pid[@]}"; do kill "$p" 2>/dev/null || true; done
  wait "${pid[@]}" 2>/dev/null || true
}
trap 'stop_all; finish' EXIT

say() { echo "cluster-demo: $*" >&2; }

start() { # name command…: in the background, with a log of its own
  local name=$1
  shift
  "$@" >>"$dir/log/$name" 2>&1 &
  pid[$name]=$!
}

crash() { # name: as a power cut would
  say "kill -9 $1"
  kill -9 "${pid[$1]}"
  wait "${pid[$1]}" 2>/dev/null || true
}

until_true() { # seconds what command…
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || { say "$what did not happen in time: see $dir/log"; exit 1; }
    sleep 0.2
  done
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

client=() peer=() monitor=()
for i in 0 1 2; do client[i]=$(free_port) peer[i]=$(free_port) monitor[i]=$(free_port); done
# Each server has the configuration that deploy/ has for containers, with addresses and folder of its own.
names=()
for i in 0 1 2; do names+=(-e "s#nats://nats-$((i + 1)):6222#nats://127.0.0.1:${peer[i]}#"); done
for i in 0 1 2; do
  sed "${names[@]}" -e "s#^port: 4222#listen: 127.0.0.1:${client[i]}#" -e "s#^http: 8222#http: 127.0.0.1:${monitor[i]}#" \
    -e "s#port: 6222#listen: 127.0.0.1:${peer[i]}#" -e "s#store_dir: /data#store_dir: \"$dir/nats/$i\"#" deploy/nats/nats.conf >"$dir/nats/$i.conf"
  ! grep -E '(: |:)(4222|6222|8222)|/data' "$dir/nats/$i.conf" || { say "deploy/nats/nats.conf has an address that this script does not know"; exit 1; }
done
start_nats() { start "nats-$1" env SERVER_NAME="nats-$(($1 + 1))" "$nats" --config "$dir/nats/$1.conf"; }
for i in 0 1 2; do start_nats $i; done

s3_port=$(free_port)
export AWS_ACCESS_KEY_ID=demo AWS_SECRET_ACCESS_KEY=demo-secret AWS_REGION=us-east-1 AWS_ENDPOINT_URL=http://127.0.0.1:$s3_port
ROOT_ACCESS_KEY=$AWS_ACCESS_KEY_ID ROOT_SECRET_KEY=$AWS_SECRET_ACCESS_KEY start s3 "$s3" --port "127.0.0.1:$s3_port" --quiet posix --sidecar "$dir/meta" "$dir/s3"

export PAIRMILL_STORE=s3://pairmill/demo PAIRMILL_NATS_REPLICAS=3
PAIRMILL_NATS=$(printf 'nats://127.0.0.1:%s,' "${client[@]}")
export PAIRMILL_NATS=${PAIRMILL_NATS%,}

api=()
for i in 0 1; do api[i]=$(free_port); done
until_true 30 "the S3 server's start" bash -c "</dev/tcp/127.0.0.1/$s3_port"
for i in 0 1 2; do until_true 60 "the start of NATS server $i" curl -fsS "http://127.0.0.1:${monitor[i]}/healthz"; done
for i in 0 1; do start "serve-$i" "$bin" serve --join-timeout 180s --listen "127.0.0.1:${api[i]}"; done
for i in 0 1; do until_true 180 "control plane $i" curl -fsS "http://127.0.0.1:${api[i]}/readyz"; done
health=()
for i in 0 1 2 3; do
  health[i]=$(free_port)
  start "worker-$i" "$bin" worker --concurrency 2 --listen "127.0.0.1:${health[i]}"
done
for i in 0 1 2 3; do
  for check in healthz readyz; do until_true 60 "/$check of worker $i" curl -fsS "http://127.0.0.1:${health[i]}/$check"; done
done

export PAIRMILL_SERVER=http://127.0.0.1:${api[0]}
sed "s#http://127\.0\.0\.1:[0-9]*/#$site#" examples/picturesite.yaml >"$dir/spec.yaml"
run=$("$bin" submit "$dir/spec.yaml")
say "submitted $run"

fetched() { "$bin" status "$run" --json | python3 -c 'import json, sys; s = json.load(sys.stdin); sys.exit(not any(x["stage"] == sys.argv[1] and x["done"] >= int(sys.argv[2]) for x in s["stages"]))' "$1" "$2"; }
until_true 120 "the first page" fetched crawl 1
crash worker-0
until_true 120 "more pages" fetched crawl 3
crash nats-1
leads() { curl -fsS "http://127.0.0.1:${api[$1]}/metrics" | grep -qx 'pairmill_leader 1'; }
leader=0
leads 1 && leader=1
until_true 180 "the first shard" fetched fetch 1
crash "serve-$leader"
if curl -fsS --max-time 5 "http://127.0.0.1:${api[leader]}/healthz" >/dev/null 2>&1; then
  say "the leading control plane still answers: it was not killed"
  exit 1
fi
until_true 120 "a takeover" leads $((1 - leader))
say "control plane $((1 - leader)) leads now"
export PAIRMILL_SERVER=http://127.0.0.1:${api[1 - leader]}
start_nats 1
say "NATS server 1 is back"

"$bin" status "$run" --watch >"$dir/log/watch" 2>&1 || { say "the run did not end well"; tail -20 "$dir/log/watch" >&2; exit 1; }
"$bin" status "$run" >&2
"$bin" workers >&2
"$bin" verify "$PAIRMILL_STORE"

say "the same without a cluster and without disturbance, to compare"
env -u PAIRMILL_NATS "$bin" run "$dir/spec.yaml" --store "$dir/alone" >"$dir/log/alone" 2>&1 || { tail -20 "$dir/log/alone" >&2; exit 1; }
content() { python3 -c 'import json, sys; print(json.load(sys.stdin)["content_sha256"])'; }
here=$(content <"$dir/alone/datasets/picturesite/v0001/manifest.json")
there=$(content <"$dir/s3/pairmill/demo/datasets/picturesite/v0001/manifest.json")
[ "$here" = "$there" ] || { say "content differs: $there, and $here alone"; exit 1; }
say "equal content: $here"
