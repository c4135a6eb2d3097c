"""A whole run: what it writes, and what is made of one that is there already."""

import json
import math
import re
import shutil

import numpy as np
import pytest
from commands import call, run
from conftest import OWN

from vae_jax.errors import UserError
from vae_jax.runs import members, tables
from vae_jax.runs.load_results import load
from vae_jax.runs.pictures import read_kind
from vae_jax.scores import catalogue
from vae_jax.scores.flag import Flag
from vae_jax.storage import files, logs
from vae_jax.studies.member import Member

SETTINGS = (
    "--config=configs/digits.py:debug",
    "--config.epochs=60",
    "--config.log_every=5",
    "--config.checkpoint_every=5",
    "--config.network.hidden=(16,)",
    "--config.evaluation.max_images=60",
)
SEEDS = "--config.sweep.seed=(0,1)"


def sweep(workdir, *more):
    """The same command in this process: its exit status."""
    return call("sweep", *SETTINGS, f"--workdir={workdir}", *(more or [SEEDS]))


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """An undisturbed run in a process of its own, and what it printed."""
    workdir = tmp_path_factory.mktemp("pipeline") / "whole"
    return workdir, run("sweep", *SETTINGS, SEEDS, f"--workdir={workdir}")


@pytest.fixture
def copied(finished, tmp_path):
    return shutil.copytree(finished[0], tmp_path / "run")


def test_a_run_writes_what_the_readme_lists(finished):
    workdir, printed = finished
    assert printed.returncode == 0 and "Traceback" not in printed.stderr
    names = {p.name for p in workdir.iterdir()} - {".lock", ".evaluation.lock"}
    assert names == {
        *("config.json", "members.csv", "train.jsonl", "checkpoints", "results.csv"),
        *("summary.csv", "baselines.json", "arrays", "report.html", "explorer.html"),
        *("evaluation.jsonl", "half_samples.csv", "sha256.json", "times.jsonl"),
    }
    assert str(workdir / "report.html") in printed.stdout
    assert re.search(r"autoencoder +\d+\.\d\d +\d+\.\d\d\n", printed.stdout)
    assert re.search(
        r"100%  12/12 members done, 0 diverged, 0 collapsed, epoch 60/60, loss \d.* "
        r"[\d,]+ examples/s, 0 s left",
        printed.stderr,
    )


def test_the_record_says_what_was_run(finished):
    record = json.loads((finished[0] / "config.json").read_text())
    assert record["config"]["epochs"] == 60
    assert record["data"]["program_0"]["sha256"].startswith("c8e370818c8ff692")
    assert f"--workdir={finished[0]}" in record["command"]
    assert {"jax", "flax", "optax", "numpy", "vae_jax"} <= record["versions"].keys()
    layout = record["layout"]["program_0"]
    assert layout["platform"] == "cpu" and layout["width"] == 2


def test_the_tables_agree_with_each_other(finished):
    workdir = finished[0]
    listed = members.read_members(workdir)
    own_members = [found.member for found in listed]
    rows = tables.read_results(workdir, 12)
    values = {row[:3]: row.value for row in rows}
    halves = tables.read_halves(workdir)
    assert len(own_members) == 12 and {found.status for found in listed} == {"done"}
    for row in files.read_csv(workdir / "summary.csv"):
        numbers = [
            i
            for i, m in enumerate(own_members)
            if (m.beta, m.latents, m.noise)
            == (float(row["beta"]), int(row["latents"]), float(row["noise"]))
        ]
        key = catalogue.read(row["metric"], row["sampler"])
        keys = [(i, row["split"], key) for i in numbers]
        found = [values[key] for key in keys]
        assert len(found) == int(row["seeds"]) == 2
        np.testing.assert_allclose(
            float(row["mean"]), np.mean(found), rtol=1e-12, atol=1e-12
        )
        variance = np.var(found, ddof=1) / 2
        if keys[0] in halves:  # what the real images add, which both seeds share
            shared = np.mean([halves[key] for key in keys], axis=0)
            variance += np.var(shared, ddof=1)
        np.testing.assert_allclose(
            float(row["stderr"]), np.sqrt(variance), rtol=1e-9, atol=1e-12
        )


def test_what_a_member_cannot_have_is_an_empty_cell(finished):
    rows = files.read_csv(finished[0] / "results.csv")
    empty = [row for row in rows if row["value"] == ""]
    autoencoders = {"0", "1", "2", "3"}
    assert {row["member"] for row in empty} == autoencoders
    assert all(row["note"] and row["flag"] == "no_posterior" for row in empty)
    assert {re.sub(r"\d+", "", row["metric"]) for row in empty} == {
        "rate",
        "distortion_plus_rate",
        "rate_dim_",
        "collapsed_units",
    }
    log = logs.read_lines(finished[0] / "train.jsonl")
    assert all(
        (line["rate"] is None) == (str(line["member"]) in autoencoders) for line in log
    )
    assert [line["epoch"] for line in log if line["member"] == 0] == list(range(5, 61, 5))


def test_the_loss_in_the_log_is_distortion_plus_beta_rate(finished):
    own_members = [found.member for found in members.read_members(finished[0])]
    for line in logs.read_lines(finished[0] / "train.jsonl"):
        beta = own_members[line["member"]].beta
        total = line["distortion"] + beta * (line["rate"] or 0.0)
        np.testing.assert_allclose(line["loss"], total, rtol=1e-5)


