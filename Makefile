# Everything this project can do, one word each. Needs make and Python >= 3.11, nothing else: the first target that
# needs them installs the locked dependencies into .venv (requirements/runtime.txt to run, development.txt for the rest).

.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help install run test test-slow test-night check eval score-polling bench pictures docs docs-site docs-commands supply licences audit sbom schemas lock clean FORCE

PYTHON ?=
CANDIDATES := $(if $(PYTHON),$(PYTHON),python3 python3.14 python3.13 python3.12 python3.11 python)
PY := .venv/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --no-input
SIZE ?= full
DATA ?= ../shared/data
# Processes that test. Quick tests wait a third of their time, so three fill two cores; slow ones start programs of their own.
WORKERS ?=
PYTEST_ARGS ?=
CASES ?=
# COVERAGE=yes measures while testing; .ci/run combines what several runs measured.
# Kept translated: a machine that keeps none reads every source anew in each of the hundreds of processes that the tests start.
unexport PYTHONDONTWRITEBYTECODE
PYTEST := $(PY) -m $(if $(COVERAGE),coverage run -m )pytest

define HELP
make install     install everything for development into .venv
make run         run the bot with config.toml; without that file, show the demo (no network, no tokens)
make test        the quick suite, under five minutes on two cores
make test-slow   what takes longer: real processes, crashes, large inputs
make test-night  full sweeps
make check       lint, format, types, the arrows between rooms, the files in deploy/
make eval        judge the product's answers against data with known answers (DATA=../shared/data)
make score-polling   fifty checks of how the poller treats servers, a line each
make bench       measure speed and memory; SIZE=small takes a minute, SIZE=full is the default; CASES="rules poll" those alone
make pictures    draw the pictures of the README and docs/chat.md (the chats' need Chromium)
make docs        check that the documentation is complete and its links lead somewhere
make docs-site   the documentation as pages in build/site; a link that leads nowhere fails
make docs-commands   write docs/commands.md and docs/rights.md as the table of commands has them
make catalogue   bring the translations up to what the code says, and compile them
make supply      licences, known vulnerabilities, the SBOM, deploy/ against its schemas: the four below, one after the other
make licences    every runtime dependency has a licence of the list
make audit       no locked release has a known vulnerability, where the index has the data
make sbom        write dist/watchlamp.cdx.json, what the program is made of (CycloneDX)
make schemas     the manifest, the composition and the queries in deploy/ against their schemas
make lock        resolve the dependencies again; UPGRADE=yes takes newer releases
make clean       remove what the other targets made, .venv included

Settings: PYTHON=/path/to/python3.12  PYTEST_ARGS="-k word"  WORKERS=1  COVERAGE=yes
endef

help:
	$(info $(HELP))
	@:

install: .venv/.development
	@echo "Everything is in .venv; '. .venv/bin/activate' puts watchlamp on this shell's path."

# ---------------------------------------------------------------- the environment

# .venv/.made holds the folder it was made in: a virtual environment does not survive being moved, nor the removal
# of the Python it was made from. It is made anew in both cases.
INTACT := $(shell test "$$(cat .venv/.made 2>/dev/null)" = "$(CURDIR)" && $(PY) -c '' 2>/dev/null && echo yes)

.venv/.made: $(if $(INTACT),,FORCE)
	@for python in $(CANDIDATES); do \
	    if "$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	        echo "making .venv with $$("$$python" --version)" && "$$python" -m venv --clear .venv && echo "$(CURDIR)" > $@ && exit 0; \
	        echo "The virtual environment .venv could not be made; the lines above say why." >&2; exit 1; \
	    fi; \
	done; \
	echo "Watchlamp needs Python 3.11 or newer with its venv module (on Debian and Ubuntu: the package python3-venv)." >&2; \
	echo "Tried without success: $(CANDIDATES). Name one like this: make PYTHON=/path/to/python3.12" >&2; \
	exit 1

.venv/.runtime: .venv/.made requirements/runtime.txt pyproject.toml
	@echo "installing what the bot needs (requirements/runtime.txt)"
	@$(PIP) install -qq --require-hashes --requirement requirements/runtime.txt
	@$(PIP) install -qq --no-index --no-deps --no-build-isolation --editable .
	@touch $@

# Development holds the same releases as runtime and more, so it satisfies both stamps.
.venv/.development: .venv/.made requirements/development.txt pyproject.toml
	@echo "installing what development needs (requirements/development.txt)"
	@$(PIP) install -qq --require-hashes --requirement requirements/development.txt
	@$(PIP) install -qq --no-index --no-deps --no-build-isolation --editable .
	@touch .venv/.runtime $@

# uv lives in a throw-away environment of its own: it is a tool for locking, never something the project runs on.
# Runtime is resolved under the pins of development, so that installing one after the other changes nothing.
RESOLVE = .venv/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
    --no-annotate --no-emit-index-url --no-emit-find-links $(if $(UPGRADE),--upgrade)
COMPILE = $(RESOLVE) --extra postgresql --extra apprise --extra hosted pyproject.toml

# Tools that look at what was made live apart, so that nothing of ours has to agree with what they need.
.venv/supply/.made: .venv/.made requirements/supply.txt
	@echo "installing what looks at the supply chain (requirements/supply.txt)"
	@$(PY) -m venv --clear .venv/supply
	@.venv/supply/bin/python -m pip --disable-pip-version-check --no-input install -qq --require-hashes --requirement requirements/supply.txt
	@touch $@

# What is shipped and nothing else: the wheel and the runtime lock. The SBOM is made of this.
.venv/shipped/.made: .venv/.made requirements/runtime.txt pyproject.toml
	@$(PY) -m venv --clear .venv/shipped
	@.venv/shipped/bin/python -m pip --disable-pip-version-check --no-input install -qq --require-hashes --requirement requirements/runtime.txt
	@.venv/shipped/bin/python -m pip --disable-pip-version-check --no-input install -qq --no-index --no-deps --no-build-isolation .
	@touch $@

lock: .venv/.made
	@$(PY) -m venv --clear .venv/lock
	@.venv/lock/bin/python -m pip install --quiet --disable-pip-version-check uv
	@$(COMPILE) --group dev --output-file requirements/development.txt
	@$(COMPILE) --group build --constraint requirements/development.txt --output-file requirements/runtime.txt
	@$(RESOLVE) --group supply --output-file requirements/supply.txt
	@rm -rf .venv/lock
	@echo "requirements/ is resolved anew; read the difference before you commit it"

catalogue: .venv/.development
	@$(PY) .ci/catalogue.py

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage .coverage.*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ---------------------------------------------------------------- the bot

run: .venv/.runtime
	@if [ -f config.toml ]; then exec .venv/bin/watchlamp run -c config.toml; else exec .venv/bin/watchlamp demo; fi

# ---------------------------------------------------------------- proofs

test: .venv/.development
	$(PYTEST) -m "not slow and not night" -n $(or $(WORKERS),3) $(PYTEST_ARGS)

test-slow: .venv/.development
	$(PYTEST) -m "slow and not night" -n $(or $(WORKERS),2) $(PYTEST_ARGS)

test-night: .venv/.development
	$(PYTEST) -m night -n $(or $(WORKERS),2) --timeout 3600 $(PYTEST_ARGS)

check: .venv/.development
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	.venv/bin/lint-imports --no-logo
	$(PY) -m pytest -q tests/project/test_deploy.py

docs: .venv/.development
	$(PY) -m pytest -q tests/project/test_docs.py tests/project/test_blocks.py tests/project/test_troubleshooting.py tests/config/test_shipped_files.py tests/outbox/test_docs.py

docs-site: .venv/.development
	$(PY) -m sphinx -q -W --keep-going -b html -d build/doctrees docs build/site
	@echo "open build/site/index.html"

docs-commands: .venv/.runtime
	$(PY) -m bot.commands.document docs

supply: licences audit sbom schemas

licences: .venv/.development
	@$(PY) .ci/supply.py licences

audit: .venv/supply/.made
	@.venv/supply/bin/python .ci/supply.py audit

sbom: .venv/supply/.made .venv/shipped/.made
	@mkdir -p dist
	@.venv/supply/bin/python .ci/supply.py sbom dist/watchlamp.cdx.json .venv/shipped/bin/python

schemas: .venv/supply/.made
	@.venv/supply/bin/python .ci/supply.py schemas

eval: .venv/.development
	@test -d "$(DATA)" || { echo "There is no data with known answers at $(DATA); name its folder: make eval DATA=/path" >&2; exit 1; }
	@set -e; for script in $(wildcard benchmarks/eval*.py); do echo "--- $$script"; $(PY) "$$script" "$(DATA)"; done

score-polling: .venv/.development
	@$(PY) -m pytest tests/scoring --score -q --no-header --tb=line -p no:cacheprovider

bench: .venv/.development
	$(PY) benchmarks/bench.py --size $(SIZE) $(if $(CASES),--only $(CASES))

pictures: .venv/.development
	$(PY) benchmarks/pictures.py
