"""Where runs and data lie: `~`, another working directory, data that moved or is gone."""

import os
import pathlib
import shutil

import numpy as np
import pytest
from commands import ROOT, SMALL, call, run
from test_datasets import IMAGES

from vae_jax.console import cli
from vae_jax.pipeline.load_data import Where, place_of, places
from vae_jax.runs import directory, tables
from vae_jax.studies.config_file import load_config
from vae_jax.studies.study import resolve

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
    assert place_of("~/toy.npz", Where()) == str(tmp_path / "toy.npz")
    assert place_of("a", Where("~/toy.npz")) == str(tmp_path / "toy.npz")
    (tmp_path / "mine.py").write_text((ROOT / "configs" / "digits.py").read_text())
    assert load_config("~/mine.py:debug").epochs == 10
    for folder in ("experiments", "benchmarks"):
        for file in (ROOT / folder).glob("[!_]*.py"):
            if "benchmark_" not in file.name:  # those are no commands of users
                assert "type=Path" not in file.read_text(), file


def test_a_home_that_is_not_there_is_one_line(capsys):
    for command in ("status", "report"):
        arguments = ("~nobody_here/x",) if command == "status" else ()
        assert call(command, *arguments, "--workdir=~nobody_here/x") == 2
        assert "~nobody_here/x: no such user's home" in capsys.readouterr().err


def test_where_data_lies(tmp_path, monkeypatch):
    """Said by the user, typed now, or recorded; of several, each under its own name."""
    here, there, new = (tmp_path / name for name in ("here", "there", "new"))
    for folder, name in ((here, "a"), (there, "a"), (there, "b"), (new, "a"), (new, "b")):
        folder.mkdir(exist_ok=True)
        (folder / name).touch()
    monkeypatch.chdir(here)
    recorded = {name: str(there / name) for name in "abc"}
    typed, reopened = Where(None, recorded), Where(None, recorded, typed=False)
    assert place_of("a", typed) == "a"
    assert place_of("a", reopened) == str(there / "a")  # not another file of that name
    assert place_of("b", typed) == place_of("b", reopened) == str(there / "b")
    assert place_of("c", typed) == "c"
    assert place_of(str(here / "a"), reopened) == str(here / "a")
    one, all_of_them = Where(str(new / "b"), recorded), Where(str(new), recorded)
    for alone in (True, False):
        assert place_of("b", one, alone=alone) == str(new / "b")
        assert place_of("b", all_of_them, alone=alone) == str(new / "b")
    assert place_of("a", one) == str(new / "b")
    assert place_of("a", one, alone=False) == "a"  # which did not move
    several = (a for a in TOY if "dataset.path" not in a)
    several = (*several, "--config.sweep.dataset.path=('a','d/b')", "--workdir=new")
    study = resolve(*cli.parse_config(absolute(several), "")[:2])
    assert places(study, Where(str(new))) == {"a": f"{new}/a", "d/b": f"{new}/b"}


def test_data_is_found_from_another_directory(moved, tmp_path, monkeypatch):
    """By the absolute place in the record; the config has the path as it was given.

    Also where other data is called the same.
    """
    np.savez(tmp_path / "toy.npz", images=IMAGES[::-1])
    monkeypatch.chdir(tmp_path)
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
        said = capsys.readouterr().err
        assert "toy.npz: No such file" in said and "--data=PATH" in said
        np.savez(tmp_path / "other.npz", images=IMAGES[::-1])
        assert call(*evaluate, f"--data={tmp_path / 'other.npz'}") == 2
        said = capsys.readouterr().err
        assert "another data" in said and "--data=PATH" in said
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
