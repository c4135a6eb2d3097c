"""Figures of the report: what they draw, as files, in motion; and the literature."""

import io
import pathlib
import re

import numpy as np
import pytest
from made_up_run import make_run, write_log
from matplotlib import pyplot as plt
from PIL import Image
from scipy.special import expit
from spelled import key

from vae_jax.errors import UserError
from vae_jax.report.figures import gallery, learning, style, traversal, walk
from vae_jax.report.figures.decode import decoder_of
from vae_jax.report.sentences.references import REFERENCES, references
from vae_jax.scores.metric_key import rate_dim


@pytest.fixture
def run(tmp_path):
    return make_run(tmp_path)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_learning_curves_are_means_of_the_seeds_that_are_left(run):
    """Seeds 0, 1, 2 of the first VAE; the last of them diverges after the second epoch."""
    run = run._replace(statuses=["diverged" if n == 5 else "done" for n in range(18)])
    write_log(run)
    figure = learning.learning_curves(run)
    distortion, rate = figure.axes[0].lines, figure.axes[2].lines
    tips = {line.get_gid(): line for line in distortion}
    drawn = np.transpose(tips["tip β = 0.5"].get_data())
    np.testing.assert_allclose(drawn, [[1, 30.0], [2, 29.0], [4, 26.5]])
    crosses = [line for line in distortion if line.get_marker() == "x"]
    assert [np.transpose(c.get_data()).tolist() for c in crosses] == [[[2.0, 30.0]]]
    assert len(rate) == 3  # two VAEs and the cross: an autoencoder has no rate


def test_without_a_log_there_are_no_learning_curves(run):
    assert learning.learning_curves(run) is None


def test_a_decoder_is_the_graph_with_the_members_weights(run):
    z = np.random.default_rng(0).standard_normal((4, 2))
    kernel = run.pictures.row("weights", 13, "kernel")
    found = decoder_of(run, 13)(z)
    np.testing.assert_allclose(found, expit(z @ kernel[:2]), rtol=1e-5)


def test_traversals_move_the_dimensions_of_largest_rate(run):
    """Of an autoencoder those of the most varied codes; a blank image between the two."""
    vae, autoencoder = run.of_size(5)[1], run.of_size(5)[0]
    number = run.shown(vae)
    for k, rate in enumerate((0.1, 3.0, 0.0, 5.0, 1.0)):
        run.values[number, "train", rate_dim(k)] = rate
    for setting, order in (
        (vae, (3, 1)),
        (autoencoder, np.argsort(-run.pictures.row("codes", 9).var(axis=0))[:2]),
    ):
        kernel = run.pictures.row("weights", run.shown(setting), "kernel")
        images = traversal.traversal(run, setting)
        steps = traversal.STEPS[:, None]
        np.testing.assert_allclose(images[:7], expit(steps * kernel[order[0]]), rtol=1e-5)
        np.testing.assert_allclose(images[8:], expit(steps * kernel[order[1]]), rtol=1e-5)
        assert np.isnan(images[7]).all() and len(images) == 15


def test_pictures_are_of_a_seed_that_has_not_diverged(run):
    setting = run.of_size(2)[1]
    assert run.shown(setting) == 3
    assert (
        run._replace(statuses=["done"] * 3 + ["diverged"] + ["done"] * 14).shown(setting)
        == 4
    )
    assert run._replace(statuses=["diverged"] * 18).shown(setting) == 3


def test_figures_are_files_equal_to_the_byte(run, tmp_path, monkeypatch):
    few = {name: gallery.FIGURES[name] for name in ("rate_distortion", "samples")}
    monkeypatch.setattr(gallery, "FIGURES", few)
    one, two = (gallery.write_figures([run], tmp_path / name) for name in "ab")
    assert [p.name for p in one] == [f"{n}.{kind}" for n in few for kind in ("svg", "png")]
    for a, b in zip(one, two):
        assert a.read_bytes() == b.read_bytes()
    several = gallery.write_figures([run, run], tmp_path / "c")
    assert "samples_program_1.png" in {p.name for p in several}


def test_a_tip_becomes_a_title_and_only_as_text():
    figure, axes = style.new_figure(2.0, 2.0)
    axes[0, 0].plot([0], [0], "o", **style.tip('a < b & "c"'))
    text = style.svg(figure)
    assert '<g><title>a &lt; b &amp; "c"</title>' in text


