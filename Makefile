# Two commands: `make demo` and `make test`. Each sets up .venv first when that is missing.
# PYTHON=/path/to/python3 picks another interpreter (3.11 or newer).

VENV := .venv
STAMP := $(VENV)/.installed
BIN := $(VENV)/bin
PYTHON ?= python3

.PHONY: demo test lint setup clean dvc.yaml

demo: $(STAMP)
	@echo "==> Building the demo with all cores; the report will be results/report/index.html"
	$(BIN)/snakemake --cores all --quiet rules host reason

test: $(STAMP)
	@echo "==> Testing: parts, in two processes"
	$(BIN)/python -m pytest tests/unit tests/architecture --numprocesses 2 --dist loadfile --no-loadscope-reorder
	@echo "==> Testing: whole workflows, in two processes"
	$(BIN)/python -m pytest tests/workflow --numprocesses 2 --dist loadscope

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/hadolint workflow/container/Dockerfile

setup: $(STAMP)

dvc.yaml: $(STAMP)
	$(BIN)/python workflow/bookkeeping/stages.py

$(STAMP): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "polytask needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1)."; \
	  echo "Install one, or name it: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@echo "==> Setting up $(VENV) with the versions in requirements.lock (once; some minutes, 6 GB)"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

# Only caches: results, provenance, logs, downloads and .venv stay.
clean:
	rm -rf .pytest_cache .ruff_cache build
	find src tests workflow benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
