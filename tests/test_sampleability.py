"""The sampleability figure and the rate-distortion plane: marks are where numbers are."""

import warnings

import numpy as np
import pytest
from made_up_run import LOG_N, MEMBERS, collapsed, make_run, scores
from matplotlib import pyplot as plt
from scipy.spatial import ConvexHull
from spelled import key

from vae_jax.report.figures import style
from vae_jax.report.figures.beta_axis import (
    as_fraction,
    beta_axis,
    collapsed_from,
    left_out,
)
from vae_jax.report.figures.plane import lower_hull, plane
from vae_jax.report.figures.sampleability import sampleability
from vae_jax.scores.metric_key import DISTORTION, RATE
from vae_jax.studies.member import Member

RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def close_figures():
    """pyplot keeps what is not rendered."""
    yield
    plt.close("all")


HALVES = lambda member, metric: np.sin(np.arange(20.0) + member.beta)


def marks(axes, colour):
    """Points of a colour, left to right."""
    found = [
        point
        for line in axes.lines
        if line.get_color() == colour and line.get_marker() != "None"
        for point in line.get_xydata()
    ]
    return np.array(sorted(map(tuple, found)))


def bars(axes, colour):
    """Upright intervals of a colour: (x, low, high)."""
    found = [
        (*set(line.get_xdata()), *line.get_ydata())
        for line in axes.lines
        if line.get_color() == colour
        and line.get_marker() == "None"
        and len(set(line.get_xdata())) == 1
    ]
    return np.array(sorted(found))


def test_the_curves_are_the_summaries_with_their_intervals(tmp_path):
    run = make_run(tmp_path, spread=HALVES)
    figure = sampleability(run)
    columns = len(run.sizes())
    names = (
        ("FD", {name: f"fd_clf@{name}" for name in ("prior", "mixture", "aggregate")}),
        ("coverage", {name: f"coverage_clf@{name}" for name in ("prior", "mixture")}),
        ("mutual information, nats", {}),
    )
    for row, (label, curves) in enumerate(names):
        assert figure.axes[row * columns].get_ylabel() == label
        for column, size in enumerate(run.sizes()):
            axes = figure.axes[row * columns + column]
            for curve, metric in curves.items():
                colour = style.CURVES[curve].colour
                expected = [run.summary(s, key(metric)) for s in run.of_size(size)]
                np.testing.assert_array_equal(
                    marks(axes, colour)[:, 1], [e.mean for e in expected]
                )
                np.testing.assert_array_equal(
                    bars(axes, colour)[:, 1:], [(e.low, e.high) for e in expected]
                )
    information = marks(figure.axes[2 * columns], style.CURVES["information"].colour)
    np.testing.assert_array_equal(information[:, 1], [1.5, 1.5])  # no autoencoder
    lines = {line.get_ydata()[0] for line in figure.axes[2 * columns].lines}
    assert LOG_N in lines


def test_references_are_at_what_the_generators_score(tmp_path):
    figure = sampleability(make_run(tmp_path))
    level = lambda axes: {
        line.get_ydata()[0] for line in axes.lines if line.get_linestyle() == "--"
    }
    assert {0.25, 25.2} <= level(figure.axes[0])
    assert {0.97, 0.01} <= level(figure.axes[2])
    told = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert told == ["training images", "mean image"] * 2 + [f"log N = {LOG_N:.2f}"]


def test_a_distance_of_zero_is_on_the_page(tmp_path):
    """Of repeated or constant images: no logarithm shows it, so the axis has none."""
    run = make_run(tmp_path)
    assert sampleability(run).axes[0].get_yscale() == "log"
    generators = {"training images": {"fd_clf": 0.0}, "mean image": {"fd_clf": 0.0}}
    flat = run._replace(baselines={**run.baselines, "generators": generators})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        axes = sampleability(flat).axes[0]
    assert axes.get_yscale() == "linear" and axes.get_ylim()[0] < 0.0


def test_betas_are_logarithmic_and_the_autoencoder_apart(tmp_path):
    members = [Member(b, 2, float(b > 0), 1e-3, 0) for b in (0.0, 0.25, 0.5, 1.0, 4.0)]
    run = make_run(tmp_path, [*members, Member(0.5, 2, 0.5, 1e-3, 0)])
    axis = beta_axis(run)
    places = [x for x, _ in axis.placed(run, 2)]  # without the one of another noise
    assert places == [-3.5, -2.0, -1.0, 0.0, 2.0]
    assert [as_fraction(b) for b in (1 / 16, 0.3, 0.5, 1.0, 2.0)] == [
        *("1/16", "0.3", "1/2", "1", "2")
    ]


