#!/usr/bin/env bash
# Runs a command against a sandbox server of its own (temporary embedded database, free port) and stops it after.
#
#   tests/support/sandbox.sh COMMAND [ARGUMENT]...
#
# The command finds SANDBOX_URL and AFTERCARE_SANDBOX_PASSWORD in its environment and `aftercare` on its PATH.
# SANDBOX_LOG=FILE keeps the server's log; SANDBOX_DATABASE_URL serves another database.
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
[ $# -gt 0 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2; }

(cd "$here" && cargo build --locked --bin aftercare)
target=$(cd "$here" && cargo metadata --locked --no-deps --format-version 1 | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')
export PATH="$target/debug:$PATH"

root=$(mktemp -d "${TMPDIR:-/tmp}/aftercare-sandbox.XXXXXX")
log=${SANDBOX_LOG:-$root/log}
server=
cleanup() {
  local status=$?
  trap - EXIT INT TERM HUP
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$root"
  exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# ready PORT: whether the server answers 200 there. Needs bash only, no curl.
ready() {
  local status
  exec 3<>"/dev/tcp/127.0.0.1/$1" || return 1
  printf 'GET /health/ready HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' >&3
  read -r -t 5 status <&3 || status=
  exec 3>&-
  [[ $status == "HTTP/1.1 200"* ]]
}

if [ -z "${AFTERCARE_SANDBOX_PASSWORD:-}" ]; then
  AFTERCARE_SANDBOX_PASSWORD="Sandbox-$RANDOM-$RANDOM-$RANDOM"
fi
export AFTERCARE_SANDBOX_PASSWORD

for _ in 1 2 3 4 5; do
  port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
  if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
    continue # somebody listens there
  fi
  AFTERCARE_DATABASE_URL="${SANDBOX_DATABASE_URL:-sqlite://$root/aftercare.db}" AFTERCARE_LISTEN="127.0.0.1:$port" \
    aftercare serve --sandbox >"$log" 2>&1 </dev/null &
  server=$!
  for _ in $(seq 300); do
    if ready "$port" 2>/dev/null; then
      break 2
    fi
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  kill "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  server=
done
if [ -z "$server" ]; then
  tail -n 30 "$log" >&2 || true
  echo "sandbox: the server did not become ready" >&2
  exit 1
fi

export SANDBOX_URL="http://127.0.0.1:$port"
echo "sandbox: $SANDBOX_URL" >&2
"$@"
