#!/usr/bin/env bash
# Checks the dependency rule: domain <- persistence <- api <- tests, and who may name which library.
set -euo pipefail
cd "$(dirname "$0")/../.."

failed=no
refuse() {
  printf 'layers: %s\n' "$*" >&2
  failed=yes
}

# direct CRATE EDGES: names of what CRATE itself depends on, one a line.
direct() {
  cargo tree --locked --package "$1" --depth 1 --edges "$2" --prefix none --format '{p}' |
    sed '1d; s/ .*//' | sort -u
}

# depends CRATE EDGES NAME: whether aftercare-CRATE depends directly on NAME.
depends() {
  local names
  names=$(direct "aftercare-$1" "$2")
  case $'\n'"$names"$'\n' in *$'\n'"$3"$'\n'*) ;; *) return 1 ;; esac
}

# The rules of the trade stay pure: declarations, dates and decimals, nothing that reads, waits or guesses.
domain_may="chrono chrono-tz regex rust_decimal serde serde_json thiserror utoipa uuid validator"
for name in $(direct aftercare-domain normal,build); do
  case " $domain_may " in
    *" $name "*) ;;
    *) refuse "aftercare-domain may not depend on $name (allowed: $domain_may)" ;;
  esac
done

# Reserved libraries: name, then the crates that may depend on them directly. Tests may use all of them.
while read -r name allowed; do
  for crate in domain persistence api; do
    case " $allowed " in *" $crate "*) continue ;; esac
    if depends "$crate" normal,build,dev "$name"; then
      refuse "aftercare-$crate may not depend on $name (only: $allowed, tests)"
    fi
  done
done <<'RULES'
sqlx persistence
rusqlite persistence
libsqlite3-sys persistence
actix-web api
actix-multipart api
utoipa-actix-web api
utoipa-swagger-ui api
aftercare-persistence api
aftercare-api
aftercare-tests
RULES

# What tests use must stay out of what ships.
for name in sqlx rusqlite libsqlite3-sys; do
  if depends tests normal,build "$name"; then
    refuse "aftercare-tests may depend on $name for its tests only"
  fi
done

[ $failed = no ] || exit 1
echo "layers: domain <- persistence <- api <- tests holds"
