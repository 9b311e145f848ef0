#!/usr/bin/env bash
# The contract as outsiders see it: linters, generated client types, breaking changes and a fuzzer.
#
#   contract.sh all         lint, client, then fuzz against a sandbox of its own
#   contract.sh lint        Redocly and Spectral on openapi/openapi.json
#   contract.sh client      generate TypeScript types and check them strictly
#   contract.sh diff [OLD]  breaking changes since OLD (default: the document of the last tag)
#   contract.sh fuzz        Schemathesis: two seeds, then two users who must not see each other's objects
#   contract.sh selftest    show that every house rule fires
#
# Tools are installed beside this file, in folders git ignores. Needs Python 3.10 with venv; Node 20.19 is used
# when installed and comes from PyPI otherwise. FUZZ_EXAMPLES (20) and FUZZ_SEEDS ("20260721 7") tune the fuzzer.
set -euo pipefail
cd "$(dirname "$0")"
tools=$PWD
repository=$(cd ../../.. && pwd)
document=$repository/openapi/openapi.json
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true

say() { printf '\n== %s\n' "$*"; }

install_python() {
  if ! .venv/bin/python -c '' 2>/dev/null; then
    if ! python3 -m venv --clear .venv 2>/dev/null; then
      if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "contract: Python 3.10 with venv is needed (apt-get install python3-venv)" >&2
        exit 1
      fi
      apt-get update -qq
      DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv
      python3 -m venv --clear .venv
    fi
  fi
}

# Schemathesis, only when the fuzzer is wanted.
install_fuzzer() {
  install_python
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
}

new_enough() {
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null &&
    command -v npm >/dev/null
}

install_node() {
  export PATH="$tools/node_modules/.bin:$PATH"
  if ! new_enough; then
    install_python
    export PATH="$tools/.venv/bin:$PATH"
    new_enough || .venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements-node.txt
  fi
  if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    npm ci --ignore-scripts --no-audit --no-fund
    touch node_modules/.package-lock.json
  fi
}

need_document() {
  [ -s "$document" ] || { echo "contract: openapi/openapi.json is missing; run \"make golden\"" >&2; exit 1; }
}

lint() {
  need_document
  install_node
  say "Redocly"
  redocly lint "$document" --config redocly.yaml
  say "Spectral"
  spectral lint "$document" --ruleset .spectral.yaml --fail-severity warn
}

client() {
  need_document
  install_node
  say "TypeScript types"
  mkdir -p out
  openapi-typescript "$document" --root-types --root-types-no-schema-prefix --output out/client.d.ts
  tsc --project .
}

difference() {
  need_document
  install_node
  local old=${1:-} tag
  if [ -z "$old" ]; then
    tag=$(git -C "$repository" describe --tags --abbrev=0 2>/dev/null) || { echo "no tag yet: nothing to compare with"; return; }
    mkdir -p out
    old=out/released.json
    git -C "$repository" show "$tag:openapi/openapi.json" >"$old"
    say "breaking changes since $tag"
  fi
  node diff.cjs "$old" "$document" accepted.txt
}

# run_fuzzer NAME CONFIG ARGUMENT...: one run of Schemathesis; its failure is kept for the end.
failed=()
run_fuzzer() {
  local name=$1 config=$2
  shift 2
  say "fuzzer: $name"
  .venv/bin/schemathesis --config-file "$config" run "$SANDBOX_URL/openapi.json" \
    --checks all --phases examples,coverage,fuzzing,stateful --mode all --max-examples "${FUZZ_EXAMPLES:-20}" \
    --report junit,har --report-dir "out/$name" "$@" || failed+=("$name")
}

# What ends sessions or starts the world over would cut the other runs short: it is tried last, by itself.
ends_the_world='^/v1/(sandbox/.*|auth/(logout|password))$'

fuzz_here() {
  local seed
  .venv/bin/python prepare.py
  for seed in ${FUZZ_SEEDS:-20260721 7}; do
    run_fuzzer "seed-$seed" schemathesis.toml --seed "$seed" --exclude-path-regex "$ends_the_world"
  done
  .venv/bin/python prepare.py
  FUZZ_UNKNOWN_ONLY=1 run_fuzzer two-users schemathesis-two-users.toml --exclude-path-regex "$ends_the_world"
  run_fuzzer last schemathesis.toml --include-path-regex "$ends_the_world"
  if [ ${#failed[@]} -gt 0 ]; then
    echo "contract: the fuzzer found something in: ${failed[*]} (reports in tests/contract/tools/out)" >&2
    exit 1
  fi
}

fuzz() {
  install_fuzzer
  mkdir -p out
  SANDBOX_LOG="$tools/out/server.log" "$repository/tests/support/sandbox.sh" "$tools/contract.sh" fuzz-here
}

case "${1:-}" in
  all)
    lint
    client
    fuzz
    ;;
  lint) lint ;;
  client) client ;;
  diff) difference "${2:-}" ;;
  fuzz) fuzz ;;
  fuzz-here) fuzz_here ;;
  selftest)
    install_node
    node selftest/spoil.mjs
    ;;
  *)
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
