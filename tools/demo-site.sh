# Sourced by the demos: serves the example picture site while the script runs, in $site, and shows each command of pairmill.
# Wants $bin; makes $tmp, a folder that goes with the script.

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
    [[ $arg != *[\ \*]* ]] || arg="\"$arg\""
    line+=" $arg"
  done
  printf '\n%s$ %s%s\n' "$bold" "$line" "$plain" >&2
  "$bin" "$@"
}

serve_site() { # flags of examples/picturesite/serve
  go build -o "$tmp/serve" ./examples/picturesite/serve
  mkfifo "$tmp/address"
  "$tmp/serve" -addr 127.0.0.1:0 "$@" >"$tmp/address" &
  server=$!
  # The server listens before it prints its address; one that dies prints none, and read ends at the end of the pipe.
  read -r site <"$tmp/address" || { echo "demo: the picture site did not start" >&2; exit 1; }
}
