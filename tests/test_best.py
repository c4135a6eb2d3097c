"""The best of several: Holm's method, and how often a false difference is named."""

import numpy as np
import pytest
from made_up_run import make_run
from scipy import stats
from spelled import key

from vae_jax.report.sentences.best import lowest
from vae_jax.report.sentences.differences import Score, difference
from vae_jax.report.sentences.fit import repairs
from vae_jax.runs.holm import rejected
from vae_jax.runs.intervals import mean_interval, p_value
from vae_jax.studies.member import Member

FD = key("fd_clf@prior")
RNG = np.random.default_rng


def run_of(tmp_path, settings, seeds, metrics=("fd_clf@prior",), beta=1.0):
    """Settings of one size, whose numbers are made anew by `drawn`."""
    members = [
        Member(beta + i, 4, 1.0, 1e-3, s) for i in range(settings) for s in range(seeds)
    ]
    return make_run(tmp_path, members, lambda m: dict.fromkeys(metrics, 0.0))


def drawn(run, rng, shift=None, noise=0.3, metrics=(FD,)):
    """FD of seeds, of standard deviation 1, and of halves of the real images.

    Each setting's error from the real images, of standard deviation `noise`, is common to
    its seeds, and its halves tell how large it is.
    """
    shift = np.zeros(len(run.settings)) if shift is None else shift
    values, halves = {}, {}
    for metric in metrics:
        for level, numbers in zip(shift, run.settings.values(), strict=True):
            error, *of_halves = noise * rng.standard_normal(21)
            for number in numbers:
                value = level + error + rng.standard_normal()
                values[number, "test", metric] = value
                halves[number, "test", metric] = tuple(value + np.array(of_halves))
    return run._replace(values=values, halves=halves)


def test_holm_is_the_definition():
    """The example of four: 0.01 and 0.005 are below 0.05/4 and 0.05/3, 0.03 is not."""
    assert rejected([0.01, 0.04, 0.03, 0.005], 4) == [True, False, False, True]
    assert rejected([0.04], 1) == [True] and rejected([0.04], 2) == [False]
    assert rejected([], 0) == []
    with pytest.raises(ValueError, match="2 p-values of a family of 1"):
        rejected([0.1, 0.2], 1)


def test_holm_rejects_what_every_intersection_of_hypotheses_rejects():
    """The closure of Bonferroni's tests, by brute force (Marcus et al., 1976)."""
    rng = RNG(0)
    for _ in range(200):
        p = rng.uniform(size=4) ** 4
        subsets = [[i for i in range(4) if s >> i & 1] for s in range(1, 16)]
        bonferroni = [min(p[rows]) <= 0.05 / len(rows) for rows in subsets]
        closed = [
            all(found for rows, found in zip(subsets, bonferroni) if i in rows)
            for i in range(4)
        ]
        assert rejected(list(p), 4) == closed


def test_the_p_value_is_that_of_the_t_test():
    for n in (2, 3, 7):
        x = RNG(n).normal(1.0, 1.0, n)
        found = p_value(mean_interval(x, None))
        assert found == pytest.approx(stats.ttest_1samp(x, 0.0).pvalue, rel=1e-9)


def test_the_p_value_is_small_only_where_the_interval_is_beside_zero():
    rng = RNG(1)
    for _ in range(300):
        values, halves = rng.normal(1.0, 1.0, 3), rng.normal(0.0, 1.0, (3, 20))
        found = mean_interval(values, halves)
        assert p_value(found) > 0.05 or found.distinguishable


def test_a_source_of_variance_never_makes_a_p_value_smaller():
    rng = RNG(2)
    for _ in range(300):
        values, halves = rng.normal(1.0, 0.3, 2), rng.normal(0.0, 1.0, (2, 20))
        alone = mean_interval(values, None)
        assert p_value(mean_interval(values, halves)) >= p_value(alone)


def test_the_p_value_of_what_has_no_spread():
    assert p_value(mean_interval(np.array([0.5]), None)) == 1.0
    assert p_value(mean_interval(np.array([0.5, 0.5]), None)) == 0.0
    assert p_value(mean_interval(np.zeros(3), None)) == 1.0


@pytest.mark.parametrize("seeds", [2, 3, 5])
def test_of_seven_equal_settings_few_sentences_name_a_false_difference(tmp_path, seeds):
    """At most 5 %, and 3 standard errors of 200 runs; uncorrected, many times that."""
    run, rng, runs = run_of(tmp_path, 7, seeds), RNG(seeds), 200
    settings, false, uncorrected = list(run.settings), 0, 0
    for _ in range(runs):
        made = drawn(run, rng)
        found = lowest(made, [settings], FD)
        false += bool(found.worse[0])
        scores = {s: made.summary(s, FD).mean for s in settings}
        best = min(scores, key=scores.get)
        gaps = [
            difference(made, Score(s, FD), Score(best, FD)) for s in settings if s != best
        ]
        uncorrected += any(gap.distinguishable for gap in gaps)
        assert found.winners == [best] and found.pairs == 21
    assert false / runs < 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)
    assert uncorrected / runs > 0.2


def test_a_large_difference_is_named(tmp_path):
    run, rng = run_of(tmp_path, 4, 3), RNG(0)
    shift = np.array([60.0, 0.0, 60.0, 60.0])
    settings = list(run.settings)
    for _ in range(20):
        found = lowest(drawn(run, rng, shift), [settings], FD)
        assert found.winners == [settings[1]]
        assert set(found.worse[0] + found.alike[0]) == {*settings} - {settings[1]}
    strong = sum(
        len(lowest(drawn(run, rng, shift), [settings], FD).worse[0]) for _ in range(20)
    )
    assert strong >= 50  # of 60


def test_pairs_that_are_not_tested_never_name_more(tmp_path, monkeypatch):
    """Beyond so many pairs only those of the best are tested: a subset of the verdicts."""
    run, rng = run_of(tmp_path, 6, 3), RNG(2)
    settings = list(run.settings)
    for _ in range(20):
        made = drawn(run, rng, np.linspace(0.0, 30.0, 6))
        everything = lowest(made, [settings], FD)
        monkeypatch.setattr("vae_jax.report.sentences.best.MOST_PAIRS", 3)
        some = lowest(made, [settings], FD)
        monkeypatch.undo()
        assert some.pairs == everything.pairs == 15
        assert set(some.worse[0]) <= set(everything.worse[0])


def test_the_best_of_three_equal_samplers_seldom_repairs_anything(tmp_path):
    """Were only the best of them tested, twice as often as 5 %, and more."""
    names = [f"fd_clf@{name}" for name in ("prior", "gaussian", "mixture", "kde")]
    metrics = [key(name) for name in names]
    run, rng = run_of(tmp_path, 1, 5, names), RNG(0)
    (setting,) = run.settings
    runs = 400
    found = sum(repairs(drawn(run, rng, metrics=metrics), setting) for _ in range(runs))
    assert found / runs < 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)
