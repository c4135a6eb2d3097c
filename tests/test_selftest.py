"""Every certificate holds here, and the self-test says so when one does not."""

import pytest
from commands import USERS, call, run

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


def test_the_self_test_prints_a_verdict_for_each_quantity(capsys):
    found = run("selftest", "--only=decomposition", **USERS)
    assert found.returncode == 0, found.stderr
    lines = found.stdout.splitlines()
    assert sum(line.endswith("holds") for line in lines) == 3
    assert "3 of 3 hold" in lines[-1]
    assert call("selftest", "--only=nope") == 2
    assert "there are: bounds, collapse" in capsys.readouterr().err
