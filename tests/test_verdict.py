"""The verdict about two runs' numbers: on made-up numbers whose truth is known."""

import numpy as np
import pytest
from scipy.stats import t as student_t

from vae_jax.runs import diff
from vae_jax.runs.diff import DIFFERENT, EXTRA, IDENTICAL, LOST, NOT_JUDGED, WITHIN
from vae_jax.runs.tables import Row
from vae_jax.runs.verdict import verdict
from vae_jax.scores.flag import Flag
from vae_jax.scores.metric_key import RATE
from vae_jax.studies.member import Member


def outcome(values, members, flags=()):
    """A run of which `values` `[members, numbers]` came out."""
    names = [RATE.by(f"s{i}") for i in range(len(values[0]))]
    rows = [
        Row(n, "test", name, None if value is None else float(value), None, flags=flags)
        for n, own in enumerate(values)
        for name, value in zip(names, own)
    ]
    return diff.RunOutcome({}, rows, {}, diff.spreads(rows, members))


def seeds_of(*counts):
    """Members of as many seeds for each of several settings."""
    return [
        Member(float(beta), 2, 1.0, 1e-3, seed)
        for beta, count in enumerate(counts, 1)
        for seed in range(count)
    ]


def test_spreads_are_those_of_the_runs_own_seeds():
    members = seeds_of(3, 1)
    found = diff.spreads(outcome([[1.0], [2.0], [6.0], [5.0]], members).rows, members)
    assert len(found) == 3  # none for the setting with one seed
    assert all(spread == (pytest.approx(np.sqrt(7.0)), 3) for spread in found.values())
    equal = [[0.1], [0.1], [0.1]]  # whose rounded sd is not 0
    assert np.std([0.1] * 3, ddof=1) > 0.0
    for spread in outcome(equal, seeds_of(3)).spreads.values():
        assert spread == (0.0, 3)


def test_a_p_value_is_that_of_the_difference_of_two_seeds():
    """Of normal seeds, 5 % of the differences have one below 5 %."""
    row = Row(0, "test", RATE, 3.0, None)
    again = row._replace(value=1.0)
    t = 2.0 / (0.5 * np.sqrt(2.0))
    expected = 2.0 * student_t.sf(t, 2)
    assert diff.p_value(row, again, diff.Spread(0.5, 3)) == pytest.approx(expected)
    assert diff.p_value(row, row, diff.Spread(0.0, 3)) == 1.0
    assert diff.p_value(row, again, diff.Spread(0.0, 3)) == 0.0
    assert diff.p_value(row, again, None) is None
    draws = np.random.default_rng(0).standard_normal((2_000, 5))
    sds = draws[:, :3].std(axis=1, ddof=1)
    p = [
        diff.p_value(
            row._replace(value=float(a)),
            row._replace(value=float(b)),
            diff.Spread(float(sd), 3),
        )
        for (a, b), sd in zip(draws[:, 3:], sds)
    ]
    assert abs(np.mean(np.array(p) <= 0.05) - 0.05) < 0.015


def test_of_276_numbers_that_agree_the_family_is_wrong_in_5_percent_of_runs():
    """Per number at 95 %, nearly every run would be wrong. Correlated numbers, 3 seeds.

    4.5 % in 20,000 runs; 300 here.
    """
    rng, wrong, alone = np.random.default_rng(1), 0, 0
    members = seeds_of(3, 3, 3, 3)
    for _ in range(300):
        common = rng.standard_normal((2, 12, 1))
        draws = np.sqrt(0.3) * common + np.sqrt(0.7) * rng.standard_normal((2, 12, 23))
        comparisons = diff.compare(*(outcome(values, members) for values in draws))
        assert len(comparisons) == 276
        wrong += any(c.verdict == DIFFERENT for c in comparisons)
        alone += any(c.p <= 0.05 for c in comparisons)
    assert wrong / 300 < 0.08 and alone / 300 > 0.98


def test_a_number_that_is_really_different_is_found_in_the_family():
    rng = np.random.default_rng(2)
    draws = rng.standard_normal((2, 12, 23))
    draws[1, 7, 11] += 1e4
    found = diff.compare(*(outcome(values, seeds_of(3, 3, 3, 3)) for values in draws))
    assert [c.key[0] for c in found if c.verdict == DIFFERENT] == [7]


def test_a_spread_of_0_in_one_run_alone_says_nothing():
    """A share of 1 for every seed there, for all but one here: as far as the other's go."""
    first, second = ([[1.0], [1.0], [1.0]], [[1.0], [0.9], [1.0]])
    judge = lambda a, b: [
        c.verdict for c in diff.compare(outcome(a, seeds_of(3)), outcome(b, seeds_of(3)))
    ]
    assert judge(first, second) == [IDENTICAL, WITHIN, IDENTICAL]
    assert judge(first, [[2.0], [2.0], [2.0]]) == [DIFFERENT] * 3


@pytest.mark.parametrize("elsewhere", [True, False])
def test_a_number_that_one_side_alone_has_is_a_difference(elsewhere):
    few, more = ([[1.0], [2.0]], [[1.0, 5.0], [2.0, 6.0]])
    few, more = (outcome(values, seeds_of(2)) for values in (few, more))
    for sides, expected in (((few, more), EXTRA), ((more, few), LOST)):
        found = diff.compare(*sides)
        assert sorted(c.verdict for c in found) == sorted([IDENTICAL, expected] * 2)
        assert verdict(found, True, elsewhere=elsewhere, trained=True).status == 1


def test_verdicts_of_numbers():
    row = Row(0, "test", RATE, 1.0, 0.1)
    judged = lambda again, p, rejected=False: diff.judged(row, again, p, rejected).verdict
    assert judged(row, None) == IDENTICAL
    assert judged(row._replace(flags=(Flag.BIASED,)), None) == NOT_JUDGED
    assert judged(None, None) == LOST
    assert judged(row._replace(value=1.2), 0.3) == WITHIN
    assert judged(row._replace(value=1.4), 0.0, True) == DIFFERENT
    assert judged(row._replace(value=1.2), None) == NOT_JUDGED
    assert judged(row._replace(value=None), None) == DIFFERENT


@pytest.mark.parametrize("trained", [True, False])
def test_the_verdict_of_a_run(trained):
    """Identical, and exit status 0, only of what was trained now."""

    def judge(values, again, seeds, *, parameters=False, elsewhere=True):
        runs = (outcome(side, seeds_of(seeds)) for side in (values, again))
        options = {"elsewhere": elsewhere, "trained": trained}
        return verdict(diff.compare(*runs), parameters, **options)

    one, three, near = [[1.0]], [[1.0], [2.0], [3.0]], [[1.1], [2.0], [3.0]]
    good = 0 if trained else 3
    found = judge(three, three, 3, parameters=True)
    assert found.status == good and found.text.startswith("identical") == trained
    assert judge(three, three, 3, elsewhere=False).status == 1  # other parameters
    assert judge(three, near, 3, elsewhere=False).status == 1
    found = judge(three, near, 3)
    assert found.status == good and found.text.startswith("agrees, ")
    assert "3 numbers judged together" in found.text
    assert judge(three, [[1e5], [2.0], [3.0]], 3).status == 1
    assert judge(three, [[None], [2.0], [3.0]], 3).status == 1
    found = judge(one, [[1.1]], 1)
    assert found.status == 3 and found.text.startswith("not judged, ")
    assert "1 not judged (no second seed to tell by)" in found.text
    assert trained or "identical" not in found.text
