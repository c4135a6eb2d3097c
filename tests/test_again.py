"""Had again from its record: the same numbers, or which differ and by how much."""

import copy
import functools
import json
import os
import pathlib
import shutil

import numpy as np
import pytest
from commands import SMALL, USERS, call, run
from made_up_run import make_run
from scipy.stats import t as student_t

from vae_jax.report.tables import headline
from vae_jax.runs import diff, directory, members, status, tables
from vae_jax.runs.record import conditions, identify
from vae_jax.scores.metric_key import DISTORTION
from vae_jax.storage import files, logs, seals

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
    assert "recorded | again  platform.xla_flags: " in said
    assert f"compared with {again[0]}, trained by this command" in said
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


def test_an_old_second_run_is_compared_but_never_called_identical(finished, again, capsys):
    """Nothing is trained: it says what is compared, made when and how, and what is now."""
    out = again[0]
    before = {file: file.read_bytes() for file in out.rglob("*") if file.is_file()}
    assert call("reproduce", f"--workdir={finished}", f"--out={out}") == 3
    said = capsys.readouterr().out
    assert {file: file.read_bytes() for file in before} == before
    record = directory.read_record(out)
    assert "identical" not in said and "reproduced" not in said, said
    assert f"compared with {out}, finished before this command" in said
    assert f"made {record['made']}, code {record['code']['sha256'][:12]} (commit " in said
    assert f"jax {record['versions']['jax']}, " in said and "; flags: " in said
    assert "again | now  platform.xla_flags: " in said
    assert said.endswith(
        "equal: every number and every parameter; nothing was trained now\n"
    )


def test_a_number_that_does_not_come_again_is_found(copied, again, capsys):
    def change(row):
        if (row["member"], row["split"], row["metric"]) == ("4", "test", "distortion"):
            row["value"] = repr(float(np.nextafter(float(row["value"]), np.inf)))

    rewrite(copied, change)
    here = directory.read_record(again[0])["platform"]
    directory.write_record(copied, {**directory.read_record(copied), "platform": here})
    status = call("reproduce", f"--workdir={copied}", f"--out={again[0]}", "--quiet")
    said = capsys.readouterr().out
    assert status == 1 and "not equal, on the same machine and install" in said
    assert said.count("member 4  test   distortion ") == said.count("member ") == 1, said


def test_trained_anew_beside_an_old_one(finished, tmp_path, capsys):
    """Only what this command trained is called identical, whatever lies there."""
    out = tmp_path / "again"
    shutil.copytree(finished, out)
    record = directory.read_record(out)
    config = {**record["config"], "epochs": 1}
    directory.write_record(out, {**record, "config": config})
    options = (f"--workdir={finished}", "--member=5", f"--out={out}")
    assert call("reproduce", *options, "--anew", "--quiet") == 0
    found = capsys.readouterr()
    assert f"--out={out}-2 goes on with it" in found.err
    assert f"compared with {out}-2, trained by this command" in found.out
    assert found.out.endswith("identical: every number and every parameter\n")
    assert directory.fresh(out) == tmp_path / "again-3"


PLACES = [
    ("code", "sha256"),
    ("versions", "jax"),
    ("platform", "xla_flags"),
    ("layout", "program_0", "device_kind"),
]


@pytest.mark.parametrize("place", PLACES, ids=".".join)
def test_an_unfinished_one_made_otherwise_is_not_gone_on_with(
    finished, tmp_path, capsys, place
):
    """With other code, packages, flags, devices: one line; with the same: to the end."""
    out = tmp_path / "again"
    shutil.copytree(finished, out)
    (out / directory.RESULTS).unlink()
    record = directory.read_record(out)
    changed = copy.deepcopy(record)
    *parts, name = place
    functools.reduce(dict.__getitem__, parts, changed)[name] = "0.0.1"
    directory.write_record(out, changed)
    assert call("reproduce", f"--workdir={finished}", f"--out={out}", "--quiet") == 2
    said = capsys.readouterr().err.strip()
    assert said.count("\n") == 0 and f"{'.'.join(place)}: '0.0.1' | " in said, said
    assert "--anew" in said and not (out / directory.RESULTS).exists()
    if place[0] == "code":
        directory.write_record(out, record)
        assert call("reproduce", f"--workdir={finished}", f"--out={out}", "--quiet") == 0
        assert "gone on with by this one" in capsys.readouterr().out


