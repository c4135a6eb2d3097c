"""The benchmark runs and writes what it measured; how fast is nothing for a test."""

import json
import subprocess
import sys

import benchmark
import pytest

from vae_jax.errors import UserError

TINY = ("--config.network.hidden=(8,)", "--rounds=1", "--members=2", "--epochs=1")
QUICK = (*TINY, "--torch-seconds=0", "--scaling=", "--memory=")


def test_it_measures_and_writes_json(tmp_path):
    out = tmp_path / "found.json"
    command = [sys.executable, "benchmarks/benchmark.py", *QUICK, f"--out={out}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    found = json.loads(out.read_text())
    assert found["flops_per_example"] == 6 * (64 * 8 + 8 * 32 + 16 * 8 + 8 * 64)
    assert found["examples_per_member_epoch"] == 1437
    for rates in found["member_epochs_per_second"].values():
        assert len(rates) == 1 and rates[0] > 0
    assert "PyTorch is left out: --torch-seconds=0" in done.stdout


@pytest.mark.parametrize(
    "options, message",
    [
        (("--rounds=0",), "'0' is not a whole number above 0"),
        (("--scaling=4,many",), "'many' is not a whole number"),
        (("--where", "--layouts"), "not allowed with argument"),
        (("--member=3",), "Unknown command line flag 'member'"),
        (("--out=nowhere/found.json",), "nowhere is not a directory"),
        (("--config.batch_size=2000",), "2000 is more than the 1437 training images"),
    ],
)
def test_mistakes_are_said(options, message, tmp_path):
    with pytest.raises(UserError, match=message):
        benchmark.main([*QUICK, f"--out={tmp_path / 'found.json'}", *options])
