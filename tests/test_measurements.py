"""What has been measured: written line by line, torn lines and all, and read back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spelled import key

from vae_jax.errors import UserError
from vae_jax.runs import directory, measurements, tables
from vae_jax.runs.measurements import Line, name_of
from vae_jax.runs.tables import Row
from vae_jax.scores.estimate import Estimate, no_value
from vae_jax.scores.flag import Flag
from vae_jax.scores.metric_key import MetricKey
from vae_jax.storage import files, logs
from vae_jax.studies.member import Member

FOUND = {
    ("test", key("fd_clf@prior")): Estimate(1.25, 0.1, "", (1.0, 1.5)),
    ("train", key("rate")): no_value(Flag.NO_POSTERIOR, "an autoencoder has no posterior"),
    ("test", MetricKey("a user's own", "score", "a space", "a way")): Estimate(
        2.0, flags=(Flag.UNTRUSTED, Flag.UNFINISHED)
    ),
}
X = ("test", key("x"))
NAME = name_of({"name": "samples"})


def test_lines_come_back_as_they_were(tmp_path):
    line = Line(3, NAME, 10, FOUND)
    assert measurements.write(tmp_path, line) == line
    assert measurements.read(tmp_path) == {(3, NAME): line}


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_keep_every_digit(tmp_path_factory, value):
    workdir = tmp_path_factory.mktemp("lines")
    measurements.write(workdir, Line(0, NAME, 1, {X: Estimate(value)}))
    assert measurements.read(workdir)[0, NAME].found[X].value == value


def test_a_spread_that_is_not_finite_is_left_out(tmp_path):
    """In memory and in the log alike; numbers of NumPy are floats in both."""
    estimate = Estimate(np.float32(2.0), np.inf, halves=(1.0, np.nan))
    kept = measurements.write(tmp_path, Line(0, NAME, 1, {X: estimate}))
    assert measurements.read(tmp_path) == {(0, NAME): kept}
    assert kept.found[X] == Estimate(2.0)


def test_what_failed_is_tried_again(tmp_path):
    for number, estimate in enumerate((Estimate(1.0), no_value(Flag.FAILED, "raised"))):
        measurements.write(tmp_path, Line(number, NAME, 5, {X: estimate}))
    lines = measurements.read(tmp_path)
    assert measurements.missing(lines, [0, 1], [NAME], 5) == {1: [NAME]}


def test_what_is_not_finite_is_empty_and_says_so(tmp_path):
    for bad in (np.nan, np.inf):
        estimate = Estimate(float(bad), 1.0, "odd", (1.0,), (Flag.UNFINISHED,))
        kept = measurements.write(tmp_path, Line(0, NAME, 1, {X: estimate}))
        assert measurements.read(tmp_path) == {(0, NAME): kept}
        assert kept.found[X] == Estimate(
            *(None, None, f"odd; not finite ({bad})", ()),
            (Flag.UNFINISHED, Flag.NOT_FINITE),
        )


def test_what_is_no_estimate_by_a_key_is_a_mistake():
    """Of a user's own metric, say."""
    mine = name_of({"name": "mine"})
    with pytest.raises(UserError, match="'mine': its number 'score' is named by no"):
        measurements.check(mine, {("test", "score"): Estimate(1.0)})
    with pytest.raises(UserError, match="'mine': its number x is no Estimate"):
        measurements.check(mine, {X: 1.0})
    with pytest.raises(UserError, match="'mine': returned float, no dict"):
        measurements.check(mine, 1.0)
    assert measurements.check(mine, FOUND) is FOUND


