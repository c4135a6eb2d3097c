"""Every certificate holds here, and the self-test says so when one does not."""

import subprocess
import sys

import pytest

from vae_jax import registry
from vae_jax.registry import METHODS
from vae_jax.selftest.check import Check


@pytest.mark.parametrize("name", METHODS["certificate"])
def test_certificate_holds(name):
    checks = list(registry.factory("certificate", name)())
    assert checks
    for check in checks:
        assert check.holds, check


def test_what_is_wrong_or_no_number_does_not_hold():
    assert Check("a", 1.0, 1.05, 0.1).holds
    assert not Check("a", 1.0, 1.2, 0.1).holds
    assert not Check("a", 1.0, float("nan"), 0.1).holds


def test_the_self_test_prints_a_verdict_for_each_quantity():
    command = [sys.executable, "experiments/selftest.py", "--only=decomposition"]
    found = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert found.returncode == 0, found.stderr
    lines = found.stdout.splitlines()
    assert sum(line.endswith("holds") for line in lines) == 3
    assert "3 of 3 hold" in lines[-1]
    wrong = subprocess.run(
        [*command[:-1], "--only=nope"], capture_output=True, text=True, timeout=60
    )
    assert wrong.returncode == 2 and "there are: bounds, collapse" in wrong.stderr
