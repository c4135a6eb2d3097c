# make sweep: the digits sweep and its report.  make test: the whole test suite, a file at a
# time on two cores.  make test-fast: what an edit is tried with.  make selftest: are the
# numbers right on this machine?
PYTHON ?= python3
VENV := .venv
INSTALLED := $(VENV)/installed
TEST_INSTALLED := $(VENV)/test-installed
PIP := $(VENV)/bin/python -m pip install --quiet --constraint constraints.txt

.PHONY: sweep wheel test test-fast selftest reproduce faults fuzz lint benchmark docs clean

sweep: $(INSTALLED)
	$(VENV)/bin/python experiments/sweep.py --config=configs/digits.py --workdir=runs/digits

test: $(TEST_INSTALLED)
	$(VENV)/bin/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

# Without the tests marked slow: whole runs, training, browsers.
test-fast: $(TEST_INSTALLED)
	$(VENV)/bin/python -m pytest -q -n 2 --dist loadfile -m "not slow"

selftest: $(INSTALLED)
	$(VENV)/bin/python experiments/selftest.py

# The table of docs/results.md from the configs; MNIST=DIR adds its rows.
reproduce: $(INSTALLED)
	$(VENV)/bin/python experiments/sweep.py --config=configs/digits.py --workdir=runs/reproduce/digits
	$(if $(MNIST),$(VENV)/bin/python experiments/sweep.py --config=configs/mnist.py --config.dataset.path=$(MNIST) --workdir=runs/reproduce/mnist)
	$(VENV)/bin/python experiments/headline.py runs/reproduce/*

# Two hundred kills, every file damaged in every way, full disks: an hour on two cores.
faults: $(TEST_INSTALLED)
	$(VENV)/bin/python tests/faults.py

# Twenty thousand hostile configs, files and records each: hours.
fuzz: $(TEST_INSTALLED)
	FUZZ_EXAMPLES=20000 $(VENV)/bin/python -m pytest -q tests/test_fuzz.py tests/test_fuzz_data.py

# What the README and docs/ print, in a new environment with nothing but the wheel in it.
wheel: $(INSTALLED)
	$(VENV)/bin/python tests/wheel.py

lint: $(TEST_INSTALLED)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

benchmark: $(INSTALLED)
	$(VENV)/bin/python -m pip install --quiet --editable ".[benchmark]"
	$(VENV)/bin/python benchmarks/benchmark.py
	$(VENV)/bin/python benchmarks/benchmark_iwae.py

# The documentation as a site, in site/; what the code knows of it is generated first.
docs: $(INSTALLED)
	@$(PIP) --editable ".[docs]"
	$(VENV)/bin/python docs/generate.py
	NO_MKDOCS_2_WARNING=1 $(VENV)/bin/python -m mkdocs build --strict --quiet

# Their files are made last, so that an interrupted installation is done again.
$(INSTALLED): pyproject.toml constraints.txt
	@echo "Installing what a sweep needs into $(VENV): about a minute, 0.9 GB."
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --editable .
	@touch $@

$(TEST_INSTALLED): $(INSTALLED)
	@echo "Installing what the tests need besides: half a minute, 0.4 GB."
	@$(PIP) --editable ".[test]"
	@touch $@

clean:
	rm -rf $(VENV)
