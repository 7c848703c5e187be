# Each target does its own set-up and needs only Python 3.10 or newer.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOGS ?= logs
PORT ?= 6006
SERVE ?= 1
# Test processes; each takes up to 4 GB.
WORKERS ?= 2
# The small build of TensorFlow; TENSORFLOW=tensorflow for a GPU.
TENSORFLOW ?= tensorflow-cpu

# PyPI's Node, where the machine has none.
export PATH := $(CURDIR)/$(BIN):$(PATH)

SOURCES := $(shell find frontend/src -type f) $(wildcard frontend/*.json frontend/*.ts)

.PHONY: demo test check docs frontend build format clean compatibility fuzz benchmark-quality benchmark-speed benchmark-dashboard figures screenshots check-views

demo: $(VENV)/installed
	$(BIN)/python examples/mnist.py --logs $(LOGS)
ifeq ($(SERVE),1)
	@echo "The tab: http://localhost:$(PORT)/#actmax"
	$(BIN)/tensorboard --logdir $(LOGS) --port $(PORT)
else
	@echo "To see it: $(BIN)/tensorboard --logdir $(LOGS), then http://localhost:6006/#actmax"
endif

# The browser tests measure times, so they run alone.
test: $(VENV)/developed frontend/node_modules/installed
	$(BIN)/python tests/support/chromium.py
	cd frontend && npm test
	$(BIN)/python -m pytest -m 'not e2e' -n $(WORKERS) --dist loadfile --no-loadscope-reorder
	$(BIN)/python -m pytest -m e2e

check: $(VENV)/developed frontend/node_modules/installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	cd frontend && npm run check

format: $(VENV)/developed frontend/node_modules/installed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	cd frontend && npm run format

# Builds the site into site/. Its search needs a server:
# python3 -m http.server -d site
docs: $(VENV)/developed
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

frontend: tb_actmax/plugin/static/index.js

# Builds the sdist, and the wheel from it, into dist/.
build: $(VENV)/developed
	$(BIN)/python -m build

# Tests the wheel with each Python and TensorFlow; an hour, 10 GB of downloads.
compatibility: $(VENV)/developed
	$(BIN)/python -m benchmarks.compatibility.environments --write
	$(BIN)/python -m benchmarks.figures

# Runs each target on RUNS inputs; failing inputs are kept in .cache/fuzz.
FUZZ := .cache/fuzz
RUNS ?= 10000
fuzz: $(FUZZ)/bin/atheris_installed
	for target in event image file routes; do \
	  mkdir -p $(FUZZ)/$$target && \
	  PYTHONPATH=.:fuzz $(FUZZ)/bin/python fuzz/run.py $$target \
	    $(FUZZ)/$$target -runs=$(RUNS) -artifact_prefix=$(FUZZ)/$$target- \
	    || exit 1; \
	done

$(FUZZ)/bin/atheris_installed: pyproject.toml
	$(PYTHON) -m venv $(FUZZ)
	$(FUZZ)/bin/pip install --quiet atheris numpy pillow scipy tensorboard
	touch $@

# DEEP="--photographs FILE --colour FILE" takes photographs from files, where
# packages and keras.datasets cannot be reached.
benchmark-quality: $(VENV)/installed
	$(BIN)/python -m benchmarks.quality.images --write
	$(BIN)/python -m benchmarks.quality.deep --write $(DEEP)
	$(BIN)/python -m benchmarks.quality.deep_warm_starts --write $(DEEP)

benchmark-speed: $(VENV)/installed
	$(BIN)/python -m benchmarks.speed.ascent --write

benchmark-dashboard: $(VENV)/developed
	$(BIN)/python tests/support/chromium.py
	$(BIN)/python -m benchmarks.dashboard.tab --write

# Copies the figures that the benchmarks stored into the pages.
figures: $(VENV)/bin/python
	$(BIN)/python -m benchmarks.figures

# Takes the pictures of docs/dashboard.md over the demo's logs.
screenshots: $(VENV)/developed
	$(BIN)/python tests/support/chromium.py
	$(BIN)/python frontend/screenshots.py $(LOGS)

# Looks at every view over each log in the folder LOGS, at five widths, light
# and dark: axe, errors, what scrolls sideways. The pictures: view_shots.
check-views: $(VENV)/developed frontend/node_modules/installed
	$(BIN)/python tests/support/chromium.py
	$(BIN)/python frontend/check_views.py $(LOGS)

clean:
	rm -rf $(VENV) build dist *.egg-info frontend/node_modules tb_actmax/plugin/static

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# As a user installs it: pip builds the frontend.
$(VENV)/installed: $(VENV)/bin/python pyproject.toml setup.py $(SOURCES)
	$(BIN)/pip install --quiet -e '.[$(TENSORFLOW)]'
	touch $@

$(VENV)/developed: $(VENV)/installed
	$(BIN)/pip install --quiet -e '.[$(TENSORFLOW),dev,docs]'
	touch $@

$(VENV)/node: $(VENV)/bin/python packaging/node.py
	$(BIN)/python packaging/node.py
	touch $@

frontend/node_modules/installed: frontend/package-lock.json $(VENV)/node
	cd frontend && npm ci --no-audit --no-fund
	touch $@

tb_actmax/plugin/static/index.js: $(SOURCES) packaging/frontend_build.py $(VENV)/node
	$(BIN)/python packaging/frontend_build.py
