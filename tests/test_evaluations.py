"""What has been measured: written line by line, torn lines and all, and read back."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vae_jax import evaluations, results, runs, store
from vae_jax.evaluations import Estimate, Line, name_of
from vae_jax.grid import Member
from vae_jax.results import Row

FOUND = {
    ("test", "fd_clf@prior"): Estimate(1.25, 0.1, "", (1.0, 1.5)),
    ("train", "rate"): Estimate(None, None, "an autoencoder has no posterior"),
}
NAME = name_of({"name": "samples"})


def test_lines_come_back_as_they_were(tmp_path):
    line = Line(3, NAME, 10, FOUND)
    evaluations.write(tmp_path, line)
    assert evaluations.read(tmp_path) == {(3, NAME): line}


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_keep_every_digit(tmp_path_factory, value):
    workdir = tmp_path_factory.mktemp("lines")
    evaluations.write(workdir, Line(0, NAME, 1, {("test", "x"): Estimate(value)}))
    assert evaluations.read(workdir)[0, NAME].found["test", "x"].value == value


def test_what_is_not_finite_is_empty_and_says_so(tmp_path):
    for bad in (np.nan, np.inf):
        line = Line(0, NAME, 1, {("test", "x"): Estimate(float(bad), 1.0)})
        evaluations.write(tmp_path, line)
        estimate = evaluations.read(tmp_path)[0, NAME].found["test", "x"]
        assert estimate.value is None and estimate.stderr is None
        assert estimate.note == f"not finite ({bad})"


def test_a_torn_line_is_measured_again(tmp_path):
    """Killed while writing: the line before it stays, and the next starts afresh."""
    file = tmp_path / runs.EVALUATION
    for member in (0, 1):
        evaluations.write(tmp_path, Line(member, NAME, 10, FOUND))
    whole = file.read_bytes()
    for cut in range(len(whole) // 2 + 1, len(whole)):
        file.write_bytes(whole[:cut])
        evaluations.prepare(tmp_path)
        assert set(evaluations.read(tmp_path)) == {(0, NAME)}
        evaluations.write(tmp_path, Line(1, NAME, 10, FOUND))
        assert file.read_bytes() == whole


def test_damaged_lines_are_left_out(tmp_path):
    evaluations.write(tmp_path, Line(0, NAME, 10, FOUND))
    with (tmp_path / runs.EVALUATION).open("a") as file:
        file.write('{"member": 1}\n[1]\n{bad\n')
        file.write('{"member": 1, "metric": "a", "epoch": 1, "found": [[1, 2]]}\n')
    assert set(evaluations.read(tmp_path)) == {(0, NAME)}


def test_the_line_after_most_epochs_counts(tmp_path):
    for epoch in (5, 20, 10):
        evaluations.write(tmp_path, Line(0, NAME, epoch, FOUND))
    lines = evaluations.read(tmp_path)
    assert lines[0, NAME].epoch == 20
    other = name_of({"name": "iwae", "samples": 7})
    lacks = evaluations.missing(lines, [0, 1], [NAME, other], 20)
    assert lacks == {0: [other], 1: [NAME, other]}
    assert evaluations.missing(lines, [0], [NAME], 21) == {0: [NAME]}
    assert evaluations.missing(lines, [0], [NAME], 20) == {}


def test_settings_have_one_name():
    assert name_of({"name": "a", "b": (1, 2)}) == name_of({"b": [1, 2], "name": "a"})
    assert name_of({"name": "a", "b": 1}) != name_of({"name": "a", "b": 2})
    assert evaluations.family(name_of({"b": 1, "name": "a"})) == "a"


def test_tables_are_tidy_and_read_back(tmp_path):
    """Metric and sampler have columns of their own; halves have a file of their own."""
    members = [Member(1.0, 2, 1.0, 1e-3, seed) for seed in (0, 1)]
    rows = [
        Row(0, "test", "fd_clf@prior", 1.0, 0.1, "", (1.0, 2.0, 3.0)),
        Row(0, "test", "rate", None, None, "an autoencoder, it has none"),
        Row(1, "test", "fd_clf@prior", 3.0, 0.1, "", (2.0, 2.5, 3.5)),
    ]
    runs.write_record(tmp_path, {"id": "abc"})
    results.write_results(tmp_path, members, rows)
    first = store.read_csv(tmp_path / runs.RESULTS)[0]
    assert first["run"] == "abc"
    assert (first["metric"], first["sampler"], first["value"]) == ("fd_clf", "prior", "1.0")
    read = results.read_rows(tmp_path / runs.RESULTS)
    assert read == [row._replace(halves=()) for row in rows]
    assert results.read_halves(tmp_path) == {
        (row.member, row.split, row.metric): row.halves for row in rows if row.halves
    }
    summary = store.read_csv(tmp_path / runs.SUMMARY)
    assert len(summary) == 1 and summary[0]["sampler"] == "prior"
    mean, low, high = (float(summary[0][name]) for name in ("mean", "low", "high"))
    assert mean == 2.0 and low < 1.0 and high > 3.0  # two seeds, one degree of freedom
