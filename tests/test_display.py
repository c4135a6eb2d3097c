"""Ink or light: how pictures draw pixels is the data set's, and changes nothing else."""

import base64
import io

import numpy as np
import pytest
from commands import call
from made_up_run import make_run
from matplotlib.image import AxesImage
from PIL import Image
from test_datasets import IMAGES, load, save, write_idx

from vae_jax.data.dataset import make_dataset
from vae_jax.data.display import Look, guessed, raster
from vae_jax.data.facts import describe, without_images
from vae_jax.errors import UserError
from vae_jax.library import html
from vae_jax.pipeline.load_data import load_data
from vae_jax.report.figures import gallery, walk
from vae_jax.report.figures.decode import decoder_of
from vae_jax.runs import directory
from vae_jax.runs.record import identify
from vae_jax.studies.config_file import load_config
from vae_jax.studies.study import resolve


def loaded(tmp_path, **fields):
    """The data set of a config whose data is an .npz file, with these fields."""
    config = load_config("digits:debug").unlock()
    path = save(tmp_path, images=IMAGES)
    config.dataset, config.batch_size = {"name": "npz", "path": path, **fields}, 8
    (dataset,) = load_data(resolve(config))
    return dataset


def test_each_source_has_its_own_way(tmp_path):
    write_idx(tmp_path)
    assert load("digits").display == load("idx", path=str(tmp_path)).display == "ink"
    assert load("npz", path=save(tmp_path, images=IMAGES)).display == "light"
    halves = IMAGES[:20], IMAGES[20:], None, None
    assert make_dataset("own", *halves, levels=256).display == "light"
    assert make_dataset("own", *halves, levels=256, display="ink").display == "ink"


def test_the_config_says_otherwise(tmp_path):
    assert loaded(tmp_path, display="").display == "light"
    ink = loaded(tmp_path, display="ink")
    assert (
        ink.display
        == describe(ink)["display"]
        == without_images(describe(ink)).display
        == "ink"
    )
    same = describe(loaded(tmp_path)) | {"display": "ink"}
    assert same == describe(ink)  # the images and their hash among it


@pytest.mark.parametrize("display", ["dark", "Ink", 1, True, ["ink"]])
def test_another_way_is_a_mistake(tmp_path, display):
    with pytest.raises(
        UserError, match=r"config.dataset.display: .*; there are: ink, light"
    ):
        loaded(tmp_path, display=display)


def test_the_plan_says_it_and_a_mistake_is_one_line(tmp_path, capsys):
    chosen = ("--config=digits:debug", "--plan", f"--workdir={tmp_path / 'run'}")
    assert call("sweep", *chosen) == 0
    assert "drawn as ink, 10 labels" in capsys.readouterr().out
    assert call("sweep", *chosen, "--config.dataset.display=light") == 0
    assert "drawn as light, 10 labels" in capsys.readouterr().out
    assert call("sweep", *chosen, "--config.dataset.display=dark") == 2
    assert "config.dataset.display: 'dark' is not known" in capsys.readouterr().err


def test_the_id_does_not_depend_on_it(tmp_path):
    ids = set()
    for display in ("ink", "light"):
        data = {"program_0": describe(loaded(tmp_path, display=display))}
        config = {"dataset": {"name": "npz", "path": "x", "display": display}}
        code = {"sha256": "0", "own": {}}
        ids.add(identify({"config": config, "data": data, "code": code}))
    assert len(ids) == 1


def test_a_run_from_before_goes_on(tmp_path):
    """Its config has no such field: one left empty is the same, one that is set is not."""
    config, data = {"dataset": {"name": "npz"}}, {"program_0": {"sha256": "0"}}
    directory.write_record(tmp_path / "run", {"config": config, "data": data})
    same = lambda part, mine: directory.check_same(tmp_path / "run", part, mine)
    same("config", {"dataset": {"name": "npz", "display": ""}})
    same("data", {"program_0": {"sha256": "0", "display": "light"}})
    with pytest.raises(UserError, match="display is None there, 'ink' here"):
        same("config", {"dataset": {"name": "npz", "display": "ink"}})


def test_a_record_from_before_says_ink(tmp_path):
    run = make_run(tmp_path)
    del run.record["data"]["display"]
    assert run.look.display == "ink"


