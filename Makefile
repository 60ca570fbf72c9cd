# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin

.PHONY: setup demo test lint bench browser screenshots crowd torture train year dictionary lock clean

setup: .venv/.done

.venv/.done: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

demo: setup
	$(BIN)/tocsin demo

browser: .venv/.browser  # a Chromium for the tests of the report: the machine's, or installed now

.venv/.browser: .venv/.done
	$(BIN)/python -m tests.browser
	touch $@

test: browser  # what counts seconds runs alone; all else by two processes
	$(BIN)/python -m pytest tests/hostile
	$(BIN)/python -m pytest -n 2 --dist worksteal --ignore tests/hostile

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: setup
	$(BIN)/python -m pytest tests/bench --override-ini addopts= -q -s --tb=short

screenshots: browser  # the README's pictures, from the demo's data
	$(BIN)/python -m tests.screenshots

torture: setup  # about 30 minutes: 200 kills, 60 failing writes and syncs
	$(BIN)/python -m tests.torture 200 60

crowd: setup  # a minute: 50 runs at once, 1,000 reads during runs
	$(BIN)/python -m tests.crowd 50 1000

year: setup  # about 20 minutes: 365 days of 100 sources by a virtual clock
	$(BIN)/python -m tests.year 365 100

GOLD ?= ../shared/gold
DAY ?= 2026-11-24
train: setup  # refits data/codebook/weights.toml to texts that people coded
	$(BIN)/python -m tests.train $(GOLD) $(DAY)

dictionary: setup  # docs/dictionary.md from the schema and the views
	$(BIN)/tocsin --home .venv schema --markdown > docs/dictionary.md

lock:  # needs uv; names no package host
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --quiet --output-file requirements.lock

clean:
	rm -rf .venv data/build reports/out .mypy_cache .ruff_cache .pytest_cache
