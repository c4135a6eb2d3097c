# make sweep: the digits sweep and its report.  make test: the whole test suite, a file at a
# time on two cores.  make selftest: are the numbers right on this machine?
PYTHON ?= python3
VENV := .venv
INSTALLED := $(VENV)/installed

.PHONY: sweep test selftest reproduce faults fuzz lint benchmark clean

sweep: $(INSTALLED)
	$(VENV)/bin/python experiments/sweep.py --config=configs/digits.py --workdir=runs/digits

test: $(INSTALLED)
	$(VENV)/bin/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

selftest: $(INSTALLED)
	$(VENV)/bin/python experiments/selftest.py

# The README's table from the configs; MNIST=DIR adds its rows.
reproduce: $(INSTALLED)
	$(VENV)/bin/python experiments/sweep.py --config=configs/digits.py --workdir=runs/reproduce/digits
	$(if $(MNIST),$(VENV)/bin/python experiments/sweep.py --config=configs/mnist.py --config.dataset.path=$(MNIST) --workdir=runs/reproduce/mnist)
	$(VENV)/bin/python experiments/headline.py runs/reproduce/*

# Two hundred kills, every file damaged in every way, full disks: an hour on two cores.
faults: $(INSTALLED)
	$(VENV)/bin/python tests/faults.py

# Twenty thousand hostile configs, files and records each: hours.
fuzz: $(INSTALLED)
	FUZZ_EXAMPLES=20000 $(VENV)/bin/python -m pytest -q tests/test_fuzz.py

lint: $(INSTALLED)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

benchmark: $(INSTALLED)
	$(VENV)/bin/python -m pip install --quiet --editable ".[benchmark]"
	$(VENV)/bin/python benchmarks/benchmark.py
	$(VENV)/bin/python benchmarks/benchmark_iwae.py

# Made last, so that an interrupted installation is done again.
$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --constraint constraints.txt --editable ".[test]"
	touch $@

clean:
	rm -rf $(VENV)
