"""Half-samples and intervals: known errors, and the coverage that 95 % promises."""

import numpy as np
import pytest
from scipy import stats

from vae_jax.runs.intervals import Interval, difference, interval, mean_interval, p_value
from vae_jax.scores.half_samples import halves, stderr

RNG = np.random.default_rng


@pytest.mark.parametrize("n", [10, 11])
def test_halves_are_without_replacement_and_even(n):
    rows = halves(n, 4_000, RNG(0))
    assert rows.shape == (4_000, n // 2)
    assert all(len(set(row)) == n // 2 for row in rows[:100])
    share = np.bincount(rows.ravel(), minlength=n) / 4_000
    p = (n // 2) / n
    assert (abs(share - p) < 5 * np.sqrt(p * (1 - p) / 4_000)).all()
    np.testing.assert_array_equal(rows, halves(n, 4_000, RNG(0)))


def test_spread_of_halves_is_the_standard_error_of_a_mean():
    """s / sqrt(n) exactly as H grows; with 4000 halves known to 1.1 %."""
    x = RNG(1).exponential(size=200)
    found = stderr(x[halves(200, 4_000, RNG(2))].mean(axis=1))
    assert abs(found / (x.std(ddof=1) / np.sqrt(200)) - 1) < 4 / np.sqrt(2 * 4_000)


def test_spread_of_halves_is_the_standard_error_of_a_median():
    """sqrt(pi / 2) / sqrt(n) for a Gaussian: root mean square over 200 samples.

    A median of n is no linear statistic; its spread between samples of halves varies by a
    third and is known here to 3 %, the asymptotic formula to 1 %.
    """
    rng, rows = RNG(3), halves(400, 100, RNG(4))
    found = [stderr(np.median(rng.standard_normal(400)[rows], axis=1)) for _ in range(200)]
    expected = np.sqrt(np.pi / 2 / 400)
    assert abs(np.sqrt(np.mean(np.square(found))) / expected - 1) < 0.12


def test_stderr_of_many_models_at_once():
    values = RNG(5).standard_normal((3, 2, 9))
    np.testing.assert_array_equal(stderr(values)[1], stderr(values[1]))
    assert stderr(np.array([0.0, 2.0])) == pytest.approx(np.sqrt(2.0))


def test_seeds_alone_are_the_t_interval_of_scipy():
    x = RNG(6).normal(2.0, 1.0, 5)
    found = mean_interval(x, None)
    low, high = stats.t.interval(0.95, 4, x.mean(), stats.sem(x))
    np.testing.assert_allclose((found.low, found.high), (low, high), rtol=1e-10)
    assert found.mean == x.mean() and found.seeds == 5


def test_unpaired_difference_of_seeds_is_welch_s():
    a, b = RNG(7).standard_normal(5), RNG(8).normal(1.0, 4.0, 7)
    found = difference(a, None, b, None, paired_by_seed=False)
    test = stats.ttest_ind(a, b, equal_var=False)
    expected = test.confidence_interval(0.95)
    np.testing.assert_allclose((found.low, found.high), tuple(expected), rtol=1e-10)
    assert p_value(found) >= test.pvalue * (1.0 - 1e-9)


def test_paired_difference_of_seeds_is_the_paired_t():
    a = RNG(9).standard_normal(5)
    b = a + 0.1 * RNG(10).standard_normal(5)
    found = difference(a, None, b, None, paired_by_seed=True)
    expected = stats.ttest_rel(a, b).confidence_interval(0.95)
    np.testing.assert_allclose((found.low, found.high), tuple(expected), rtol=1e-10)


def test_what_paired_seeds_share_on_halves_cancels():
    a, noise = np.array([1.0, 2.0, 4.0]), RNG(20).standard_normal(40)
    halves_of = lambda values: values[:, None] + noise[None]
    b = a - np.array([0.5, 0.6, 0.7])
    found = difference(a, halves_of(a), b, halves_of(b), paired_by_seed=True)
    np.testing.assert_allclose(found.stderr, 0.1 / np.sqrt(3), rtol=1e-10)
    assert mean_interval(a, halves_of(a)).stderr > noise.std(ddof=1)


def test_two_levels_add_with_their_degrees_of_freedom():
    x, h = RNG(11).standard_normal(4), RNG(12).standard_normal((4, 9))
    seeds, real = x.var(ddof=1) / 4, h.mean(axis=0).var(ddof=1)
    dof = (seeds + real) ** 2 / (seeds**2 / 3 + real**2 / 8)
    found = mean_interval(x, h)
    np.testing.assert_allclose(found.stderr**2, seeds + real, rtol=1e-12)
    half_width = max(
        stats.t.ppf(0.975, freedom) * np.sqrt(variance)
        for freedom, variance in ((dof, seeds + real), (3, seeds), (8, real))
    )
    np.testing.assert_allclose(found.high - found.mean, half_width, rtol=1e-9)
    np.testing.assert_allclose(found.mean - found.low, half_width, rtol=1e-9)


def test_another_source_of_variance_never_narrows_an_interval():
    """Where Welch and Satterthwaite's would: their degrees of freedom rise too fast."""
    rng, narrowed = RNG(21), 0
    for _ in range(2_000):
        count = int(rng.integers(1, 4))
        dofs = rng.choice([1, 2, 4, 19], count)
        sources = [(float(10 ** rng.uniform(-6, 2)), int(dof)) for dof in dofs]
        wide = interval(0.0, sources, 2).high
        without = interval(0.0, sources[:-1], 2).high if count > 1 else 0.0
        assert wide >= without * (1.0 - 1e-12)
        narrowed += count > 1 and welch(sources) < welch(sources[:-1])
    assert narrowed > 100


def welch(sources):
    """Half the width of Welch and Satterthwaite's interval."""
    total = sum(v for v, _ in sources)
    dof = total**2 / sum(v**2 / d for v, d in sources)
    return stats.t.ppf(0.975, dof) * np.sqrt(total)


def test_two_seeds_are_not_told_apart_by_more_images_of_theirs():
    """As β 1 and 0.5 with 4 latents were: the paired t over seeds has p = .08."""
    seeds = np.array([0.05, 0.21, 0.18])
    few = mean_interval(seeds, None)
    more = mean_interval(seeds, seeds[:, None] + RNG(22).normal(0.0, 0.03, (3, 20)))
    assert p_value(few) > 0.08 and not few.distinguishable
    assert more.low <= few.low < 0.0 and more.high >= few.high


def test_a_p_value_below_five_percent_is_zero_outside_the_interval():
    rng = RNG(23)
    for _ in range(500):
        dofs = rng.choice([1, 2, 4, 19], int(rng.integers(1, 4)))
        sources = [(float(10 ** rng.uniform(-3, 1)), int(dof)) for dof in dofs]
        found = interval(float(rng.normal(0.0, 5.0)), sources, 2)
        assert (p_value(found) < 0.05) == found.distinguishable
    assert p_value(mean_interval(np.array([3.0]), None)) == 1.0


def test_one_seed_knows_the_real_images_only():
    h = RNG(13).standard_normal((1, 30))
    found = mean_interval(np.array([3.0]), h)
    assert found.seeds == 1 and found.mean == 3.0
    np.testing.assert_allclose(found.stderr, h.std(ddof=1), rtol=1e-12)
    ignorant = mean_interval(np.array([3.0]), None)
    assert ignorant == Interval(3.0, -np.inf, np.inf, np.inf, 1)
    assert not ignorant.distinguishable
    b, b_halves = RNG(14).standard_normal(5), RNG(15).standard_normal((5, 30))
    assert difference(np.ones(1), h, b, b_halves, paired_by_seed=False).seeds == 1


def test_distinguishable_means_zero_outside():
    exact = mean_interval(np.full(4, 0.5), np.full((4, 3), 0.25))
    assert exact[:5] == (0.5, 0.5, 0.5, 0.0, 4) and exact.distinguishable
    assert not mean_interval(np.zeros(3), None).distinguishable
    assert mean_interval(np.array([-1.0, -1.1, -0.9]), None).distinguishable
    assert not mean_interval(np.array([-1.0, 1.1, 0.3]), None).distinguishable
    tiny = mean_interval(1e-200 * np.array([1.0, 2.0, 3.0]), None)
    assert np.isfinite(tiny[:4]).all()


REAL, HALVES, TRIALS = 100, 60, 1_000


def study(rng, rows, methods, seeds, seed_sd, interaction):
    """Scores of methods `[methods, seeds]` and on halves, for one draw of real images.

    theta = mean over real images of (common noise + the method's own) + the seed's.
    """
    common = rng.standard_normal(REAL)[None]
    images = common + interaction * rng.standard_normal((methods, REAL))
    offset = seed_sd * rng.standard_normal((methods, seeds))
    values = images.mean(axis=1)[:, None] + offset
    return values, images[:, rows].mean(axis=2)[:, None] + offset[..., None]


ERROR = 3.5 * np.sqrt(0.95 * 0.05 / TRIALS)  # 2.4 %: of a share of 95 % over the trials
MOST = 0.98  # an interval that is too wide says too little


@pytest.mark.parametrize("seeds", [2, 3, 5])
@pytest.mark.parametrize("seed_sd", [0.02, 0.2, 1.0])
def test_interval_of_a_mean_covers_the_truth(seeds, seed_sd):
    """Where real images dominate, where both count, and where seeds do."""
    rng, rows, hits, seeds_only = RNG(16), halves(REAL, HALVES, RNG(17)), 0, 0
    for _ in range(TRIALS):
        values, on_halves = study(rng, rows, 1, seeds, seed_sd, 0.0)
        found = mean_interval(values[0], on_halves[0])
        hits += found.low < 0.0 < found.high
        alone = mean_interval(values[0], None)
        seeds_only += alone.low < 0.0 < alone.high
    assert 0.95 - ERROR < hits / TRIALS < MOST + ERROR
    if seed_sd == 0.02 and seeds == 5:
        assert seeds_only / TRIALS < 0.5  # what leaving out the real images would claim


@pytest.mark.parametrize("seeds", [2, 3, 5])
@pytest.mark.parametrize("seed_sd, interaction", [(0.02, 0.3), (0.1, 0.5), (0.5, 0.0)])
def test_interval_of_a_difference_covers_the_truth(seeds, seed_sd, interaction):
    """Noise of the real images that both methods share cancels; the rest is counted."""
    rng, rows, hits, widths = RNG(18), halves(REAL, HALVES, RNG(19)), 0, []
    for _ in range(TRIALS):
        (a, b), (ah, bh) = study(rng, rows, 2, seeds, seed_sd, interaction)
        found = difference(a, ah, b, bh, paired_by_seed=True)
        hits += not found.distinguishable
        widths.append(found.stderr)
    assert 0.95 - ERROR < hits / TRIALS < MOST + ERROR
    truth = np.sqrt(2 * seed_sd**2 / seeds + 2 * interaction**2 / REAL)
    np.testing.assert_allclose(np.sqrt(np.mean(np.square(widths))), truth, rtol=0.08)


def test_what_cannot_be_compared_is_refused():
    x, h = np.ones(3), np.ones((3, 4))
    refused = [
        (lambda: mean_interval(np.array([1.0, np.nan]), None), "finite"),
        (lambda: mean_interval(np.array([]), None), "finite"),
        (lambda: mean_interval(x, h[:2]), "half-samples of 3 seeds"),
        (lambda: mean_interval(x, h[:, :1]), "2 or more"),
        (lambda: mean_interval(x, np.full((3, 4), np.inf)), "finite"),
        (lambda: difference(x, h, x, None, paired_by_seed=True), "one side"),
        (lambda: difference(x, h, x, h[:, :3], paired_by_seed=True), "paired"),
        (lambda: difference(x, h, x[:2], h[:2], paired_by_seed=True), "equal numbers"),
    ]
    for call, message in refused:
        with pytest.raises(ValueError, match=message):
            call()
