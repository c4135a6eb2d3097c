"""Posterior collapse: the verdict, its thresholds, what schedules and constraints do."""

import csv
import json

import numpy as np
import pytest
from ml_collections import ConfigDict
from test_study import get

from vae_jax.console.progress import Progress
from vae_jax.data.sources.digits import digits
from vae_jax.pipeline import job, train_block, training_log
from vae_jax.runs import directory, members, tables
from vae_jax.scores.collapse import COLLAPSED_RATE, Verdict, verdict
from vae_jax.scores.metric_key import RATE
from vae_jax.studies.member import Member
from vae_jax.studies.study import resolve
from vae_jax.training import sweep
from vae_jax.types import Images

EPOCHS = 300
CAPACITY, FREE_BITS = 3.0, 0.1  # nats
POINTS = {
    "three live": {"beta": 2.25},
    "still three": {"beta": 2.5},
    "collapsed": {"beta": 4.0},
    "warm-up": {"beta": 4.0, "warmup": 100.0},
    "cyclical": {"beta": 4.0, "warmup": 50.0, "cycle": 100.0},
    "free bits": {"beta": 4.0, "objective.free_bits": FREE_BITS},
    "capacity": {"beta": 4.0, "objective.capacity": CAPACITY, "warmup": 50.0},
    "autoencoder": {"beta": 0.0, "noise": 0.0},
}


@pytest.mark.parametrize(
    "rates, expected, sentence",
    [
        ([0.5, 0.02], Verdict("none", ()), "none"),
        ([0.5, 0.3, 0.0, 2.0, 0.1, 0.01], Verdict("partial", (2, 5)), "partial: 2, 5"),
        ([0.5, 0.001], Verdict("partial", (1,)), "partial: dimension 1"),
        ([0.0, 0.01, -1e-9], Verdict("full", (0, 1, 2)), "full"),
        ([0.011], Verdict("none", ()), "none"),
    ],
)
def test_the_verdict(rates, expected, sentence):
    found = verdict(np.array(rates))
    assert found == expected
    assert str(found).replace("dimensions ", "") == sentence


@pytest.fixture(scope="module")
def dataset():
    return digits()


def test_the_thresholds_of_collapse_are_the_published_ones(dataset):
    """The i-th dimension can live under cross-entropy iff beta is below the eigenvalue.

    Of the covariance of the pixels, each divided by sqrt(p (1 - p)): to second order in
    the code, the gain of a code direction over free biases.
    """
    x = dataset.train / 16.0
    p = x.mean(0)
    varies = p * (1 - p) > 0
    scaled = (x - p)[:, varies] / np.sqrt(p * (1 - p))[varies]
    eigenvalues = np.linalg.eigvalsh(scaled.T @ scaled / len(x))[::-1]
    np.testing.assert_allclose(
        eigenvalues[:5], [3.295, 2.999, 2.737, 1.898, 1.387], atol=5e-4
    )


@pytest.fixture(scope="module")
def task(dataset):
    """The job of all points: one program."""
    config = get().unlock()
    config.update(max_latents=8, latents=8, learning_rate=2e-3, autoencoder=False)
    config.network.hidden = (128,)
    config.sweep = ConfigDict({"points": tuple(POINTS.values())})
    (settings,) = resolve(config).programs
    return job.prepare(0, settings, dataset)


@pytest.fixture(scope="module")
def log(task, dataset):
    """What the job's members say after training, and that they share a compilation."""
    groups = task.hparams(0)
    states = [task.program.init(group) for group in groups]
    images = sweep.share(task.program, Images(dataset.train, ()))
    logs = [*sweep.train_groups(task.program, states, images, groups, range(EPOCHS))]
    assert task.program.train._cache_size() == 1
    return sweep.join_groups(logs, len(POINTS))


def rates(log, name):
    return log.rates[list(POINTS).index(name)]


