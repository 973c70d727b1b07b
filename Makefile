# Every target uses one virtual environment, .venv, with the versions pinned in constraints.txt.
# It is built anew only when pyproject.toml or constraints.txt has changed.

PYTHON ?= python3# the interpreter that .venv is made from, 3.11 or newer
ARGS ?=#           options of a study, a verdict or claims
PYTEST_ARGS ?=#    options for pytest
ACCELERATOR ?=#    extras that `make accelerator` needs here: cuda13, cuda12 or tpu, and bench for PyTorch: cuda13,bench
UPGRADE ?=#        --upgrade lets `make constraints` move the pins it already has

VENV_PYTHON := .venv/bin/python
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup study verdict claims accelerator test format docs notebook constraints clean
.DELETE_ON_ERROR:

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

setup: .venv/.installed-study ## make .venv with what a study needs

study: .venv/.installed-study ## set up, then run the study: make study ARGS="--trials 50"
	$(VENV_PYTHON) experiments/search.py $(ARGS)

verdict: .venv/.installed-study ## set up, then answer which regularization is best: make verdict ARGS="--lang ko"
	$(VENV_PYTHON) experiments/verdict.py $(ARGS)

claims: .venv/.installed-study ## set up, then measure the statements of the study's text: make claims ARGS="--only 8"
	$(VENV_PYTHON) experiments/claims.py $(ARGS)

accelerator: .venv/.installed-accelerator-$(ACCELERATOR) ## set up, then measure a GPU or TPU: make accelerator ACCELERATOR=cuda13,bench
	$(VENV_PYTHON) experiments/benchmark.py --only accelerator $(ARGS)

# Tests wait for events; JAXREG_TEST_PATIENCE=3600 make test: the seconds after which a test that hangs is ended.
test: .venv/.installed-test ## set up, then lint, check format and types, and run every test
	$(VENV_PYTHON) -m ruff check
	$(VENV_PYTHON) -m ruff format --check
	$(VENV_PYTHON) -m mypy
	$(VENV_PYTHON) -m pytest -n auto --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

format: .venv/.installed-test ## set up, then put the code into the format that `make test` wants
	$(VENV_PYTHON) -m ruff check --fix
	$(VENV_PYTHON) -m ruff format

# What `import jaxreg` leaves to be imported on demand is there for pdoc once it has been asked for.
API := core data methods methods.method methods.comparison methods.compose nn stats trained verdict.answer claims
docs: .venv/.installed-docs ## set up, then make pages of the docstrings: docs/api/index.html
	$(VENV_PYTHON) -c 'from jaxreg import *; from pdoc.__main__ import cli; cli()' jaxreg $(API:%=jaxreg.%) \
		--docformat google --output-directory docs/api

notebook: .venv/.installed-test ## set up, then make examples/*.ipynb of the scripts beside them
	$(VENV_PYTHON) -m jupytext --update --to ipynb examples/*.py

# One resolution for every extra, Python and platform. torch is not the newest: it is the release to compare with.
# hatchling and uv are what a set-up itself uses.
constraints: .venv/.created ## renew constraints.txt after a change of pyproject.toml (UPGRADE=--upgrade: newer pins)
	printf '%s\n' 'torch==2.13.0' 'hatchling>=1.27,<2' 'uv' | $(VENV_PYTHON) -m uv pip compile pyproject.toml - \
		--quiet --universal --python-version 3.11 --fork-strategy fewest --all-extras $(UPGRADE) \
		--no-header --no-annotate --output-file constraints.txt
	@{ \
		echo '# The exact versions of everything that jaxreg and its extras install, direct or not: one set that holds'; \
		echo '# on Python 3.11, 3.12 and 3.13, on Linux, macOS and Windows. Install with: pip install -c constraints.txt -e .'; \
		echo '# Written by `make constraints`; edit pyproject.toml and run that rather than editing here.'; \
		cat constraints.txt; \
	} > .venv/constraints.new
	@mv .venv/constraints.new constraints.txt

clean: ## remove .venv, caches and build output; runs/ is kept
	rm -rf .venv build dist docs/api *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find jaxreg experiments tests -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.installed-study: EXTRAS :=
.venv/.installed-test: EXTRAS := [dev]
.venv/.installed-docs: EXTRAS := [docs]
.venv/.installed-accelerator-$(ACCELERATOR): EXTRAS := $(if $(ACCELERATOR),[$(ACCELERATOR)])

.venv/.created: pyproject.toml constraints.txt
	@"$(PYTHON)" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "jaxreg needs Python 3.11 or newer with the venv module, and $(PYTHON) is not that" \
			"($$("$(PYTHON)" --version 2>&1)); name another one: make PYTHON=python3.12" >&2; \
		exit 2; \
	}
	@echo 'Setting up .venv: a minute or two, once.'
	@rm -rf .venv
	@"$(PYTHON)" -m venv .venv
	@$(VENV_PYTHON) -m pip install -q -c constraints.txt uv || echo 'No uv here: pip installs instead.'
	@touch $@

# uv needs a fifth of pip's time; pip steps in where uv cannot (a registry that only pip's configuration names).
.venv/.installed-%: .venv/.created
	@$(VENV_PYTHON) -m uv pip install -q --python $(VENV_PYTHON) -c constraints.txt -b constraints.txt -e '.$(EXTRAS)' \
		|| $(VENV_PYTHON) -m pip install -q -c constraints.txt -e '.$(EXTRAS)'
	@touch $@