def test_a_run_is_not_compared_with_itself(finished, capsys):
    assert call("reproduce", f"--workdir={finished}", f"--out={finished}") == 2
    assert "is the run itself" in capsys.readouterr().err


def test_elsewhere_what_differs_is_named_and_the_family_judged(copied, again, capsys):
    """A record of another machine: off by a little, then by far more than seeds are."""
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
    assert call("reproduce", f"--workdir={copied}", out, "--quiet") == 3
    said = capsys.readouterr().out
    assert "recorded | again  versions.jax: '0.0.1' | " in said and "1 within" in said
    assert "agrees, " in said and "Holm's rule (1979) at 5 %: 0 different" in said
    rewrite(copied, shift(200.0 * sd))
    assert call("reproduce", f"--workdir={copied}", out, "--quiet") == 1
    said = capsys.readouterr().out
    assert "1 different" in said and "not equal, with what differs above" in said


def test_every_variable_that_may_change_a_number_is_in_the_record(monkeypatch):
    """Also those that are not known here; not those of caches, logs and devices."""
    for name in [name for name in os.environ if name.startswith("JAX_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", "elsewhere")
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    first = conditions({})
    assert first["platform"]["jax_flags"] == {}
    for name in ("JAX_THREEFRY_PARTITIONABLE", "JAX_DISABLE_MOST_OPTIMIZATIONS", "JAX_NEW"):
        with monkeypatch.context() as patch:
            patch.setenv(name, "1")
            found = diff.conditions(first, conditions({}))
        assert found == [f"platform.jax_flags.{name}: None | '1'"]


def test_an_id_is_of_config_data_and_code(finished):
    record = directory.read_record(finished)
    assert record["id"] == identify(record) and len(record["id"]) == 10
    changed = json.loads(json.dumps(record))
    changed["config"]["dataset"]["path"] = "/elsewhere"
    changed["command"] = changed["platform"] = changed["made"] = None
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
    """As it is said; off by less than seeds are; off by far more; not a number; not there.

    The seeds are 0.1 apart, sd 0.1: t = (|difference| - rounding) / (0.1 sqrt(2 / 3)).
    """
    run = make_run(tmp_path, name="digits")
    assert headline.lines(run) == []  # by its SHA-256, it is other data
    run.record["data"]["sha256"] = headline.OF["digits"] + "0" * 48
    lines = headline.lines(run)
    of_one = {line.head: i for i, line in enumerate(lines)}["digits", "2", "β = 0.5"]
    line = lines[of_one]
    assert headline.read_table(line.text)[line.head] == line.cells
    cells = {line.head: line.cells for line in lines}
    assert headline.verdicts(cells, lines) == [headline.HOLDS] * len(lines)

    def judged(first, line=line, rows=lines):
        said = {**cells, line.head: (first, *line.cells[1:])}
        return headline.verdicts(said, rows)[rows.index(line)]

    assert line.cells[0] == "16.60"
    summary, spread = line.found[0], 0.1 * np.sqrt(2.0 / 3.0)
    p = headline.p_value("17.00", "16.60", summary, 2)
    assert p == pytest.approx(2.0 * student_t.sf((0.4 - 0.005) / spread, 2), rel=1e-6)
    assert p < 0.05 and judged("17.00") == headline.WITHIN  # alone it would not hold
    assert judged("17.00", rows=[line]) == headline.WITHIN  # one of its own seven cells
    assert judged("26.60") == headline.FAILS and judged("–") == headline.FAILS
    alone = line._replace(
        head=("digits", "2", "β = 9"),
        found=tuple(s and s._replace(count=1) for s in line.found),
    )
    assert judged("26.60", alone, [*lines, alone]) == headline.NOT_JUDGED
    assert headline.verdicts({}, [line]) == [headline.MISSING]


def test_the_page_of_results_has_a_table_that_can_be_checked():
    said = headline.read_table(pathlib.Path("docs/results.md").read_text())
    expected = sum(len(sizes) * len(betas) for sizes, betas in headline.SHOWN.values())
    assert len(said) == expected
