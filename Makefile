# Two commands set everything up on a fresh machine: `make demo` and `make test`. They need Python 3.11+ and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CHAOS_SEEDS ?= 2000
CHAOS_KILLS ?= 100
LIVES_SEEDS ?= 500
export CWXERO_PROFILE ?= sandbox

.PHONY: demo ui ui-finance test browser chosen scenarios chaos lives audit check lint types validate clean

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "cwxero needs Python 3.11 or later; set PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

demo: $(READY)  ## the main job on simulated systems; DEMO_ARGS=--no-ui ends after the story
	$(BIN)/cwxero demo $(DEMO_ARGS)

ui: $(READY)  ## the Dagster UI (and, in the sandbox profile, the simulated systems)
	$(BIN)/cwxero ui

ui-finance: $(READY)  ## the same UI for finance, read-only, on port 3001 beside `make ui`
	$(BIN)/cwxero ui --read-only --port 3001

# Files go to the cores in the order of their names: sorted by their number of tests, the slow stories would come last.
test: $(READY)  ## every test that needs no browser, a file at a time on each core
	$(BIN)/python -m pytest -m "not browser" --numprocesses auto --dist loadfile --no-loadscope-reorder

browser: $(READY)  ## the tests that look at pages in headless Chromium
	$(BIN)/python -m pytest -m browser

chosen: $(READY)  ## every story once more, each with its own choice of the sandbox's switches (CWXERO_FLIPPED_SEED=n draws again)
	CWXERO_FLIPPED=chosen $(BIN)/python -m pytest tests/scenarios --numprocesses auto

scenarios: $(READY)  ## every story with every switch turned over, one at a time and all at once (hours; SWITCH=name for one)
	$(BIN)/python tests/flipped.py $(SWITCH) | while read -r switch; do echo "CWXERO_FLIPPED=$$switch"; \
		CWXERO_FLIPPED=$$switch $(BIN)/python -m pytest tests/scenarios --numprocesses auto || exit 1; done

chaos: $(READY)  ## every fault at every moment, 2,000 schedules, 100 SIGKILLs (hours; CHAOS_SEEDS=first-last for some); CHAOS_SEED=n replays one
	$(if $(CHAOS_SEED),CHAOS_SEED=$(CHAOS_SEED),CHAOS_EVERY=1 CHAOS_SEEDS=$(CHAOS_SEEDS) CHAOS_KILLS=$(CHAOS_KILLS)) \
		$(BIN)/python -m pytest tests/chaos $(if $(CHAOS_SEED),-k "seeded or random")

lives: $(READY)  ## 500 seeds of busy lives of purchase orders, one of each kind a seed (LIVES_SEEDS=first-last for some); LIVES_SEED=n replays one
	$(if $(LIVES_SEED),LIVES_SEED=$(LIVES_SEED),LIVES_SEEDS=$(LIVES_SEEDS)) $(BIN)/python -m pytest tests/payables/lives -k busy

audit: $(READY)  ## known advisories against the pinned dependencies; says so where none can be asked for
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[audit]'
	$(BIN)/python tests/advisories.py constraints.txt

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(READY)
	$(BIN)/mypy

validate: $(READY)
	$(BIN)/dagster definitions validate -w workspace.yaml

check: lint types validate audit test browser  ## what CI runs

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache
