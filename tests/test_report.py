"""The report: computed sentences, escaped words, equal bytes."""

import re
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import ttest_rel

from vae_jax import runs
from vae_jax.errors import UserError
from vae_jax.grid import Member
from vae_jax.report import compare, figures, page, style, tables
from vae_jax.report.load import Pictures, Run
from vae_jax.summary import Setting, Summary, by_setting, over_seeds, show

RNG = np.random.default_rng(0)


def make_run(tmp_path, members, scores, shape=(4, 3), labels=True, name="run"):
    """A run made up from `scores(member) -> {metric: value}`."""
    values = {
        (i, "test", metric): value
        for i, member in enumerate(members)
        for metric, value in scores(member).items()
    }
    count, d = len(members), int(np.prod(shape))
    images = lambda n: RNG.uniform(size=(count, n, d)).astype("f2")
    codes = {"mean": RNG.normal(size=(count, 30, 5)).astype("f2")}
    if labels:
        codes["labels"] = RNG.integers(0, 10, 30)
    record = {
        "config": {
            "epochs": 3,
            "likelihood": {"name": "bernoulli"},
            "evaluation": {"max_images": 20},
        },
        "data": {
            **{"name": name, "train": 9, "test": 30, "shape": list(shape)},
            "levels": 17,
        },
        "command": f"python experiments/sweep.py --workdir={name}",
    }
    originals = RNG.uniform(size=(10, d)).astype("f2")
    workdir = Path(tempfile.mkdtemp(dir=tmp_path)) / "run"
    runs.write_json(workdir / "config.json", record)
    arrays = {
        "reconstructions": {"images": images(10), "originals": originals},
        "samples": {"images": images(20)},
        "interpolations": {"images": images(11)},
        "codes": codes,
    }
    # Two blocks, so that a member is found in the second as well.
    cut = -(-count // 2)
    blocks = [workdir / "arrays" / runs.block_name(0, i) for i in (0, 1)]
    for block, rows in zip(blocks, (slice(0, cut), slice(cut, None))):
        for kind, found in arrays.items():
            own = {n: v[rows] if n in ("images", "mean") else v for n, v in found.items()}
            runs.write_arrays(block / f"{kind}.npz", own)
    return Run(
        workdir,
        record,
        "",
        list(range(count)),
        members,
        ["done"] * count,
        values,
        by_setting(members),
        {"test": {"floor": 13.5, "collapsed": 27.1}},
        Pictures(tuple(blocks)),
    )


def scores(member):
    found = {"distortion": 16.0 + member.beta + 0.1 * member.seed, "active_units": 2.0}
    found["off_manifold99"] = 1.0 if member.noise == 0.0 else 0.02
    found["coverage_raw"] = 0.01 if member.noise == 0.0 else 0.8 + member.beta / 10
    if member.noise:
        found["rate"] = 8.0 - member.beta
        found["neg_elbo"] = found["distortion"] + found["rate"]
    return found


MEMBERS = [
    Member(beta, latents, float(beta > 0), 1e-3, seed)
    for latents in (2, 5)
    for beta in (0.0, 0.5, 1.0)
    for seed in (0, 1, 2)
]


@pytest.fixture
def run(tmp_path):
    return make_run(tmp_path, MEMBERS, scores)


def test_the_sentence_is_computed_from_the_numbers(run):
    text = compare.sentence(run, 5)
    assert "autoencoder reconstructs at 16.10 ± 0.06 nats and β = 1 at 17.10 ± 0.06" in text
    assert "samples 100% and 2% lie off the data" in text
    assert "cover 1% and 90% of the test images" in text
    assert text.endswith("higher by 89 to 89 points (95 %, paired by seed).")


def with_scores(tmp_path, autoencoder, vae, members=MEMBERS, spread=0.01):
    """A run in which (off_manifold99, coverage_raw) are these, and vary over seeds."""

    def found(member):
        strays, covered = autoencoder if member.noise == 0.0 else vae
        wave = spread * (member.seed - 1) * (1 if member.noise else -1)
        new = {"off_manifold99": strays + wave, "coverage_raw": covered + wave}
        return {**scores(member), **new}

    return make_run(tmp_path, members, found)


@pytest.mark.parametrize(
    "autoencoder, vae, words",
    [
        ((0.9, 0.1), (0.1, 0.9), "β = 1 is the more sampleable of the two"),
        ((0.1, 0.9), (0.9, 0.1), "autoencoder is the more sampleable of the two"),
        ((0.0, 0.1), (0.9, 0.3), "neither is the more sampleable"),
        ((0.5, 0.5), (0.5, 0.5), "not distinguishable at 95 %"),
        ((0.9, 0.5), (0.1, 0.5), "β = 1 strays less than autoencoder, at a coverage that"),
    ],
)
def test_the_verdict_needs_both_scores_and_takes_either_side(
    tmp_path, autoencoder, vae, words
):
    assert words in compare.sentence(with_scores(tmp_path, autoencoder, vae), 5)


def test_there_is_no_verdict_without_seeds_or_scores(tmp_path):
    one = make_run(tmp_path, [m for m in MEMBERS if m.seed == 0], scores)
    assert "Fewer than two seeds: no judgement" in compare.sentence(one, 5)
    none = make_run(tmp_path, MEMBERS, lambda m: {"distortion": 1.0})
    assert "the sample scores are missing" in compare.sentence(none, 5)


def test_the_interval_is_the_paired_t_interval(tmp_path):
    run = with_scores(tmp_path, (0.9, 0.2), (0.1, 0.7), spread=0.05)
    a, b = run.of_size(5)[1], run.of_size(5)[0]
    new, old = (
        [run.values[n, "test", "coverage_raw"] for n in run.settings[s]] for s in (a, b)
    )
    test = ttest_rel(new, old)
    low, high = test.confidence_interval(0.95)
    np.testing.assert_allclose(compare.difference(run, "coverage_raw", a, b), (low, high))


def test_the_vae_is_chosen_by_its_beta_and_learning_rate(tmp_path):
    """beta nearest 1, whatever scores best; the autoencoder's learning rate."""
    members = [
        Member(beta, 5, float(beta > 0), rate, seed)
        for beta in (0.0, 0.25, 1.0, 8.0)
        for rate in (1e-4, 1e-2)
        for seed in (0, 1)
    ]
    run = make_run(tmp_path, members, lambda m: {**scores(m), "coverage_raw": m.beta / 10})
    autoencoder, vae = compare.pair(run, 5)
    assert vae.beta == 1.0 and vae.learning_rate == autoencoder.learning_rate == 1e-4
    table = tables.terminal_table(run)
    assert table.count("autoencoder, lr 0.0001") == table.count("autoencoder, lr 0.01") == 1


def test_the_comparison_needs_both_kinds(run, tmp_path):
    assert compare.choose_size(run, None) == 5 and compare.choose_size(run, 2) == 2
    with pytest.raises(UserError, match=r"3 is not in this run; there are: \[2, 5\]"):
        compare.choose_size(run, 3)
    vaes = make_run(tmp_path, [m for m in MEMBERS if m.noise], scores)
    with pytest.raises(UserError, match="no autoencoder beside a VAE"):
        compare.choose_size(vaes, None)


def test_equal_runs_give_equal_bytes(run):
    assert page.report_page([run]) == page.report_page([run])


def test_members_are_found_in_every_block(run):
    """Rows of the blocks' files, one after another, and no further."""
    first, second = (runs.read_arrays(b / "samples.npz") for b in run.pictures.blocks)
    images = np.concatenate([first["images"], second["images"]])
    for number in range(len(MEMBERS)):
        np.testing.assert_array_equal(run.pictures.row("samples", number), images[number])
    with pytest.raises(UserError, match="members are missing"):
        run.pictures.row("samples", len(MEMBERS))


def test_each_program_has_its_part_of_the_page(run, tmp_path):
    wide = make_run(tmp_path, MEMBERS, scores)._replace(
        title="network.hidden = (9,)", numbers=list(range(100, 100 + len(MEMBERS)))
    )
    wide = wide._replace(statuses=["diverged", *["done"] * (len(MEMBERS) - 1)])
    text = page.report_page([run, wide])
    assert text.count("<h2>Rate and distortion</h2>") == 2
    assert "network.hidden = (9,)" in text
    assert "left out of every number: members 100." in text
    assert tables.terminal_table(wide).startswith("network.hidden = (9,)\n")


def test_a_large_sweep_gives_a_page_of_bounded_size(tmp_path):
    """200 settings: sheets, legend and terminal show some, evenly chosen."""
    members = [Member(0.01 * i, 2, 1.0, 1e-3, 0) for i in range(1, 201)]
    run = make_run(tmp_path, members, scores)
    assert len(figures.image_sheet(run, "samples")) < 200_000
    lines = tables.terminal_table(run).splitlines()
    assert len(lines) < 50 and lines[-1] == "and 160 more; see summary.csv"
    assert style.evenly(list(range(200)), 3) == [0, 100, 199]


def test_every_figure_is_well_formed_svg(run):
    drawn = [
        figures.rate_distortion_plane(run),
        figures.image_sheet(run, "reconstructions"),
        figures.image_sheet(run, "samples"),
        figures.latent_plane(run),
        style.svg(compare.picture(run, 5)),
    ]
    for text in drawn:
        assert ET.fromstring(text).tag.endswith("svg")


def plotted(monkeypatch, run):
    """The figure of the plane before it becomes text."""
    kept = []
    monkeypatch.setattr(style, "svg", lambda figure: kept.append(figure) or "")
    figures.rate_distortion_plane(run)
    return kept[0].axes[0]


def test_the_plane_has_every_member_where_it_belongs(run, monkeypatch):
    axes = plotted(monkeypatch, run)
    drawn = {tuple(map(float, p)) for line in axes.lines for p in line.get_xydata()}
    right = max(x for x, _ in drawn)
    for i, member in enumerate(run.members):
        y = run.values[i, "test", "distortion"]
        x = run.values.get((i, "test", "rate"))
        assert (
            ((x, y) in drawn)
            if member.noise
            else any(p[1] == y and p[0] > 8 for p in drawn)
        )
        low, high = axes.get_ylim()
        assert low < y < high
    assert right >= 8


def test_the_plane_survives_any_numbers(tmp_path, monkeypatch):
    """A rate of 1e10, a distortion above the mean image's, a floor that is the ceiling."""
    huge = make_run(
        tmp_path, MEMBERS, lambda m: {**scores(m), "rate": 1e10, "distortion": 99.0}
    )
    huge = huge._replace(baselines={"test": {"floor": 7.0, "collapsed": 7.0}})
    axes = plotted(monkeypatch, huge)
    assert len(axes.lines) < 100 and axes.get_ylim()[1] > 99.0


def test_the_sheets_show_their_own_kind(run, monkeypatch):
    """Reconstructions and samples are different pictures, each of its own arrays."""
    shown = []
    real = style.show_tiles
    monkeypatch.setattr(
        style,
        "show_tiles",
        lambda axes, images, *rest: shown.append(images) or real(axes, images, *rest),
    )
    for kind in ("reconstructions", "samples"):
        shown.clear()
        figures.image_sheet(run, kind)
        first = run.settings[run.of_size(2)[0]][0]
        row = 1 if kind == "reconstructions" else 0
        np.testing.assert_array_equal(shown[0][row], run.pictures.row(kind, first)[:10])


def test_the_page_is_self_contained_and_escapes_names(tmp_path):
    name = "</script><b>\"'&😀" + "x" * 10_000
    hostile = make_run(tmp_path, MEMBERS, scores, name=name)
    text = page.report_page([hostile])
    assert "</script>" not in text and "<b>" not in text and "&lt;/script&gt;" in text
    links = re.findall(r'(?:src|href)="(?!data:|#)([^"]*)"', text)
    assert not links and "@import" not in text


@pytest.mark.parametrize(
    "members, shape, labels",
    [
        (MEMBERS[:1], (4, 3), True),  # one member, an autoencoder
        ([m for m in MEMBERS if m.noise == 0.0], (4, 3), True),  # only autoencoders
        ([m for m in MEMBERS if m.noise], (3, 9), False),  # only VAEs, wide, no labels
        (MEMBERS, (12,), True),  # plain vectors
    ],
)
def test_odd_runs_give_a_page(tmp_path, members, shape, labels):
    text = page.report_page([make_run(tmp_path, members, scores, shape, labels)])
    assert "nan" not in re.sub(r"<svg.*?</svg>", "", text, flags=re.S).lower().split()


def test_a_run_of_which_nothing_is_left_gives_a_page(tmp_path):
    """Every member diverged: no numbers at all."""
    run = make_run(tmp_path, MEMBERS, lambda m: {})
    run = run._replace(statuses=["diverged"] * len(MEMBERS))
    text = page.report_page([run])
    assert "Diverged, and left out of every number: members 0, 1" in text
    assert "diverged" in tables.terminal_table(run)


def test_collapse_names_its_size_and_needs_both_signs(tmp_path):
    def dead(member):
        return {"active_units": 0.0, "rate": 0.001 if member.latents == 2 else 0.5}

    run = make_run(tmp_path, MEMBERS, scores)
    values = {
        (i, "train", name): value
        for i, member in enumerate(MEMBERS)
        if member.beta == 1.0
        for name, value in dead(member).items()
    }
    lines = page.findings(run._replace(values={**run.values, **values}))
    assert lines[-1].endswith("(no active unit, no rate): β = 1 with 2 latents.")


def test_diverged_seeds_are_counted_out(tmp_path):
    run = make_run(tmp_path, MEMBERS, scores)
    run = run._replace(statuses=["done", "diverged", *["done"] * (len(MEMBERS) - 2)])
    assert "<td>2 of 3</td>" in tables.html_table(run)
    missing = run._replace(values={})
    assert "diverged" not in tables.terminal_table(missing)


def test_codes_that_are_not_finite_are_not_drawn(tmp_path):
    run = make_run(tmp_path, MEMBERS, scores)
    run.pictures.row("codes", 0)[:5] = np.inf
    assert figures.latent_plane(run)


def test_the_terminal_table_has_sizes_across(run):
    lines = tables.terminal_table(run).splitlines()
    assert lines[0].split() == ["test", "split,", "nats", "2", "latents", "5", "latents"]
    assert lines[2].split() == ["autoencoder", "16.10", "16.10"]
    assert re.split(r"  +", lines[4]) == ["β = 1", "17.10 + 7.00", "17.10 + 7.00"]


def test_tiles_stand_where_they_belong():
    images = np.arange(2 * 3 * 4).reshape(2, 3, 4).astype(float)
    sheet = style.tile(images, (2, 2))
    assert sheet.shape == (5, 8)
    np.testing.assert_array_equal(sheet[3:5, 6:8], images[1, 2].reshape(2, 2))
    assert np.isnan(sheet[2]).all() and np.isnan(sheet[:, [2, 5]]).all()


def test_summaries_over_seeds():
    values = {(0, "test", "a"): 1.0, (1, "test", "a"): 2.0, (2, "test", "a"): 6.0}
    found = over_seeds(values, [0, 1, 2], "test", "a")
    assert found == Summary(3.0, pytest.approx(np.sqrt(7.0 / 3.0)), 3)
    assert over_seeds(values, [1], "test", "a") == Summary(2.0, None, 1)
    assert over_seeds(values, [0], "train", "a") is None
    assert show(found) == "3.00 ± 1.53" and show(None) == "–"


def test_settings_sort_autoencoder_first_and_say_their_name():
    names = [s.name for s in by_setting(MEMBERS[::-1])]
    assert names == ["autoencoder", "β = 0.5", "β = 1"] * 2
    assert Setting(2, 0.0, 0.5, 1e-3).name == "β = 0.5, noise 0"
