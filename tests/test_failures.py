"""A metric that raises, or that never ends, takes nothing down with it."""

import shutil
import signal
import sys
import textwrap
import time

import jax
import numpy as np
import pytest
from commands import call, start
from conftest import make_hparams, make_model, make_subject
from test_fuzz_data import METRICS as SMALL_METRICS

from vae_jax.data.dataset import make_dataset
from vae_jax.pipeline.evaluate_block import estimates_of
from vae_jax.registry import build
from vae_jax.runs import directory, tables
from vae_jax.runs.measurements import finite, name_of
from vae_jax.scores.flag import Flag
from vae_jax.scores.metric_key import HOLE_DENSITY

METRICS = """
import pathlib, time
from vae_jax.scores.estimate import Estimate
from vae_jax.scores.metric_key import MetricKey

def raising():
    key = MetricKey("own:raising", "luck")

    def measure(member):
        lucky = pathlib.Path(__file__).with_name("ok").exists()
        if member.member.beta == 1.0 and not lucky:
            raise ZeroDivisionError("no luck\\nwith this one")
        return {("test", key): Estimate(7.0), ("train", key): Estimate(float("inf"))}

    return measure

def endless():
    def measure(member):
        pathlib.Path(__file__).with_name("begun").touch()
        time.sleep(600)

    return measure
"""
REASON = "ZeroDivisionError: no luck with this one"


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A directory with metrics of a user's own, named `own`."""
    home = tmp_path / "metrics"
    home.mkdir()
    (home / "own.py").write_text(textwrap.dedent(METRICS))
    monkeypatch.syspath_prepend(home)
    monkeypatch.delitem(sys.modules, "own", raising=False)  # another test's
    monkeypatch.setenv("PYTHONPATH", str(home))
    return home


@pytest.fixture
def copied(finished_run, tmp_path):
    return shutil.copytree(finished_run("mlp"), tmp_path / "run")


def test_a_metric_that_raises_empties_its_own_cells(own, copied, capsys):
    """Every other number is there; the reason is in the note, the traceback in a log."""
    before = tables.read_rows(copied / directory.RESULTS)
    command = ("evaluate", f"--workdir={copied}", "--metrics=own:raising,holes")
    assert call(*command) == 1
    said = capsys.readouterr()
    log = copied / directory.FAILURES
    assert "Traceback" not in said.err + said.out
    assert f"not measured ({REASON}); see {log}" in said.err
    assert f"see {log}" in said.out.splitlines()[-1]
    rows = tables.read_rows(copied / directory.RESULTS)
    failed = [row for row in rows if Flag.FAILED in row.flags]
    assert {row.note for row in failed} == {REASON}
    assert log.read_text().count("Traceback (most recent call last)") == len(failed) == 2
    own_rows = [row for row in rows if row.key.name == "luck"]
    assert {row.value for row in own_rows if row.split == "test"} == {7.0}
    infinite = [row for row in own_rows if row.split == "train"]
    assert {(row.value, row.flags) for row in infinite} == {(None, (Flag.NOT_FINITE,))}
    assert len([row for row in rows if row.key == HOLE_DENSITY]) == 6
    assert [row for row in before if row not in rows] == []


def test_what_failed_is_tried_again_and_the_rest_is_not(own, copied, capsys):
    command = ("evaluate", f"--workdir={copied}", "--metrics=own:raising")
    assert call(*command) == 1
    lines = (copied / directory.EVALUATION).read_text().splitlines()
    (own / "ok").touch()
    assert call(*command) == 0
    assert "2/2 members evaluated" in capsys.readouterr().err
    after = (copied / directory.EVALUATION).read_text().splitlines()
    assert after[: len(lines)] == lines and len(after) == len(lines) + 2
    rows = tables.read_rows(copied / directory.RESULTS)
    assert not [row for row in rows if Flag.FAILED in row.flags]


def test_what_is_read_back_is_what_was_in_memory(own, copied):
    """Infinite in memory, and null in the log: the same bytes, evaluated or read again."""
    (own / "ok").touch()
    assert call("evaluate", f"--workdir={copied}", "--metrics=own:raising") == 0
    table = (copied / directory.RESULTS).read_bytes()
    (copied / directory.RESULTS).unlink()
    assert call("evaluate", f"--workdir={copied}", "--metrics=own:raising") == 0
    assert (copied / directory.RESULTS).read_bytes() == table


@pytest.mark.slow
def test_a_signal_is_heeded_within_seconds_whatever_a_metric_does(own, copied):
    arguments = (f"--workdir={copied}", "--metrics=own:endless")
    process = start("evaluate", *arguments)
    until = time.monotonic() + 120.0
    while not (own / "begun").exists():
        assert process.poll() is None and time.monotonic() < until
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    sent = time.monotonic()
    said = process.communicate(timeout=30)[1]
    assert time.monotonic() - sent < 15.0
    assert process.returncode == 128 + signal.SIGTERM and "Traceback" not in said, said
    assert call("evaluate", f"--workdir={copied}") == 0  # the run is whole, and free


@pytest.fixture(scope="module")
def compiled():
    """What is compiled for one wild member serves the others."""
    return {}


@pytest.mark.parametrize("scale", [1e2, 1e8, 1e20, 1e38])
def test_a_wild_member_has_numbers_or_reasons_and_no_warning(compiled, pixels, scale):
    """Finite parameters, as training leaves them, of codes and rates of any size."""
    labels = np.arange(40) % 3
    dataset = make_dataset("toy", pixels[:30], pixels[30:], labels[:30], labels[30:], 17)
    model, hparams = make_model(), make_hparams(latents=2)
    params = model.init(jax.random.key(0), hparams)
    params["encoder"] = jax.tree.map(lambda leaf: scale * leaf, params["encoder"])
    member = make_subject(model, params, hparams, dataset)
    member.compiled = compiled
    for settings in SMALL_METRICS:
        found = estimates_of(member, name_of(settings), build("metric", settings))
        assert member.failures == []
        for place, raw in found.items():
            estimate = finite(raw)
            assert estimate.value is not None or (estimate.flags and estimate.note), place