@pytest.mark.parametrize("name", ["reconstructions", "samples", "comparison"])
def test_figures_draw_what_the_data_says(tmp_path, name):
    """A pixel of 1 is black in one, white in the other; gaps are paper in both."""
    for display, of_one in (("ink", 0.0), ("light", 1.0)):
        run = make_run(tmp_path, display=display)
        figure = gallery.draw(run, name)
        pictures = figure.findobj(AxesImage)
        assert pictures
        for picture in pictures:
            sheet = np.asarray(picture.get_array())
            assert (sheet == sheet[..., :1]).all() and (sheet[4] == 255).all()
        stored = run.pictures.row("samples", 0)[0].astype(float).reshape(4, 3)
        if name == "samples":  # the first row is that of the first member
            drawn = np.asarray(pictures[0].get_array())[:4, :3, 0] / 255.0
            expected = stored if of_one else 1.0 - stored
            half_a_level = 0.5 / 255 + 1e-6
            np.testing.assert_allclose(drawn, expected, atol=half_a_level)


ROWS = np.array([[0.0, 0.25, 1.0, np.nan, 2.0, -1.0]])


def test_rasters_by_hand():
    """Ink, light, colour, alpha on white, what is not finite, and a span of values."""
    grey = lambda display, span=(0.0, 1.0): raster(ROWS, Look((2, 3, 1), display, span))
    light = grey("light")[0, ..., 0].ravel().tolist()
    assert light == [0, 64, 255, 255, 255, 0]
    assert grey("ink")[0, ..., 0].ravel().tolist() == [255, 191, 0, 255, 0, 255]
    wide = grey("light", (-1.0, 2.0))[0, ..., 0].ravel().tolist()
    assert wide == [85, 106, 170, 255, 255, 0]
    colour = raster(np.array([[1.0, 0.0, 0.5]]), Look((1, 1, 3), "light"))
    assert colour.ravel().tolist() == [255, 0, 128]
    clear = raster(np.array([[1.0, 0.0, 0.5, 0.0]]), Look((1, 1, 4), "light"))
    assert clear.ravel().tolist() == [255, 255, 255]


@pytest.mark.parametrize("span", [(0.0, 1.0), (-1.0, 1.0)])
def test_vectors_are_drawn_as_profiles(span):
    """As many dark pixels in a column as the value is away from zero."""
    look = Look((4,), "profile", span)
    height, width = look.frame
    assert width == 32 and height == 16
    drawn = raster(np.array([0.0, 0.5, 1.0, -1.0]), look)[..., 0] < 128
    heights = drawn.sum(axis=0).reshape(4, -1)
    assert (heights == heights[:, :1]).all()
    unit = height / (span[1] - span[0])
    down = unit if span[0] < 0 else 0.0
    np.testing.assert_allclose(heights[:, 0], [0, unit / 2, unit, down], atol=1.0)


def test_guesses_by_the_border():
    scans = np.zeros((50, 9, 9, 1))
    scans[:, 3:6, 3:6] = 1.0
    rng = np.random.default_rng(0)
    assert guessed(scans) == "ink"
    assert guessed(1.0 - scans) == "light"  # dark on a bright ground is light already
    assert guessed(rng.uniform(size=(50, 9, 9, 1))) == "light"
    assert guessed(scans.repeat(3, axis=-1)) == "light"
    assert guessed(np.zeros((50, 9, 9, 1))) == guessed(np.ones((5, 1, 9, 1))) == "light"


def test_the_walk_draws_light(tmp_path):
    run = make_run(tmp_path, display="light")
    film = Image.open(io.BytesIO(walk.walk(run, 2)))
    scale, image = walk.CELL // 4, decoder_of(run, 0)(walk.closed_path(2)[:1])
    ((top, left),) = walk.corners_of(1, 0, 0)
    frame = np.asarray(film.convert("L"), float)
    drawn = frame[top : top + scale * 4 : scale, left : left + scale * 3 : scale]
    np.testing.assert_allclose(drawn, 255 * image.reshape(4, 3), atol=1.0)


@pytest.mark.parametrize("display", ["ink", "light"])
def test_notebooks_draw_what_the_data_says(display):
    images = np.linspace(0.0, 1.0, 24).reshape(1, 2, 4, 3)
    look = Look((4, 3, 1), display)
    data = (
        html.picture(images.reshape(1, 2, 12), look)
        .partition("base64,")[2]
        .partition('"')[0]
    )
    drawn = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("L"), float)
    first = drawn[: html.SCALE * 4 : html.SCALE, : html.SCALE * 3 : html.SCALE]
    expected = 255 * (images[0, 0] if display == "light" else 1.0 - images[0, 0])
    np.testing.assert_allclose(first, expected, atol=2.0)
    assert (drawn[:, html.SCALE * 3] == 255).all()  # between the images: paper
