"""Where runs and data lie: `~`, another working directory, data that moved or is gone."""

import os
import pathlib
import shutil

import numpy as np
import pytest
from commands import ROOT, SMALL, call, run
from test_datasets import IMAGES

from vae_jax.console import cli
from vae_jax.pipeline.load_data import place_of
from vae_jax.runs import directory, tables

EPOCHS = ("--config.epochs=2", "--config.log_every=1", "--config.checkpoint_every=1")
TOY = (
    *SMALL,
    *EPOCHS,
    *("--config.dataset.name=npz", "--config.dataset.path=toy.npz"),
    "--config.batch_size=8",
    *("--config.sweep.latents=(2,)", "--config.sweep.beta=(1.0,)"),
)


def absolute(arguments):
    """The same arguments for another working directory."""
    return [a.replace("configs/digits.py", f"{ROOT}/configs/digits.py") for a in arguments]


@pytest.fixture(scope="module")
def moved(tmp_path_factory):
    """A finished run on a relative path of data, which then moved; and where it is now."""
    home = tmp_path_factory.mktemp("home")
    (home / "old").mkdir()
    np.savez(home / "old" / "toy.npz", images=IMAGES)
    sweep = [*absolute(TOY), f"--workdir={home / 'run'}"]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home / "old")
        assert call("sweep", *sweep) == 0
    return home, sweep


def test_home_is_expanded_in_every_path(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cli.path("~/x") == tmp_path / "x"
    arguments = ["--config=configs/digits.py:debug", "--workdir=~/x"]
    assert cli.parse_config(arguments, "").workdir == tmp_path / "x"
    assert place_of("~/toy.npz", None, {}) == str(tmp_path / "toy.npz")
    assert place_of("a", "~/toy.npz", {}) == str(tmp_path / "toy.npz")
    for file in ROOT.glob("experiments/*.py"):
        assert "type=Path" not in file.read_text(), file


def test_data_is_found_from_another_directory(moved):
    """By the absolute place in the record; the config has the path as it was given."""
    home, _ = moved
    record = directory.read_record(home / "run")
    assert record["config"]["dataset"]["path"] == "toy.npz"
    assert record["places"] == {"toy.npz": str(home / "old" / "toy.npz")}
    assert call("evaluate", f"--workdir={home / 'run'}", "--metrics=holes") == 0


def test_data_that_moved_is_accepted_by_its_hash(moved, tmp_path, capsys):
    home, sweep = moved
    copied = tmp_path / "run"
    shutil.copytree(home / "run", copied)
    os.rename(home / "old" / "toy.npz", tmp_path / "new.npz")
    try:
        evaluate = ("evaluate", f"--workdir={copied}", "--metrics=aggregate")
        assert call(*evaluate) == 2
        assert "toy.npz: No such file" in capsys.readouterr().err
        np.savez(tmp_path / "other.npz", images=IMAGES[::-1])
        assert call(*evaluate, f"--data={tmp_path / 'other.npz'}") == 2
        assert "another data" in capsys.readouterr().err
        assert call(*evaluate, f"--data={tmp_path / 'new.npz'}") == 0
        keys = {row.key.family for row in tables.read_results(copied, 2)}
        assert "aggregate" in keys
        # Resumed from the new place, it is remembered.
        (copied / directory.RESULTS).unlink()
        again = [a for a in sweep if not a.startswith("--workdir")]
        again = [*again, f"--workdir={copied}"]
        assert call("sweep", *again) == 2
        assert call("sweep", *again, f"--data={tmp_path / 'new.npz'}") == 0
        assert directory.places(copied) == {"toy.npz": str(tmp_path / "new.npz")}
        assert call("evaluate", f"--workdir={copied}", "--metrics=holes") == 0
    finally:
        os.rename(tmp_path / "new.npz", home / "old" / "toy.npz")


def test_what_needs_no_data_asks_for_none(moved, tmp_path, capsys):
    """The report, an export, and the command of a finished run."""
    home, sweep = moved
    os.rename(home / "old" / "toy.npz", tmp_path / "away.npz")
    try:
        workdir = f"--workdir={home / 'run'}"
        assert call("export", workdir, "--member=1", f"--out={tmp_path / 'out'}") == 0
        assert (tmp_path / "out" / "decoder.onnx").exists()
        assert call("report", workdir) == call("compare", workdir) == 0
        assert call("sweep", *sweep) == 0
        said = capsys.readouterr()
        assert "nothing needs it any more" in said.err
        assert "all 2 members are trained and evaluated" in said.out
    finally:
        os.rename(tmp_path / "away.npz", home / "old" / "toy.npz")


def test_a_run_may_lie_in_the_home_directory(tmp_path):
    """As a user types it, in a process of its own; no directory is named `~`."""
    done = run("status", "~/none", HOME=str(tmp_path))
    assert f"{tmp_path}/none" in done.stderr and not pathlib.Path("~").exists()
