# One word for each thing that one does here. `make help` lists them.
# Everything runs in $(VENV), which the first target that needs it sets up from the locks: versions
# and hashes, no address of any package index.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3.11
VENV ?= .venv
BIN := $(VENV)/bin
COMPANY ?=
ARGS ?=
SELECT ?= state:modified+
PORT ?= 3000
WORKERS ?= 2
SCALE ?= S
SQL ?= dbt_project/models dbt_project/tests/singular
MODEL ?= fct_account_health
COMPANY_OPTION := $(if $(COMPANY),--company "$(COMPANY)")
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: help setup setup-dev refresh test test-quick verify dev compare dagster lint pages docs bench bench-companies ticks replay faults histories mutants sbom lock clean

help: ## List what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' \
	    | column -t -s '|'

setup: $(VENV)/.ready ## Install what a refresh needs (the other targets do it themselves)

setup-dev: $(VENV)/.ready-dev ## Install what tests, linters and the web interface need

refresh: $(VENV)/.ready ## Land, build, check, publish. COMPANY=folder ARGS="--as-of 2025-06-30"
	@$(BIN)/health refresh $(COMPANY_OPTION) $(ARGS)

test: $(VENV)/.ready-dev ## Run the tests. ARGS="-k publish" WORKERS=2
	@echo "== tests, in $(WORKERS) processes; the slowest with their time in the end"
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup --no-loadscope-reorder --durations=20 $(ARGS)

test-quick: $(VENV)/.ready-dev ## Run the tests that build nothing, in a minute. ARGS="-k scorecard"
	@echo "== tests without a build, in $(WORKERS) processes"
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup tests/unit tests/conventions $(ARGS)

verify: $(VENV)/.ready ## Compare the last audited build with a full rebuild of the same loads
	@$(BIN)/health verify $(COMPANY_OPTION) $(ARGS)

dev: $(VENV)/.ready ## Build changed models in dev.duckdb, never publishing. SELECT="stg_tickets+"
	@$(BIN)/health dev $(COMPANY_OPTION) --select "$(SELECT)" -- $(ARGS)

compare: $(VENV)/.ready ## Compare dev with the last published version. MODEL=fct_account_health
	@$(BIN)/health compare $(COMPANY_OPTION) $(MODEL) $(ARGS)

dagster: $(VENV)/.ready-dev ## Start Dagster's web interface and schedules on 127.0.0.1. PORT=3000
	@$(BIN)/health dagster $(COMPANY_OPTION) --port $(PORT)

lint: $(VENV)/.ready-dev ## Run the linters for Python (and its types), YAML and SQL, and look for secrets
	@echo "== ruff"
	@$(BIN)/ruff check .
	@echo "== mypy"
	@$(BIN)/mypy
	@echo "== yamllint"
	@$(BIN)/yamllint --strict .
	@echo "== detect-secrets: no key or password in any file that is in git, or about to be"
	@git ls-files -z --cached --others --exclude-standard \
	    | xargs -0 -n 250 -P 2 $(BIN)/detect-secrets-hook -n --baseline .secrets.baseline
	@echo "== sqlfluff (compiles every model: some minutes). SQL=dbt_project/models/marts for a part"
	@HEALTH_BUILD_FILE=:memory: GENERATED_MODELS=generated/none \
	    $(BIN)/sqlfluff lint --disable-progress-bar $(SQL)

pages: $(VENV)/.ready-dev ## Write the pages that follow from catalogue, models and tests
	@echo "== dbt_project/docs: indicators.md, README.md, marts.md, restricted.md; staging's properties"
	@$(BIN)/python -m orchestration.pages.indicator_page
	@$(BIN)/python -m orchestration.pages.marts_page
	@$(BIN)/python -m orchestration.pages.restricted_page
	@$(BIN)/python -m orchestration.pages.staging_properties

docs: pages ## Write the generated pages, and dbt's documentation to target/
	@echo "== dbt docs (from the last audited build)"
	@cd dbt_project && source ./dev.env && "$(abspath $(BIN))/dbt" docs generate --static

bench: $(VENV)/.ready-dev ## Measure a generated company against other ways to its figures. SCALE=S|M|L ARGS="--only limit,project"
	@$(BIN)/python -m benchmarks.scale --scale $(SCALE) $(ARGS)

bench-companies: $(VENV)/.ready-dev ## Measure full refreshes of folders. ARGS="seeds/companies/office_software other/folder"
	@$(BIN)/python -m benchmarks $(or $(ARGS),seeds/companies/office_software)

ticks: $(VENV)/.ready-dev ## Leave Dagster running while days land, and break it (half an hour). ARGS="--minutes 2"
	@$(BIN)/python -m benchmarks.ticks $(ARGS)

faults: $(VENV)/.ready-dev ## Kill refreshes at random moments, a thousand (an hour). ARGS="--kills 100"
	@$(BIN)/python -m tests.faults $(ARGS)

histories: $(VENV)/.ready-dev ## Refresh invented histories in every way that must make no difference (hours). ARGS="--histories 1000"
	@$(BIN)/python -m tests.properties $(ARGS)

mutants: $(VENV)/.ready-dev ## Change the scoring SQL in hundreds of ways: do the unit tests notice? (minutes) ARGS=models/actions
	@$(BIN)/python -m tests.mutants $(ARGS)

sbom: $(VENV)/.ready-dev ## Write sbom/: what the project is made of, and the licences
	@echo "== sbom: sbom.cdx.json, licences.csv"
	@$(BIN)/python -m sbom

replay: $(VENV)/.ready-dev ## Replay both samples day by day through the raw gate: nothing may block
	@$(BIN)/python -m benchmarks.replay_days $(ARGS)

lock: ## Resolve the locks again (needs uv on the PATH)
	@echo "== requirements.lock, then requirements-dev.lock with the same versions"
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url pyproject.toml -o requirements.lock
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url pyproject.toml --extra web --extra test \
	    -c requirements.lock -o requirements-dev.lock

clean: ## Remove caches and dev files; published versions, archived loads and the venv stay
	@echo "== removing caches, dbt targets and dev files"
	@rm -rf dbt_project/target dbt_project/logs .pytest_cache .ruff_cache .mypy_cache .hypothesis
	@rm -rf state/*/target state/*/target_dev state/*/logs state/*/dev.duckdb*
	@find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@echo "== a virtual environment in $(VENV)"
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not installed; this project needs \
	Python 3.11 (another command: make PYTHON=...)" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "== packages for a refresh (about a minute, once)"
	@$(PIP) install --require-hashes --no-deps -r requirements.lock \
	    | { grep -E '^(Collecting|Installing|Successfully)' || true; } | cut -c 1-100
	@echo "== this package, editable"
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.ready-dev: requirements-dev.lock $(VENV)/.ready
	@echo "== packages for tests, linters and the web interface (about a minute, once)"
	@$(PIP) install --require-hashes --no-deps -r requirements-dev.lock \
	    | { grep -E '^(Collecting|Installing|Successfully)' || true; } | cut -c 1-100
	@touch $@
