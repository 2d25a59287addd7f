# `make` alone lists what can be made. Needs Python >= 3.10 and make; the rest is installed into .venv and node_modules.

PYTHON ?= python3
# The versions that jsii and the CDK CLI take and that are still maintained.
NODE_VERSIONS := 22 24

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

# Tools of this repository first: `node` and `cdk` are looked up by name by jsii, by the CDK CLI and by the tests.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# One stamp per Python version, so that `make PYTHON=python3.12 test` makes the environment anew.
PYTHON_VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
PYTHON_READY := .venv/.ready-$(PYTHON_VERSION)
NODE_READY := .venv/.ready-node
CDK_READY := node_modules/.package-lock.json
ENVIRONMENT := $(PYTHON_READY) $(NODE_READY) $(CDK_READY)

SITE := build/site
DOCS := build/docs-environment
DOCS_READY := $(DOCS)/.ready

# Suites that load neither CDK nor Node and take about a minute. Most of tests/local and tests/cli need neither, but take longer.
PURE := $(wildcard tests/language tests/iam tests/review tests/templates tests/capacity tests/team tests/test_architecture.py tests/cli/test_smpipe.py tests/cli/test_check.py tests/cli/test_watching.py \
  tests/test_requirements.py tests/test_suite.py)

XGBOOST := constructs/cdk_sagemaker_pipelines/local/container/xgboost/requirements
LOCK := uv pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-annotate \
  --custom-compile-command "make lock"

.PHONY: help install demo test check lint format bench mutants generate goldens docs docs-zensical pages lock wheel clean distclean

help:  ## list what can be made
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

install: $(ENVIRONMENT)  ## install what the rest needs, which they do themselves as well

demo: $(ENVIRONMENT)  ## deploy the example to a local AWS and watch it run
	@smpipe demo

test: $(ENVIRONMENT) lint  ## run lint, types and all tests but the long ones
	@python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

check: $(PYTHON_READY) $(NODE_READY) lint  ## lint, types, architecture and quick suites that load no CDK
	@python -m pytest --quiet --numprocesses auto --dist loadfile -m "not slow and not long" $(PURE) $(PYTEST_ARGS)

lint: $(PYTHON_READY)
	@ruff check --quiet
	@ruff format --check --quiet
	@mypy

format: $(PYTHON_READY)  ## format, and mend what ruff can mend
	@ruff check --quiet --fix
	@ruff format --quiet

bench: $(ENVIRONMENT)  ## measure synthesis, `smpipe check` and `draw`, local executions and the console (many minutes)
	@python -m benchmarks.synthesis
	@python -m benchmarks.checking
	@python -m benchmarks.drawing
	@python -m benchmarks.engine
	@python -m benchmarks.local_runs
	@python -m benchmarks.authorization
	@python -m benchmarks.enforcement
	@python -m benchmarks.console

mutants: $(PYTHON_READY)  ## break the checker's rules one change at a time; the tests must notice (most of an hour)
	@python -m scripts.mutate_rules $(MODULES)

generate: $(PYTHON_READY)  ## write anew what is generated from botocore's service model, cfn-lint's registries and the steps' fields
	@python -m scripts.generate

goldens:  ## write tests/goldens anew with the SageMaker SDK, in an environment of its own
	@tests/goldens/make.sh

docs: $(DOCS_READY) pages  ## build the documentation site into build/site/html
	@NO_MKDOCS_2_WARNING=1 PATH="$(CURDIR)/$(DOCS)/bin:$$PATH" $(DOCS)/bin/mkdocs build --quiet --strict --config-file $(SITE)/mkdocs.yml
	@python -m scripts.site.rendered $(SITE)/html

docs-zensical: $(DOCS_READY) pages  ## build it with Zensical, which follows MkDocs
	@PATH="$(CURDIR)/$(DOCS)/bin:$$PATH" $(DOCS)/bin/zensical build --clean --strict --config-file $(SITE)/mkdocs.yml
	@python -m scripts.site.rendered $(SITE)/html

pages: $(PYTHON_READY)
	@rm -rf $(SITE)
	@PYTHONPATH=constructs python -m scripts.site $(SITE)

lock:  ## write requirements*.txt anew, with hashes (with the uv that `make install` brings)
	@$(LOCK) pyproject.toml --extra local --group dev --output-file requirements.txt
	@$(LOCK) --group node --output-file requirements-node.txt
	@$(subst 3.10,3.11,$(LOCK)) --group docs --output-file requirements-docs.txt  # which Material needs
	@$(LOCK) $(XGBOOST).in --output-file $(XGBOOST).txt
	@for sdk in 2 3; do $(LOCK) tests/goldens/sdk-$$sdk.in --output-file tests/goldens/sdk-$$sdk.txt; done

wheel: $(PYTHON_READY)  ## build dist/*.whl and dist/*.tar.gz
	@rm -rf dist
	@python -m build --no-isolation --outdir dist .

clean:  ## remove what was built
	@rm -rf build dist cdk.out .cdk.staging .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -not -path './.venv/*' -not -path './node_modules/*' -prune -exec rm -rf {} +

distclean: clean  ## remove the environments as well
	@rm -rf .venv node_modules

# Nothing is installed from elsewhere but the very files that requirements*.txt names, and nothing of it is built here.
# (Intel Macs have to build one: make WHEELS= )
WHEELS ?= --only-binary :all:
INSTALL := .venv/bin/python -m pip install --quiet --quiet

$(PYTHON_READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || { \
	  echo "this needs python >= 3.10, but '$(PYTHON)' is $$($(PYTHON) --version 2>&1 || true); try: make PYTHON=python3.12" >&2; exit 1; }
	@if [ -e .venv ] && ! grep -qs '^version *= *$(PYTHON_VERSION)\.' .venv/pyvenv.cfg; then rm -rf .venv; fi
	@[ -x .venv/bin/python ] || { echo "creating .venv with python $(PYTHON_VERSION)"; $(PYTHON) -m venv .venv; }
	@echo "installing requirements.txt into .venv (some minutes the first time)"
	@$(INSTALL) --require-hashes $(WHEELS) --requirement requirements.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@rm -f .venv/.ready-3*
	@touch $@

$(DOCS_READY): requirements-docs.txt $(PYTHON_READY)
	@echo "installing requirements-docs.txt into $(DOCS)"
	@.venv/bin/python -m venv --clear $(DOCS)
	@$(subst .venv,$(DOCS),$(INSTALL)) --require-hashes $(WHEELS) --requirement requirements-docs.txt
	@touch $@

# Debian ships node without npm.
$(NODE_READY): $(PYTHON_READY) requirements-node.txt
	@major=$$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || true); \
	if [[ " $(NODE_VERSIONS) " != *" $${major:-none} "* ]] || ! command -v npm >/dev/null; then \
	  echo "installing Node into .venv ($${major:+this machine has $$major, }jsii takes $(NODE_VERSIONS))"; \
	  $(INSTALL) --require-hashes $(WHEELS) --requirement requirements-node.txt; \
	fi
	@touch $@

# Many companies' proxies sign with an authority that the system knows and Node, unlike pip, does not ask it for.
$(CDK_READY): package.json package-lock.json $(NODE_READY)
	@echo "installing the CDK CLI into node_modules"
	@NODE_USE_SYSTEM_CA=1 npm ci --loglevel error --no-audit --no-fund >/dev/null
	@ln -sf ../../node_modules/.bin/cdk .venv/bin/cdk
	@touch $@
