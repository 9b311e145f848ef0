#!/usr/bin/env bash
# Writes every generated file anew. With --check, fails when that changes one, which it then leaves changed.
#
# openapi.json is printed by the server. All other generated files are written by the test that guards them:
# a test whose path contains `golden` compares, and writes instead when UPDATE_GOLDEN=1.
set -euo pipefail
cd "$(dirname "$0")/../.."

mkdir -p openapi
check=no
[ "${1:-}" != --check ] || check=yes

# Checksums of every file that could be generated; compared, not asked of git, so that a tarball can be checked.
sums() {
  find openapi migrations tests crates \( -name node_modules -o -name .venv -o -name out -o -name target \) -prune \
    -o -type f \( -name '*.json' -o -name '*.txt' -o -name '*.snap' -o -name '*.rs' \) -exec cksum {} + 2>/dev/null | sort -k 3 || true
}

before=$(sums)
fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT
cargo run --locked --quiet --bin aftercare -- openapi >"$fresh"
if [ -s "$fresh" ]; then
  cp "$fresh" openapi/openapi.json
fi
env -u AFTERCARE_TEST_DATABASE_URL UPDATE_GOLDEN=1 cargo test --locked --quiet -p aftercare-tests golden

if [ $check = yes ]; then
  changed=$(diff <(printf '%s\n' "$before") <(sums) | sed -n 's/^[<>] [0-9]* [0-9]* //p' | sort -u)
  if [ -n "$changed" ]; then
    printf 'golden: not what the code generates; run "make golden", read the diff and commit it:\n%s\n' "$changed" >&2
    exit 1
  fi
  echo "golden: every generated file is up to date"
fi