def test_live_dimensions_are_those_below_their_thresholds(log):
    """Three eigenvalues are above 2.25 and 2.5, and none above 4."""
    for name in ("three live", "still three"):
        assert (rates(log, name) > COLLAPSED_RATE).sum() == 3
        assert len(verdict(rates(log, name)).dimensions) == 5
    assert rates(log, "collapsed").sum() < COLLAPSED_RATE


def test_a_schedule_does_not_move_the_optimum(log):
    """What is collapsed at the final beta collapses after any warm-up."""
    for name in ("warm-up", "cyclical"):
        assert verdict(rates(log, name)).kind == "full"


def test_free_bits_and_capacity_keep_a_rate(log):
    """At beta 4, where a nat of rate is never worth it, the rate sits where it is free.

    One batch's noise moves a rate after training: by up to a tenth of it in trials.
    """
    np.testing.assert_allclose(rates(log, "free bits"), FREE_BITS, rtol=0.4)
    np.testing.assert_allclose(rates(log, "capacity").sum(), CAPACITY, rtol=0.15)


def test_the_log_names_collapsed_dimensions(task, log):
    lines = dict(zip(POINTS, training_log.log_lines(task, 0, log, EPOCHS), strict=True))
    assert lines["collapsed"]["collapsed"] == list(range(8))
    assert len(lines["three live"]["collapsed"]) == 5
    assert lines["free bits"]["collapsed"] == [] and lines["autoencoder"]["rate"] is None
    assert lines["autoencoder"]["collapsed"] is None
    json.dumps(lines)


def test_dimensions_in_no_use_are_not_collapsed(task, log):
    smaller = [member._replace(latents=2) for member in task.settings.members]
    small = task._replace(settings=task.settings._replace(members=smaller))
    lines = training_log.log_lines(small, 0, log, EPOCHS)
    assert lines[list(POINTS).index("collapsed")]["collapsed"] == [0, 1]


def test_the_progress_bar_counts_full_collapses(task, log):
    """Not the autoencoder, whatever its rate is, and not those that have diverged."""
    nothing = log._replace(rates=np.zeros_like(log.rates))
    gone = nothing._replace(diverged=nothing.trained > 0)
    expected = [(log, (0, 3)), (nothing, (0, len(POINTS) - 1)), (gone, (len(POINTS), 0))]
    with Progress(members=len(POINTS), examples=1) as progress:
        for said, counts in expected:
            train_block.show(progress, EPOCHS, EPOCHS, said, task.settings.members)
            assert progress.now == counts


def test_members_csv_keeps_schedules_and_own_numbers(tmp_path):
    own = (("objective.free_bits", 0.1), ("objective.capacity", 1 / 3))
    own_members = [
        Member(4.0, 2, 1.0, 1e-3, 0),
        Member(4.0, 2, 1.0, 1e-3, 1, warmup=0.1 + 0.2, cycle=10.0),
        Member(4.0, 2, 1.0, 1e-3, 2, own=own),
    ]
    own_members = [member._replace(static=(("epochs", 3),)) for member in own_members]
    directory.write_record(tmp_path, {"id": "abc"})
    members.write_members(tmp_path, own_members, [0, 0, 0], {}, evaluated=False)
    assert [found.member for found in members.read_members(tmp_path)] == own_members
    with open(tmp_path / "members.csv") as file:
        assert {"warmup", "cycle", *dict(own)} <= set(next(csv.reader(file)))


def test_summary_keeps_own_numbers_apart(tmp_path):
    name = "objective.capacity"
    members = [
        Member(4.0, 2, 1.0, 1e-3, seed, own=((name, capacity),))
        for capacity in (0.0, 2.0)
        for seed in (0, 1)
    ]
    rows = [tables.Row(i, "test", RATE, float(i), None) for i in range(4)]
    directory.write_record(tmp_path, {"id": "abc"})
    tables.write_results(tmp_path, members, rows)
    with open(tmp_path / "summary.csv") as file:
        found = {row[name]: float(row["mean"]) for row in csv.DictReader(file)}
    assert found == {"0.0": 0.5, "2.0": 2.5}