def test_a_torn_line_is_measured_again(tmp_path):
    """Killed while writing: the line before it stays, and the next starts afresh."""
    file = tmp_path / directory.EVALUATION
    for member in (0, 1):
        measurements.write(tmp_path, Line(member, NAME, 10, FOUND))
    whole = file.read_bytes()
    for cut in range(len(whole) // 2 + 1, len(whole)):
        file.write_bytes(whole[:cut])
        measurements.prepare(tmp_path)
        assert set(measurements.read(tmp_path)) == {(0, NAME)}
        measurements.write(tmp_path, Line(1, NAME, 10, FOUND))
        assert file.read_bytes() == whole


def test_damaged_lines_are_left_out(tmp_path):
    measurements.write(tmp_path, Line(0, NAME, 10, FOUND))
    with (tmp_path / directory.EVALUATION).open("a") as file:
        file.write('{"member": 1}\n[1]\n{bad\n')
        file.write('{"member": 1, "metric": "a", "epoch": 1, "found": [[1, 2]]}\n')
    assert set(measurements.read(tmp_path)) == {(0, NAME)}


@pytest.mark.parametrize(
    "rest, whole",
    [([[]], True), ([["biased"]], True), ([], False), ([["no such flag"]], False)],
)
def test_a_line_without_flags_or_with_unknown_ones_is_damaged(tmp_path, rest, whole):
    number = ["test", ["", "x", "", ""], 1.0, None, "", [], *rest]
    record = {"member": 0, "metric": NAME, "epoch": 1, "found": [number]}
    logs.append_lines(tmp_path / directory.EVALUATION, [record])
    assert set(measurements.read(tmp_path)) == ({(0, NAME)} if whole else set())


def test_the_line_after_most_epochs_counts(tmp_path):
    for epoch in (5, 20, 10):
        measurements.write(tmp_path, Line(0, NAME, epoch, FOUND))
    lines = measurements.read(tmp_path)
    assert lines[0, NAME].epoch == 20
    other = name_of({"name": "iwae", "samples": 7})
    lacks = measurements.missing(lines, [0, 1], [NAME, other], 20)
    assert lacks == {0: [other], 1: [NAME, other]}
    assert measurements.missing(lines, [0], [NAME], 21) == {0: [NAME]}
    assert measurements.missing(lines, [0], [NAME], 20) == {}


def test_settings_have_one_name():
    assert name_of({"name": "a", "b": (1, 2)}) == name_of({"b": [1, 2], "name": "a"})
    assert name_of({"name": "a", "b": 1}) != name_of({"name": "a", "b": 2})
    assert measurements.family(name_of({"b": 1, "name": "a"})) == "a"


def test_tables_are_tidy_and_read_back(tmp_path):
    """Metric and sampler have columns of their own; halves have a file of their own."""
    members = [Member(1.0, 2, 1.0, 1e-3, seed) for seed in (0, 1)]
    rows = [
        Row(0, "test", key("fd_clf@prior"), 1.0, 0.1, "", (1.0, 2.0, 3.0)),
        Row(0, "test", key("rate"), None, None, "it has none", (), (Flag.NO_POSTERIOR,)),
        Row(1, "test", key("fd_clf@prior"), 3.0, 0.1, "", (2.0, 2.5, 3.5), tuple(Flag)),
    ]
    directory.write_record(tmp_path, {"id": "abc"})
    tables.write_results(tmp_path, members, rows)
    first, empty, _ = files.read_csv(tmp_path / directory.RESULTS)
    assert [*first] == [
        *("run", "member", "split", "metric", "sampler"),
        *("value", "stderr", "note", "flag"),
    ]
    assert first["run"] == "abc"
    assert (first["metric"], first["sampler"], first["value"]) == ("fd_clf", "prior", "1.0")
    assert (first["flag"], empty["flag"]) == ("", "no_posterior")
    assert '"' not in (tmp_path / directory.RESULTS).read_text()  # nothing needs quotes
    read = tables.read_rows(tmp_path / directory.RESULTS)
    assert read == [row._replace(halves=()) for row in rows]
    assert tables.read_halves(tmp_path) == {
        (row.member, row.split, row.key): row.halves for row in rows if row.halves
    }
    summary = files.read_csv(tmp_path / directory.SUMMARY)
    assert len(summary) == 1 and summary[0]["sampler"] == "prior"
    mean, low, high = (float(summary[0][name]) for name in ("mean", "low", "high"))
    assert mean == 2.0 and low < 1.0 and high > 3.0  # two seeds, one degree of freedom
