"""Had again from its record: the same numbers, or which differ and by how much."""

import json
import os
import pathlib
import shutil

import numpy as np
import pytest
from commands import SMALL, USERS, call, run
from made_up_run import make_run
from scipy.stats import t as student_t

from vae_jax.report.tables import readme
from vae_jax.runs import diff, directory, members, status, tables
from vae_jax.runs.diff import DIFFERENT, IDENTICAL, LOST, WITHIN
from vae_jax.runs.record import identify
from vae_jax.runs.tables import Row
from vae_jax.scores.flag import Flag
from vae_jax.scores.metric_key import DISTORTION, RATE
from vae_jax.storage import files, logs, seals
from vae_jax.studies.member import Member

SETTINGS = (
    *SMALL,
    *("--config.epochs=4", "--config.log_every=2", "--config.checkpoint_every=2"),
    *("--config.sweep.latents=(2,)", "--config.sweep.seed=(0,1,2)"),
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run, with a metric that its config does not have."""
    workdir = tmp_path_factory.mktemp("again") / "run"
    assert call("sweep", *SETTINGS, f"--workdir={workdir}") == 0
    added = "iwae(samples=7)"
    assert call("evaluate", f"--workdir={workdir}", f"--metrics={added}") == 0
    return workdir


@pytest.fixture(scope="module")
def again(finished, tmp_path_factory):
    """The run had again, and the process that has it: as users compile, and start it."""
    out = tmp_path_factory.mktemp("again") / "again"
    return out, run("reproduce", f"--workdir={finished}", f"--out={out}", **USERS)


@pytest.fixture
def copied(finished, tmp_path):
    shutil.copytree(finished, tmp_path / "run")
    return tmp_path / "run"


def rewrite(workdir, change):
    """Changes values of results.csv, and seals it as if they had been written so."""
    rows = files.read_csv(workdir / directory.RESULTS)
    for row in rows:
        change(row)
    files.write_csv(
        workdir / directory.RESULTS, list(rows[0]), [list(r.values()) for r in rows]
    )
    seals.renew(workdir, [directory.RESULTS])


def test_a_run_is_reproduced_to_the_bit(finished, again):
    """Every number of every metric, also of those that were added, and all parameters.

    In another process, and by a compiler that optimises all it can: what the suite proves
    with quicker programs holds for those that users have.
    """
    found, rows = again[1], tables.read_rows(finished / directory.RESULTS)
    said = found.stdout
    assert found.returncode == 0, said + found.stderr
    assert said.count("  identical\n") == len(rows)
    assert f"numbers: {len(rows):,} identical\n" in said
    assert "parameters: 9 of 9 identical, to the bit" in said
    assert "recorded | here  platform.xla_flags: " in said
    assert said.endswith("identical: every number and every parameter\n")


@pytest.mark.parametrize("number", [0, 5])
def test_a_member_is_reproduced_in_its_own_time(finished, tmp_path, capsys, number):
    """An autoencoder and a VAE, each alone: what they were among the nine."""
    out = tmp_path / "again"
    options = (f"--workdir={finished}", f"--member={number}", f"--out={out}")
    assert call("reproduce", *options) == 0
    said = capsys.readouterr().out
    assert len(members.read_members(out)) == 1
    assert "parameters: 1 of 1 identical" in said and f"member {number}  " in said


def test_a_number_that_does_not_come_again_is_found(copied, again, capsys):
    def change(row):
        if (row["member"], row["split"], row["metric"]) == ("4", "test", "distortion"):
            row["value"] = repr(float(np.nextafter(float(row["value"]), np.inf)))

    rewrite(copied, change)
    here = directory.read_record(again[0])["platform"]
    directory.write_record(copied, {**directory.read_record(copied), "platform": here})
    status = call("reproduce", f"--workdir={copied}", f"--out={again[0]}", "--quiet")
    said = capsys.readouterr().out
    assert status == 1 and "not reproduced, on the same machine and install" in said
    assert said.count("member 4  test   distortion ") == said.count("member ") == 1, said


def test_elsewhere_what_differs_is_named_and_tolerances_hold(copied, again, capsys):
    """A record of another machine: off by a little, then by much more than a seed."""
    record = directory.read_record(copied)
    record["versions"]["jax"] = "0.0.1"
    directory.write_record(copied, record)
    rows = tables.read_rows(copied / directory.RESULTS)
    vaes = {(n, "test", DISTORTION) for n in (3, 4, 5)}
    sd = np.std([row.value for row in rows if row[:3] in vaes], ddof=1)

    def shift(by):
        def change(row):
            if (row["member"], row["split"], row["metric"]) == ("4", "test", "distortion"):
                row["value"] = repr(float(row["value"]) + float(by))

        return change

    out = f"--out={again[0]}"
    rewrite(copied, shift(0.1 * sd))
    assert call("reproduce", f"--workdir={copied}", out, "--quiet") == 0
    said = capsys.readouterr().out
    assert "recorded | here  versions.jax: '0.0.1' | " in said and "1 within" in said
    rewrite(copied, shift(20.0 * sd))
    assert call("reproduce", f"--workdir={copied}", out, "--quiet") == 1
    assert "1 different" in capsys.readouterr().out


def test_tolerances_are_those_of_the_runs_own_seeds():
    members = [Member(1.0, 2, 1.0, 1e-3, seed) for seed in (0, 1, 2)]
    members.append(Member(2.0, 2, 1.0, 1e-3, 0))
    rows = [Row(n, "test", RATE, v, None) for n, v in enumerate((1.0, 2.0, 6.0, 5.0))]
    found = diff.tolerances(rows, members)
    expected = student_t.ppf(0.975, 2) * np.sqrt(7.0) * np.sqrt(2.0)
    assert found == {(n, "test", RATE): pytest.approx(expected) for n in range(3)}
    # 95 % of the differences of two seeds are within it, of normal seeds.
    rng = np.random.default_rng(0)
    draws = rng.standard_normal((20_000, 5))
    bound = student_t.ppf(0.975, 2) * draws[:, :3].std(axis=1, ddof=1) * np.sqrt(2.0)
    inside = np.mean(np.abs(draws[:, 3] - draws[:, 4]) <= bound)
    assert abs(inside - 0.95) < 0.01


def test_verdicts():
    row = Row(0, "test", RATE, 1.0, 0.1)
    judged = lambda again, allowed: diff.judged(row, again, allowed).verdict
    assert judged(row, None) == IDENTICAL
    assert judged(row._replace(flags=(Flag.BIASED,)), None) == DIFFERENT
    assert judged(None, 1.0) == LOST
    assert judged(row._replace(value=1.2), 0.3) == WITHIN
    assert judged(row._replace(value=1.4), 0.3) == DIFFERENT
    assert judged(row._replace(value=1.2), None) == DIFFERENT
    assert judged(row._replace(value=None), 9.0) == DIFFERENT


def test_an_id_is_of_config_data_and_code(finished):
    record = directory.read_record(finished)
    assert record["id"] == identify(record) and len(record["id"]) == 10
    changed = json.loads(json.dumps(record))
    changed["config"]["dataset"]["path"] = "/elsewhere"
    changed["command"] = changed["platform"] = None
    assert identify(changed) == record["id"]
    for part, value in (("config", "epochs"), ("data", "sha256"), ("code", "sha256")):
        other = json.loads(json.dumps(record))
        place = other[part]["program_0"] if part == "data" else other[part]
        place[value] = "changed"
        assert identify(other) != record["id"]


def test_a_result_is_found_by_its_id_wherever_it_stands(finished, capsys):
    name = directory.id_of(finished)
    for table in ("results.csv", "summary.csv", "members.csv"):
        assert {row["run"] for row in files.read_csv(finished / table)} == {name}
    for page in ("report.html", "explorer.html"):
        assert name in (finished / page).read_text()
    assert call("show", name[:6], finished.parent) == 0
    said = capsys.readouterr().out
    assert str(finished) in said and "--config.epochs=4" in said and f"run {name}" in said
    assert call("show", "nonsense", finished.parent) == 2
    assert "no run of this id" in capsys.readouterr().err


def test_two_runs_are_told_apart_config_first(finished, copied, tmp_path, capsys):
    assert call("diff", finished, copied) == 0
    assert capsys.readouterr().out.endswith("of which 0 differ\n")
    other = tmp_path / "other"
    more = ("--config.sweep.learning_rate=(0.002,)", f"--workdir={other}")
    assert call("sweep", *SETTINGS, *more) == 0
    capsys.readouterr()
    assert call("diff", finished, other) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "config.sweep.learning_rate: None | [0.002]"
    rewrite(copied, lambda row: row.update(value="9.0") if row["value"] else None)
    assert call("diff", finished, copied) == 1
    assert " 9  +" in capsys.readouterr().out


def test_status_says_how_runs_stand(finished, copied, tmp_path, capsys):
    assert call("status", finished.parent) == 0
    said = capsys.readouterr().out
    assert (
        f"{finished}  {directory.id_of(finished)}  finished, 100% of the epochs of 9"
        in said
    )
    (copied / directory.RESULTS).unlink()
    assert status.status(copied).state == "stopped"
    with directory.lock(copied, directory.LOCK):
        assert status.status(copied).state == f"training (process {os.getpid()})"
    (copied / directory.CONFIG).write_text("{}")
    assert "config.json: damaged" in status.line_of(copied)
    (tmp_path / "empty").mkdir()
    assert call("status", tmp_path / "empty") == 2


def test_progress_is_read_from_the_log(finished, copied):
    """Half of the members have two of four epochs behind them, the others none."""
    lines = logs.read_lines(copied / directory.TRAIN_LOG)
    (copied / directory.TRAIN_LOG).unlink()
    few = [line for line in lines if line["member"] < 5 and line["epoch"] == 2]
    logs.append_lines(copied / directory.TRAIN_LOG, few)
    own_members = [found.member for found in members.read_members(copied)]
    members.write_members(copied, own_members, [0] * 9, {}, evaluated=False)
    assert status.status(copied).done == pytest.approx(5 * 2 / (9 * 4))


@pytest.mark.parametrize(
    "seconds, text",
    [(-5.0, "0 s"), (100.0, "100 s"), (150.0, "2 min"), (9e3, "2 h"), (2e5, "2 d")],
)
def test_ages(seconds, text):
    assert status.age(seconds) == text


def test_clean_asks_and_removes_what_no_longer_serves(copied, capsys, monkeypatch):
    block = copied / "checkpoints" / "program_0" / "block_0"
    (block / "damaged_2").mkdir()
    (copied / ".results.csv.tmp").write_text("x")
    monkeypatch.setattr("builtins.input", lambda prompt: "n")
    assert call("clean", f"--workdir={copied}") == 0
    assert "nothing is removed" in capsys.readouterr().out
    monkeypatch.setattr("builtins.input", lambda prompt: "y")
    assert call("clean", f"--workdir={copied}") == 0
    assert [p.name for p in block.iterdir()] == ["4"]
    assert not (copied / ".results.csv.tmp").exists()
    capsys.readouterr()
    assert call("clean", f"--workdir={copied}") == 0
    assert "nothing to remove" in capsys.readouterr().out


def test_an_unfinished_run_keeps_its_checkpoints(copied, capsys):
    (copied / directory.RESULTS).unlink()
    assert call("clean", f"--workdir={copied}", "--yes") == 0
    assert "nothing to remove" in capsys.readouterr().out


def test_a_headline_holds_or_does_not(tmp_path):
    """As it is said; off by less than the seeds' spread; off by more; not a number."""
    run = make_run(tmp_path, name="digits")
    assert readme.lines(run) == []  # by its SHA-256, it is other data
    run.record["data"]["sha256"] = readme.OF["digits"] + "0" * 48
    found = {line.head: line for line in readme.lines(run)}
    line = found["digits", "2", "β = 0.5"]
    assert readme.read_table(line.text)[line.head] == line.cells
    assert readme.verdict(line.cells, line) == readme.HOLDS
    said = lambda first: (first, *line.cells[1:])
    assert line.cells[0] == "16.60"  # sd 0.1 over 3 seeds: 4.30 * 0.1 * sqrt(2 / 3) = 0.35
    assert readme.verdict(said("16.90"), line) == readme.WITHIN
    assert readme.verdict(said("17.00"), line) == readme.FAILS
    assert readme.verdict(said("–"), line) == readme.FAILS


def test_the_readme_has_a_table_that_can_be_checked():
    said = readme.read_table(pathlib.Path("README.md").read_text())
    expected = sum(len(sizes) * len(betas) for sizes, betas in readme.SHOWN.values())
    assert len(said) == expected
