#!/usr/bin/env bash
# Crawls debian-handbook with the binary given and compares with the site's known numbers.
set -euo pipefail
pages=$("$(dirname "$0")/handbook.sh")
exec go run "$(dirname "$0")/realsite" -pages "$pages" -pairmill "$1"