def test_points_say_their_numbers(run):
    drawn = {
        name: style.svg(gallery.FIGURES[name](run))
        for name in gallery.FIGURES
        if name != "learning_curves"
    }
    assert (
        "<title>β = 1, 5 latents: D 17.10 [16.85, 17.35], R 7.00 [7.00, 7.00]</title>"
        in drawn["rate_distortion"]
    )
    assert "<title>autoencoder, coverage, z ~ N(0, I): 0.11" in drawn["sampleability"]


def test_every_moment_of_the_walk_is_a_draw_of_the_prior():
    """Over 20,000 dimensions: mean 0 and variance 1 at every frame; and it is closed."""
    path = walk.closed_path(20_000)
    assert np.abs(path.mean(axis=1)).max() < 5 / np.sqrt(20_000)
    assert np.abs(path.var(axis=1) - 1.0).max() < 5 * np.sqrt(2 / 20_000)
    steps = np.linalg.norm(np.diff(path, axis=0, append=path[:1]), axis=1)
    assert steps.max() < 1.1 * steps.min()


def test_the_walk_shows_what_each_setting_decodes(run, tmp_path):
    file = walk.write_walk(run, 2, tmp_path / "walk.gif")
    film = Image.open(io.BytesIO(file.read_bytes()))
    assert film.n_frames == walk.FRAMES
    path, settings = walk.closed_path(2), run.of_size(2)
    scale = walk.CELL // max(run.look.frame)
    corners = walk.corners_of(3, walk.CELL + walk.GAP, 0)
    for frame in (0, 77):
        film.seek(frame)
        shown = np.asarray(film.convert("L"), float)
        for setting, (top, left) in zip(settings, corners):
            image = decoder_of(run, run.shown(setting))(path[frame : frame + 1])
            large = shown[top : top + scale * 4 : scale, left : left + scale * 3 : scale]
            np.testing.assert_allclose(large, 255 - 255 * image.reshape(4, 3), atol=1.0)
    with pytest.raises(UserError, match="--latents: 3 is not in this run"):
        walk.write_walk(run, 3, tmp_path / "walk.gif")


def test_a_run_cites_what_it_used_and_nothing_else(run):
    said = lambda run: " ".join(references(run))
    first = said(run)
    for there in (
        "1312.6114",
        "Higgins",
        "1711.00464",
        "1706.08500",
        "2002.09797",
        "1903.12436",
    ):
        assert there in first
    for absent in (
        "1801.01401",
        "1609.04468",
        "Prechelt",
        "Fu et al.",
        "1611.04273",
        "1911.07023",
    ):
        assert absent not in first
    values = {
        **run.values,
        (0, "test", key("kid_clf@prior")): 0.1,
        (0, "test", key("path_energy@slerp")): 1.0,
    }
    more = said(run._replace(values=values))
    assert "1801.01401" in more and "1609.04468" in more
    cyclic = [m._replace(cycle=10.0) for m in run.members]
    assert "Fu et al." in said(run._replace(members=cyclic))
    config = {
        **run.record["config"],
        "likelihood": {"name": "gaussian"},
        "early_stopping": {"patience": 3},
    }
    other = said(run._replace(record={**run.record, "config": config}))
    assert "2006.13202" in other and "Prechelt" in other
    alone = make_run(run.workdir, [m for m in run.members if not m.noise])
    assert "1312.6114" not in said(alone) and "Ghosh" not in said(alone)


def test_every_reference_is_the_source_of_some_method():
    """Its arXiv number stands where the method is defined."""
    own = pathlib.Path("vae_jax/report/sentences/references.py")
    code = "".join(p.read_text() for p in pathlib.Path("vae_jax").rglob("*.py") if p != own)
    for reference in REFERENCES:
        for number in re.findall(r"arXiv:(\d+\.\d+)", reference.text):
            assert number in code, reference.text


def test_names_of_classes_are_no_formulas(tmp_path):
    """`$` would begin a formula, and legends leave out what begins with `_`."""
    run = make_run(tmp_path)
    names = ["$\\frac{$", "_hidden", "<b>", "a$b"]
    run.record["data"]["label_names"] = names
    figure = gallery.draw(run, "latent_plane")
    style.render(figure, "svg")
    (legend,) = figure.legends
    said = [text.get_text().strip().replace("\\$", "$") for text in legend.get_texts()]
    assert said[: len(names)] == names