def test_the_shade_is_where_every_seed_is_collapsed(tmp_path):
    def found(member):
        gone = member.beta == 1.0 and (member.latents == 2 or member.seed > 0)
        return (collapsed if gone else scores)(member)

    run = make_run(tmp_path, found=found)
    axis = beta_axis(run)
    assert collapsed_from(run, axis, 2) == -0.5  # half way from beta 1/2 to 1
    assert collapsed_from(run, axis, 5) is None
    panels = sampleability(run).axes[:2]
    assert [len(panel.patches) for panel in panels] == [1, 0]


@pytest.mark.parametrize(
    "keep, rows",
    [
        (("distortion", "rate"), None),
        (("fd_clf@prior",), 1),
        (("mutual_information",), 1),  # without its ceiling
    ],
)
def test_rows_without_numbers_are_left_out(tmp_path, keep, rows):
    run = make_run(
        tmp_path, found=lambda m: {k: v for k, v in scores(m).items() if k in keep}
    )
    figure = sampleability(run)
    assert (figure and len(figure.axes) // 2) == rows


def test_at_most_four_sizes_are_shown(tmp_path):
    members = [Member(1.0, size, 1.0, 1e-3, 0) for size in range(2, 12)]
    figure = sampleability(make_run(tmp_path, members))
    titles = [axes.get_title() for axes in figure.axes[:4]]
    assert titles == ["2 latents", "5 latents", "8 latents", "11 latents"]


def test_the_plane_has_every_member_and_setting_where_it_belongs(tmp_path):
    run = make_run(tmp_path)
    axes = plane(run).axes[0]
    drawn = {tuple(map(float, p)) for line in axes.lines for p in line.get_xydata()}
    for i, member in enumerate(run.members):
        y = run.values[i, "test", DISTORTION]
        x = run.values.get((i, "test", RATE))
        assert (x, y) in drawn if member.noise else any(q == y and p > 8 for p, q in drawn)
        low, high = axes.get_ylim()
        assert low < y < high
    for setting in run.settings:
        found = run.summary(setting, DISTORTION)
        assert {found.low, found.high, found.mean} <= {y for _, y in drawn}
    limit = min(run.summary(s, DISTORTION).mean for s in run.settings if s.is_autoencoder)
    assert f"autoencoding limit {limit:.2f}" in [text.get_text() for text in axes.texts]
    assert (0.0, 27.1) in drawn


def test_the_plane_survives_any_numbers(tmp_path):
    """A rate of 1e10, a distortion above the mean image's, a floor that is the ceiling."""
    huge = make_run(
        tmp_path, found=lambda m: {**scores(m), "rate": 1e10, "distortion": 99.0}
    )
    huge = huge._replace(baselines={"test": {"floor": 7.0, "collapsed": 7.0}})
    axes = plane(huge).axes[0]
    assert len(axes.lines) < 150 and axes.get_ylim()[1] > 99.0
    assert plane(huge._replace(values={})) is None


def test_the_lower_hull_is_the_falling_part_of_the_convex_hull():
    """Its corners are qhull's, and no point is under it."""
    points = RNG.normal(size=(60, 2))
    hull = np.array(lower_hull([tuple(p) for p in points]))
    corners = points[ConvexHull(points).vertices]
    assert {tuple(p) for p in hull} <= {tuple(p) for p in corners}
    assert hull[0, 0] == points[:, 0].min() and hull[-1, 1] == points[:, 1].min()
    inside = points[points[:, 0] <= hull[-1, 0]]
    assert (inside[:, 1] >= np.interp(inside[:, 0], *hull.T) - 1e-12).all()
    slopes = np.diff(hull[:, 1]) / np.diff(hull[:, 0])
    assert (np.diff(slopes) > 0).all() and (slopes < 0).all()
    assert lower_hull([(1.0, 2.0), (1.0, 2.0)]) == [(1.0, 2.0)]


def test_equal_runs_give_equal_bytes(tmp_path):
    run = make_run(tmp_path, MEMBERS[:9])
    for draw in (sampleability, plane):
        assert style.render(draw(run), "svg") == style.render(draw(run), "svg")


def test_an_axis_has_one_remedy_against_collapse(tmp_path):
    """The one with most betas, or the plain objective; the others are counted."""
    sweep = lambda betas, **remedy: [
        Member(beta, 2, 1.0, 1e-3, seed, **remedy) for beta in betas for seed in (0, 1)
    ]
    warm = sweep((0.5, 1.0, 2.0), warmup=9.0)
    for i, (plain, betas, others) in enumerate(
        (((1.0,), [0.5, 1.0, 2.0], 1), ((0.5, 1.0, 4.0), [0.5, 1.0, 4.0], 3))
    ):
        run = make_run(tmp_path, members=[*sweep(plain), *warm], name=f"run{i}")
        axis = beta_axis(run)
        assert axis.betas == betas
        places = [x for x, _ in axis.placed(run, 2)]
        np.testing.assert_allclose(places, np.log2(betas))
        assert left_out(run).startswith(f" {others} setting")
        assert sampleability(run) is not None
    assert left_out(make_run(tmp_path, name="plain")) == ""
