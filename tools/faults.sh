#!/usr/bin/env bash
# Runs the tests of internal/faults on a program that was built with the tag crashpoints, with a NATS server and an S3 server,
# which are built where they are missing.
set -euo pipefail

bin=$(realpath "${1:?usage: $0 BIN [flags of go test]}")
shift
cd "$(dirname "$0")/.."
nats=$(tools/natsserver.sh)
s3=$(tools/versitygw.sh | sed -E 's/^versitygw [^:]*: //; s/^versitygw: //; s/ \(.*\)$//')
export PAIRMILL_BIN=$bin PAIRMILL_NATS_SERVER=$nats PAIRMILL_VERSITYGW=$s3
exec go test -v -count=1 "$@" ./internal/faults
