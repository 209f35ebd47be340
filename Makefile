# Everything one types in this repository. Needs make and a Python of 3.11 or newer, no more.
.DEFAULT_GOAL := help
.PHONY: help up fmt check test test-unit test-deployment test-containers coverage mutants bench fuzz soak image wheel screenshots pictures openapi grafana clean release released

# An empty environment is no reason to fail.
export PATH := $(or $(PATH),/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)

# What Python compiles is kept, whatever an image says: each program would compile it anew.
export PYTHONDONTWRITEBYTECODE :=

# The first Python on this machine that is new enough.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
SETUP = $(or $(PYTHON),$(error Python 3.11 or newer is needed: install it, or name it with PYTHON=)) scripts/setup.py
RUN = .venv/bin/python -m
# File by file, the long ones of tests/acceptance first.
PARALLEL = $(RUN) pytest -n auto --dist loadfile --no-loadscope-reorder --durations 25

help:  ## Show what there is
	@sed -n 's/^\([a-z-]*\):.*## /make \1	/p' $(MAKEFILE_LIST)

up:  ## Run the whole platform here until Ctrl-C; a demo on an empty database (DEMO=0: none)
	@$(SETUP) main dashboard
	@exec env CRIER_METRICS_BIND="$${CRIER_METRICS_BIND-127.0.0.1:9464}" .venv/bin/crier up --with-parent

fmt:  ## Put all code in shape, and mend what the linters can mend
	@$(SETUP) dev node
	$(RUN) ruff check --fix-only .
	$(RUN) ruff format .
	scripts/npm run --silent format

check:  ## Format, lint, types, limits, import rules, security, unused names, known holes
	@$(SETUP) dev node
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	.venv/bin/lint-imports
	$(RUN) bandit -q -c pyproject.toml -r src
	.venv/bin/python scripts/code_limits.py
	.venv/bin/python scripts/unused.py
	$(RUN) scripts.grafana --check
	.venv/bin/python scripts/audit.py
	scripts/npm run --silent check

test:  ## Everything that proves it works, a real browser included
	@$(SETUP) dev dashboard
	@scripts/test-deps
	$(PARALLEL) --ignore tests/deployment
	scripts/npm run --silent test

test-deployment:  ## Installing, releasing, backup and recovery, nginx, several hosts
	@$(SETUP) dev dashboard
	@scripts/test-deps
	$(PARALLEL) tests/deployment

test-unit:  ## The unit tests alone, with few examples of each property: seconds
	@$(SETUP) dev
	$(RUN) pytest -q -n "$$(nproc)" -m 'not fuzz and not slow' --hypothesis-profile=quick tests/unit

test-containers:  ## Build the image and run deploy/compose in real containers (root, on Debian)
	@$(SETUP) dev
	@scripts/test-deps podman buildah runc netavark aardvark-dns iptables mmdebstrap openssl
	$(RUN) pytest -q -s -m containers tests/containers

coverage:  ## The Python tests again, slower, with the share of lines and branches that they run
	@$(SETUP) dev dashboard
	@scripts/test-deps
	$(PARALLEL) --cov --cov-report=term:skip-covered

mutants:  ## Break domain/ in one small place after the other, and tell what no unit test notices
	@$(SETUP) dev
	.venv/bin/python scripts/mutants.py

bench:  ## Measure against peers; prints figures and ratios
	@$(SETUP) dev
	$(RUN) bench

fuzz:  ## Property tests with many more examples
	@$(SETUP) dev
	$(RUN) pytest --hypothesis-profile=fuzz -m fuzz

soak:  ## Broadcasts through random kills, cuts and faults: minutes
	@$(SETUP) dev
	@scripts/test-deps
	$(RUN) pytest -q -s -m soak tests/acceptance/test_soak.py

image:  ## Build the container image, localhost/crier:latest
	docker build -f deploy/docker/Dockerfile --build-arg COMMIT=$$(git describe --always --dirty --abbrev=12) -t localhost/crier:latest .

wheel:  ## Build the wheel, dashboard and all, into dist/
	@$(SETUP) dev dashboard
	@.venv/bin/python scripts/wheel.py

release:  ## Build all of a release into dist/ (KEY=: sign with this key of ssh; IMAGE=1: the image, too)
	@$(SETUP) dev dashboard
	@.venv/bin/python scripts/release.py $(if $(IMAGE),--image) $(if $(KEY),--key $(KEY))

screenshots:  ## Renew the pictures of README and docs, from the demo in a real browser
	@$(SETUP) dev dashboard
	$(RUN) scripts.screenshots

pictures:  ## Take the pictures anew that the browser test compares key pages with
	@$(SETUP) dashboard
	CRIER_RENEW=1 scripts/npm run --silent test:pictures

openapi:  ## Write docs/openapi.json, docs/access.md and the list of refusals from the code
	@$(SETUP) dev
	.venv/bin/python scripts/openapi.py
	.venv/bin/python scripts/access_page.py
	.venv/bin/python scripts/refusals.py

grafana:  ## Write the dashboards of deploy/grafana from the code
	@$(SETUP) dev
	$(RUN) scripts.grafana

released:  ## Write down what this release asks of the database, for the next one's tests
	@$(SETUP) dev
	.venv/bin/python scripts/released.py

clean:  ## Remove what was installed and built; data in var/ stays
	rm -rf .venv dashboard/node_modules src/crier/dashboard build dist .containers bench/node_modules .mypy_cache .ruff_cache .pytest_cache \
		.hypothesis .import_linter_cache .coverage
	find src tests bench scripts -name __pycache__ -type d -prune -exec rm -rf {} +
