#!/usr/bin/env bash
# Runs a command against a throw-away PostgreSQL cluster and removes the cluster afterwards.
#
#   tests/support/postgres.sh [--durable] COMMAND [ARGUMENT]...
#
# The command finds AFTERCARE_TEST_DATABASE_URL in its environment. The cluster lives in a temporary folder,
# listens on 127.0.0.1 (a free port) and on a socket in that folder, and trusts loopback only.
#
#   --durable                  keep fsync, synchronous commits and full page writes on (soak, bench)
#   AFTERCARE_TEST_PG=skip     run nothing, say so loudly, succeed
#   AFTERCARE_TEST_PG_BIN=DIR  use the initdb and pg_ctl in DIR
set -euo pipefail

say() { printf '[postgres] %s\n' "$*" >&2; }
die() {
  say "$*"
  say "to test on the embedded database only: AFTERCARE_TEST_PG=skip"
  exit 1
}

durable=no
if [ "${1:-}" = --durable ]; then
  durable=yes
  shift
fi
[ $# -gt 0 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2; }

case "${AFTERCARE_TEST_PG:-}" in
  "") ;;
  skip)
    say "############################################################"
    say "#  SKIPPED on PostgreSQL (AFTERCARE_TEST_PG=skip):"
    say "#  $*"
    say "############################################################"
    exit 0
    ;;
  *) die "AFTERCARE_TEST_PG=$AFTERCARE_TEST_PG is not known; only \"skip\" is" ;;
esac

# --- find or install ------------------------------------------------------------------------------------------

# Prints the folder of an installed server: AFTERCARE_TEST_PG_BIN, pg_config's, the newest of the usual folders, PATH.
find_server() {
  local dir usual=() folders
  for dir in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin; do
    [ ! -d "$dir" ] || usual=("$dir" ${usual[@]+"${usual[@]}"})
  done
  folders=("${AFTERCARE_TEST_PG_BIN:-}" "$(pg_config --bindir 2>/dev/null || true)" ${usual[@]+"${usual[@]}"}
    "$(dirname "$(command -v initdb 2>/dev/null || echo /none/initdb)")")
  for dir in "${folders[@]}"; do
    if [ -n "$dir" ] && [ -x "$dir/initdb" ] && [ -x "$dir/pg_ctl" ]; then
      printf '%s\n' "$dir"
      return
    fi
  done
}

# Installs Debian's server. RUNLEVEL=1 keeps the package from starting a server of its own.
install_server() {
  command -v apt-get >/dev/null || die "PostgreSQL is not installed, and there is no apt-get to install it with"
  [ "$(id -u)" = 0 ] || die "PostgreSQL is not installed, and only root may install it (apt-get install postgresql)"
  say "not installed: installing it with apt-get"
  local log
  log=$(mktemp)
  if ! {
    apt-get update -qq &&
      RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql
  } >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    die "PostgreSQL could not be installed"
  fi
  rm -f "$log"
}

bin=$(find_server)
if [ -z "$bin" ]; then
  install_server
  bin=$(find_server)
  [ -n "$bin" ] || die "PostgreSQL was installed, but its initdb was not found"
fi

# --- the cluster ----------------------------------------------------------------------------------------------

# A server started by us must not be led elsewhere by the caller's own PostgreSQL settings.
unset PGDATA PGHOST PGHOSTADDR PGPORT PGUSER PGPASSWORD PGDATABASE PGOPTIONS PGSERVICE PGSSLMODE

# PostgreSQL refuses to run as root, so root hands the cluster to another user.
owner=
if [ "$(id -u)" = 0 ]; then
  for user in postgres nobody; do
    if id "$user" >/dev/null 2>&1; then
      owner=$user
      break
    fi
  done
  [ -n "$owner" ] || die "PostgreSQL refuses to run as root, and there is no user \"postgres\" or \"nobody\""
fi
as_owner() {
  if [ -z "$owner" ]; then
    "$@"
  elif command -v runuser >/dev/null; then
    runuser -u "$owner" -- "$@"
  else
    # shellcheck disable=SC2016 # the inner shell expands them
    su -s /bin/sh "$owner" -c 'exec "$0" "$@"' -- "$@"
  fi
}

# Folders the owner cannot enter, or whose name is too long for a socket, give way to /tmp.
make_folder() {
  local parent dir
  for parent in "${TMPDIR:-/tmp}" /tmp; do
    dir=$(mktemp -d "$parent/aftercare-pg.XXXXXX" 2>/dev/null) || continue
    [ -z "$owner" ] || chown "$owner" "$dir"
    if [ ${#dir} -lt 80 ] && as_owner test -w "$dir"; then
      printf '%s\n' "$dir"
      return
    fi
    rmdir "$dir"
  done
  return 1
}

root=$(make_folder) || die "no temporary folder can be made for the cluster"
cleanup() {
  local status=$?
  trap - EXIT INT TERM HUP
  (cd "$root" && as_owner "$bin/pg_ctl" -D "$root/data" -m immediate -w -t 30 stop) >/dev/null 2>&1 || true
  rm -rf "$root"
  exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

log=$root/log
run_in_root() { (cd "$root" && as_owner "$@"); }

if ! run_in_root "$bin/initdb" -D "$root/data" -U aftercare --auth=trust --encoding=UTF8 --locale=C --no-sync \
  >"$root/initdb.log" 2>&1 </dev/null; then
  cat "$root/initdb.log" >&2
  die "initdb failed"
fi

# Room for many short test databases; everything else stays at PostgreSQL's defaults.
cat >>"$root/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = '$root'
max_connections = 300
shared_buffers = 128MB
timezone = 'UTC'
log_min_messages = warning
CONF
if [ $durable = no ]; then
  cat >>"$root/data/postgresql.conf" <<CONF
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
jit = off
max_wal_size = 2GB
CONF
fi

# Ports below the ephemeral range, tried until the server gets one: a taken port makes the start fail.
port=
for _ in 1 2 3 4 5 6 7 8 9 10; do
  candidate=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
  # The server must not hold our output open, nor see the caller's terminal.
  if run_in_root "$bin/pg_ctl" -D "$root/data" -l "$log" -w -t 60 -o "-p $candidate" start >/dev/null 2>&1 </dev/null; then
    port=$candidate
    break
  fi
done
if [ -z "$port" ]; then
  tail -n 20 "$log" >&2 || true
  die "the PostgreSQL server did not start"
fi

export AFTERCARE_TEST_DATABASE_URL="postgres://aftercare@127.0.0.1:$port/postgres"
say "$("$bin/postgres" --version), durable: $durable, $AFTERCARE_TEST_DATABASE_URL"
"$@"
