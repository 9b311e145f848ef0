# Everything a developer or the build machine does here is a verb below. Rust, a C compiler and make are enough
# for all but `contract`, `lint-contract` (Node, Python) and `deny` (cargo-deny).
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

CARGO ?= cargo
CONTRACT := tests/contract/tools/contract.sh
say = @printf '\n== %s\n' "$(1)"

.PHONY: help run demo test test-fast lint golden golden-check layers deny bench soak-quick contract lint-contract contract-diff check

help: ## Print the verbs (this text)
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) | while IFS=$$'\t' read -r verb help; do printf '  make %-14s %s\n' "$$verb" "$$help"; done

run: ## Build and serve a sandbox with demo data on ./data (Ctrl-C stops it)
	@mkdir -p data
	AFTERCARE_DATABASE_URL="$${AFTERCARE_DATABASE_URL:-sqlite://data/aftercare.db}" \
		$(CARGO) run --locked --bin aftercare -- serve --sandbox

demo: ## Walk the main job, step by step, against a server of its own (or against URL=http://…)
ifdef URL
	$(CARGO) run --locked --bin aftercare -- demo --url "$(URL)"
else
	tests/support/sandbox.sh bash -c 'aftercare demo --url "$$SANDBOX_URL"'
endif

test: test-fast ## Run every test on both engines (AFTERCARE_TEST_PG=skip leaves PostgreSQL out)
	$(call say,the same server tests on PostgreSQL)
	tests/support/postgres.sh $(CARGO) test --locked -p aftercare-tests

test-fast: ## Run every test on the embedded database only
	$(call say,all tests on the embedded database)
	env -u AFTERCARE_TEST_DATABASE_URL $(CARGO) test --locked --workspace

lint: ## Check formatting and clippy, warnings as errors
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings

golden: ## Write openapi.json, operations.txt, schema.txt and snapshots anew: read the diffs, they are the change
	tests/support/golden.sh

golden-check: ## Fail when a generated file is not what the code generates
	tests/support/golden.sh --check

layers: ## Check which crate may depend on what
	tests/support/layers.sh

deny: ## Check advisories, licences, bans and sources (needs cargo-deny)
	$(CARGO) deny --config .deny.toml check

bench: ## Measure against the limits of the machine (release build, durable PostgreSQL)
	tests/support/postgres.sh --durable $(CARGO) bench --locked -p aftercare-tests --bench bench

soak-quick: ## Kill and restart the server for a few minutes: nothing acknowledged may be lost
	tests/support/postgres.sh --durable $(CARGO) bench --locked -p aftercare-tests --bench soak -- --quick

contract: ## Lint, client types and fuzzing of the API (installs its Node and Python tools)
	$(CONTRACT) all

lint-contract: ## Lint openapi.json only (Redocly and Spectral)
	$(CONTRACT) lint

contract-diff: ## List breaking changes of openapi.json since the last release tag
	$(CONTRACT) diff

check: ## Do what the build machine does
	.ci/run
