"""Evaluating a run: beside its training, after it, in pieces, and with damage."""

import shutil
import signal
import time

import numpy as np
import pytest
from commands import SMALL, call, run, start

from vae_jax.pipeline.evaluate_block import in_turn
from vae_jax.runs import checkpoints, directory, members, tables
from vae_jax.runs.load_results import unfinished_epochs
from vae_jax.scores.flag import Flag
from vae_jax.scores.metric_key import mmd_p

SETTINGS = (
    *(*SMALL, "--config.log_every=2", "--config.checkpoint_every=2"),
    "--config.sweep.latents=(2,)",
)
PROGRAMS = "--config.sweep.epochs=(4,6)"


def test_every_worker_measures_everything_and_starts_elsewhere():
    names = ["rate", "collapse", "iwae", "samples", "holes"]
    orders = [in_turn(names, worker) for worker in range(8)]
    assert orders[0] == names
    assert all(sorted(order) == sorted(names) for order in orders)
    for count in (2, 4):  # cores: as many first functions
        assert len({order[0] for order in orders[:count]}) == count
    assert in_turn(["rate"], 3) == ["rate"] and in_turn([], 1) == []


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """On two devices, of which each evaluates a member at a time."""
    workdir = tmp_path_factory.mktemp("evaluate") / "run"
    assert call("sweep", *SETTINGS, PROGRAMS, f"--workdir={workdir}", cores=2) == 0
    return workdir


@pytest.fixture
def copy(finished, tmp_path):
    return shutil.copytree(finished, tmp_path / "run")


def metrics_of(workdir):
    return {row.key for row in tables.read_rows(workdir / directory.RESULTS)}


def test_metrics_are_added_and_nothing_is_measured_twice(copy, finished, capsys):
    before = {row[:5] for row in tables.read_rows(finished / directory.RESULTS)}
    added = (f"--workdir={copy}", "--metrics=aggregate(permutations=50),rate_distortion")
    assert call("evaluate", *added) == 0
    after = {row[:5] for row in tables.read_rows(copy / directory.RESULTS)}
    assert before < after and mmd_p("rbf") in metrics_of(copy) - metrics_of(finished)
    lines = (copy / directory.EVALUATION).read_bytes()
    table = (copy / directory.RESULTS).read_bytes()
    assert "members evaluated" in capsys.readouterr().err
    assert call("evaluate", *added) == 0
    assert "members evaluated" not in capsys.readouterr().err
    assert (copy / directory.EVALUATION).read_bytes() == lines
    assert (copy / directory.RESULTS).read_bytes() == table
    assert {found.status for found in members.read_members(copy)} == {"done"}


def test_an_evaluation_cut_anywhere_ends_in_the_same_table(copy, finished):
    """Half of the lines lost, one torn: they are measured again, to the same bytes."""
    file = copy / directory.EVALUATION
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    (copy / directory.RESULTS).unlink()
    assert call("evaluate", f"--workdir={copy}") == 0
    for name in (
        directory.RESULTS,
        directory.SUMMARY,
        directory.BASELINES,
        directory.HALVES,
    ):
        assert (copy / name).read_bytes() == (finished / name).read_bytes()
    assert sorted(file.read_bytes().splitlines()) == sorted(whole.splitlines())


def test_a_damaged_checkpoint_names_itself_and_the_others_are_evaluated(copy, capsys):
    (copy / directory.EVALUATION).unlink()
    block = copy / directory.CHECKPOINTS / directory.block_name(1, 0)
    for place in block.iterdir():
        file = next(p for p in sorted(place.rglob("*")) if p.is_file())
        file.write_bytes(file.read_bytes() + b"x")
    assert call("evaluate", f"--workdir={copy}") == 2
    assert f"{block}: no whole checkpoint" in capsys.readouterr().err
    rows = tables.read_rows(copy / directory.RESULTS)
    listed = members.read_members(copy)
    for number, member in enumerate(listed):
        flags = {row.flags for row in rows if row.member == number}
        assert ((Flag.NOT_EVALUATED,) in flags) == (member.program == 1)
    assert {p.name for p in block.iterdir()} == {"4", "6"}  # nothing was moved


def test_a_run_that_trains_is_measured_at_its_newest_checkpoints(tmp_path):
    """Flags say so and notes after which epoch, until the final numbers replace them."""
    workdir = tmp_path / "run"
    process = start("sweep", *SETTINGS, "--config.epochs=4000", f"--workdir={workdir}")
    try:
        saved = workdir / directory.CHECKPOINTS / directory.block_name(0, 0)
        deadline = time.monotonic() + 120
        while checkpoints.newest(saved) < 4 and time.monotonic() < deadline:
            time.sleep(0.05)
        found = run("evaluate", f"--workdir={workdir}")
        assert process.poll() is None  # it still trains
        assert found.returncode == 0, found.stderr
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    rows = tables.read_rows(workdir / directory.RESULTS)
    assert all("of 4000" in row.note for row in rows)
    assert all(Flag.UNFINISHED in row.flags for row in rows)
    assert set(unfinished_epochs(workdir, rows)) == {row.member for row in rows}
    assert any(row.value is not None for row in rows)
    assert not members.is_finished(workdir)


@pytest.mark.parametrize(
    "metrics, said",
    [
        ("nope", "'nope' is not known; there are: aggregate"),
        ("iwae(5)", "is not understood"),
        ("iwae(samples=0)", "iwae.samples: 0 is not 1 or more"),
        ("iwae(speed=1)", "no such setting; it takes: samples"),
        ("__import__('os')", "is not understood"),
        ("iwae,iwae", "repeats a metric"),
    ],
)
def test_mistakes_are_one_line(finished, metrics, said, capsys):
    assert call("evaluate", f"--workdir={finished}", f"--metrics={metrics}") == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and said in lines[0]


def test_a_member_is_measured_alike_whatever_is_measured_beside_it(copy, finished):
    """One member's lines lost: alone, on another device, it gets the same numbers."""
    file = copy / directory.EVALUATION
    lines = file.read_text().splitlines()
    kept = [line for line in lines if '"member": 3,' not in line]
    file.write_text("".join(f"{line}\n" for line in kept))
    assert call("evaluate", f"--workdir={copy}") == 0
    assert sorted(file.read_text().splitlines()) == sorted(lines)
    assert np.array_equal(
        (copy / directory.RESULTS).read_bytes(), (finished / directory.RESULTS).read_bytes()
    )
