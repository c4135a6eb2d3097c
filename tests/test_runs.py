"""The run directory: whole files or none, one process, one config."""

import json
import multiprocessing

import pytest

from vae_jax.errors import UserError
from vae_jax.runs import directory
from vae_jax.storage import files, logs

RECORD = {
    "config": {"epochs": 3, "sweep": {"beta": (0.5, 1.0)}, "hidden": ((8,), (16, (8,)))},
    "data": {"sha256": "a"},
}


def changed(**parts):
    return {**RECORD, **parts}


def test_a_new_directory_gets_its_record_and_an_old_one_keeps_it(tmp_path):
    workdir = tmp_path / "a" / "run"
    with directory.create(workdir, changed(command="first")):
        pass
    assert directory.check(workdir, RECORD["config"])
    with directory.create(workdir, changed(command="second")):
        pass
    assert json.loads((workdir / "config.json").read_text())["command"] == "first"


@pytest.mark.parametrize(
    "record, message",
    [
        (
            changed(config={**RECORD["config"], "epochs": 4}),
            "epochs is 3 there, 4",
        ),
        (changed(config={**RECORD["config"], "sweep": {"beta": (0.5,)}}), "sweep.beta is"),
        (changed(config={"epochs": 3}), "sweep.beta is .* there, None here"),
        (changed(config={**RECORD["config"], "hidden": ((8,), (16, (9,)))}), "hidden is"),
        (changed(data={"sha256": "b"}), "another data .*sha256 is 'a' there, 'b' here"),
    ],
)
def test_another_run_is_not_touched(tmp_path, record, message):
    with directory.create(tmp_path / "run", RECORD):
        pass
    before = (tmp_path / "run" / "config.json").read_bytes()
    with pytest.raises(UserError, match=message):
        directory.create(tmp_path / "run", record)
    assert (tmp_path / "run" / "config.json").read_bytes() == before


def test_a_directory_that_is_no_run_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UserError, match="is not empty and holds no run"):
        directory.create(tmp_path, RECORD)
    assert [p.name for p in tmp_path.iterdir() if p.name != ".lock"] == ["notes.txt"]
    with pytest.raises(UserError, match="is a file, not a directory"):
        directory.check(tmp_path / "notes.txt", {})
    with pytest.raises(UserError, match=r"cannot be written|Not a directory"):
        directory.create(tmp_path / "notes.txt" / "run", RECORD)


def test_a_directory_that_cannot_be_written_is_named():
    with pytest.raises(UserError, match="/proc/run cannot be written"):
        directory.create(directory.Path("/proc/run"), RECORD)


def hold(workdir, ready, done):
    with directory.create(workdir, RECORD):
        ready.set()
        done.wait(30)


def test_a_second_process_is_told_who_holds_the_run(tmp_path):
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    process = context.Process(target=hold, args=(tmp_path / "run", ready, done))
    process.start()
    assert ready.wait(30)
    with pytest.raises(UserError, match=f"in use by process {process.pid}"):
        directory.create(tmp_path / "run", RECORD)
    process.kill()  # no clean-up: the lock must go with its holder
    process.join()
    with directory.create(tmp_path / "run", RECORD):
        pass


def test_tables_keep_every_digit_and_empty_cells(tmp_path):
    value = 0.1 + 0.2
    files.write_csv(tmp_path / "t.csv", ("a", "b"), [(value, None), (1, "x,y")])
    rows = files.read_csv(tmp_path / "t.csv")
    assert float(rows[0]["a"]) == value and rows[0]["b"] == "" and rows[1]["b"] == "x,y"
    assert [p.name for p in tmp_path.iterdir()] == ["t.csv"]  # no temporary file is left


def test_a_log_survives_a_torn_line_and_forgets_what_comes_again(tmp_path):
    log = tmp_path / "train.jsonl"
    logs.keep_lines(log, lambda line: True)
    assert not log.exists()
    logs.append_lines(log, [{"epoch": e} for e in (1, 2, 3)])
    with open(log, "a") as stream:
        stream.write('{"epoch": 4')
    logs.keep_lines(log, lambda line: line["epoch"] <= 2)
    logs.append_lines(log, [{"epoch": 3}])
    assert [line["epoch"] for line in logs.read_lines(log)] == [1, 2, 3]


@pytest.mark.parametrize("content", ["", "{", "[1]", "\x00"])
def test_a_damaged_record_is_named(tmp_path, content):
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(UserError, match=r"config\.json: damaged"):
        directory.check(tmp_path, RECORD["config"])
