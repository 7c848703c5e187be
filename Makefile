# Each target does all its own set-up; nothing but Python 3.10+ is needed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOGS ?= logs
PORT ?= 6006
SERVE ?= 1
# Processes that run tests; each takes up to 4 GB.
WORKERS ?= 2
# The small build of TensorFlow; TENSORFLOW=tensorflow for a GPU.
TENSORFLOW ?= tensorflow-cpu

SOURCES := $(shell find frontend/src -type f) $(wildcard frontend/*.json frontend/*.ts)

.PHONY: demo test check docs frontend build format clean reproducible compatibility fuzz benchmark-quality benchmark-speed benchmark-dashboard screenshots

demo: $(VENV)/installed
	$(BIN)/python examples/mnist.py --logs $(LOGS)
ifeq ($(SERVE),1)
	@echo "The tab: http://localhost:$(PORT)/#actmax"
	$(BIN)/tensorboard --logdir $(LOGS) --port $(PORT)
else
	@echo "To see it: $(BIN)/tensorboard --logdir $(LOGS), then http://localhost:6006/#actmax"
endif

test: $(VENV)/developed frontend/node_modules/installed
	cd frontend && npm test
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --ignore tests/e2e
	$(BIN)/python -m pytest tests/e2e  # by themselves: they look at times

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

# The site, into site/: open site/index.html, or, to search in it too, serve
# it: python3 -m http.server -d site.
docs: $(VENV)/developed
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

frontend: tb_actmax/plugin/static/index.js

build: $(VENV)/developed
	$(BIN)/python -m build

# Two builds of sdist and wheel, compared byte by byte.
reproducible: $(VENV)/developed
	$(BIN)/python packaging/reproducible.py

# The wheel on each Python and TensorFlow at hand; an hour, and 10 GB of wheels.
compatibility: $(VENV)/developed
	$(BIN)/python packaging/compatibility.py --write

# RUNS inputs for each target; what fails is left in .cache/fuzz.
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

benchmark-quality: $(VENV)/installed
	$(BIN)/python benchmarks/quality.py

benchmark-speed: $(VENV)/installed
	$(BIN)/python benchmarks/speed.py

benchmark-dashboard: $(VENV)/developed
	$(BIN)/python benchmarks/dashboard.py

# The pictures of docs/dashboard.md, over the demo's logs.
screenshots: $(VENV)/developed
	$(BIN)/python frontend/screenshots.py $(LOGS)

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

frontend/node_modules/installed: frontend/package-lock.json
	cd frontend && npm ci --no-audit --no-fund
	touch $@

tb_actmax/plugin/static/index.js: $(SOURCES) packaging/frontend_build.py
	$(PYTHON) packaging/frontend_build.py