def test_a_second_run_has_nothing_to_do(finished, capsys):
    workdir, _ = finished
    before = {
        p: p.stat().st_mtime_ns for p in workdir.rglob("*") if not p.name.endswith("lock")
    }
    assert sweep(workdir) == 0
    assert "all 12 members are trained and evaluated" in capsys.readouterr().out
    after = {
        p: p.stat().st_mtime_ns for p in workdir.rglob("*") if not p.name.endswith("lock")
    }
    assert after == before


def test_another_config_is_refused(finished, capsys):
    before = (finished[0] / "results.csv").read_bytes()
    status = sweep(finished[0], SEEDS, "--config.batch_size=64")
    said = capsys.readouterr().err
    assert status == 2 and len(said.splitlines()) == 1
    assert "batch_size is 128 there, 64 here" in said
    assert (finished[0] / "results.csv").read_bytes() == before


def comparable(workdir):
    names = ("results.csv", "summary.csv", "members.csv", "train.jsonl", "baselines.json")
    files = [workdir / name for name in names]
    files += sorted(p for p in (workdir / "arrays").rglob("*") if p.is_file())
    return {str(file.relative_to(workdir)): file.read_bytes() for file in files}


def test_a_run_killed_after_training_only_evaluates(finished, copied, capsys):
    """Without its tables and arrays a run finds its checkpoint and trains no more."""
    workdir = copied
    for name in ("results.csv", "summary.csv", "baselines.json", "evaluation.jsonl"):
        (workdir / name).unlink()
    shutil.rmtree(workdir / "arrays")
    (workdir / "report.html").write_text("stale")
    assert sweep(workdir) == 0 and "examples/s" not in capsys.readouterr().err
    assert "stale" not in (workdir / "report.html").read_text()
    assert comparable(workdir) == comparable(finished[0])


def test_a_diverged_member_is_named_and_left_out(tmp_path, capsys):
    workdir = tmp_path / "wild"
    wild = ("--config.sweep.learning_rate=(1e-3,1e30)", "--config.sweep.seed=(0,)")
    assert sweep(workdir, *wild, "--config.epochs=5") == 1
    assert "diverged: members " in capsys.readouterr().out
    listed = members.read_members(workdir)
    wild = [i for i, found in enumerate(listed) if found.member.learning_rate == 1e30]
    assert [i for i, found in enumerate(listed) if found.status == "diverged"] == wild
    rows = files.read_csv(workdir / "members.csv")
    assert all(int(rows[i]["diverged_at"]) > 0 for i in wild)
    assert all(not math.isfinite(float(rows[i]["diverged_loss"])) for i in wild)
    values = tables.read_results(workdir, len(listed))
    left_out = [row for row in values if row.member in wild]
    assert all(row.value is None and row.note for row in left_out)
    assert all(row.flags == (Flag.DIVERGED,) for row in left_out)
    page = (workdir / "report.html").read_text()
    assert (
        f"Diverged, and left out of every number: members {', '.join(map(str, wild))}"
        in page
    )


def test_images_of_ones_own_are_trained_on(tmp_path):
    """A user's .npz of floats, not square, without labels; a single member."""
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "mine.npz", images=rng.uniform(size=(150, 6, 9)).astype("f4"))
    workdir = tmp_path / "run"
    status = sweep(
        workdir,
        "--config.dataset.name=npz",
        f"--config.dataset.path={tmp_path / 'mine.npz'}",
        "--config.epochs=5",
        "--config.batch_size=32",
        "--config.sweep.beta=(1.0,)",
        "--config.sweep.latents=(3,)",
        "--config.autoencoder=False",
        "--config.sweep.seed=(5,)",
    )
    assert status == 0
    assert members.read_members(workdir)[0].member == Member(1.0, 3, 1.0, 0.001, 5, own=OWN)
    page = (workdir / "report.html").read_text()
    assert "Decoded draws of z" in page and "two-dimensional latent space" not in page


def shortened(file):
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def emptied(file):
    file.write_bytes(b"")


def deleted(file):
    file.unlink()


def mangled(file):
    """A whole file of its kind that says nothing."""
    file.write_bytes({".json": b"{}", ".csv": b"a,b\n"}.get(file.suffix, b"PK"))


@pytest.mark.parametrize("damage", [shortened, emptied, deleted, mangled])
def test_a_damaged_run_is_one_line(finished, tmp_path, damage, capsys):
    """Each file that a report reads, in turn: named in one line, or not needed."""
    names = ("config.json", "members.csv", "results.csv", "baselines.json")
    arrays = ("reconstructions", "samples", "interpolations", "codes")
    block = "arrays/program_0/block_0"
    for name in (*names, *(f"{block}/{kind}.npz" for kind in arrays)):
        workdir = tmp_path / damage.__name__
        shutil.copytree(finished[0], workdir, dirs_exist_ok=True)
        damage(workdir / name)
        read_kind.cache_clear()
        with pytest.raises(UserError) as found:
            load(workdir)
        assert name.split("/")[-1] in str(found.value)


def test_the_log_of_finished_training_is_not_replaced(finished, copied, capsys):
    """Damaged, it is named, and nothing is done until it is back."""
    workdir = copied
    (workdir / "results.csv").unlink()
    log = workdir / "train.jsonl"
    whole = log.read_bytes()
    log.write_bytes(whole.replace(b"loss", b"lost", 1))
    status = sweep(workdir)
    assert status == 2
    assert "train.jsonl: missing or damaged" in capsys.readouterr().err
    assert not (workdir / "results.csv").exists()
    log.write_bytes(whole)
    assert sweep(workdir) == 0
    assert comparable(workdir) == comparable(finished[0])
