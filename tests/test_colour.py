"""A folder of colour photographs goes through everything by its path alone."""

import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from commands import call
from matplotlib.image import AxesImage
from PIL import Image, ImageOps

import vae_jax
from vae_jax.report.figures import gallery, style, walk
from vae_jax.runs.load_results import load

SIZE, CLASSES = 6, ("flower", "china")
TINY = (
    *("--config=digits:debug", "--config.dataset.name=path", "--config.epochs=3"),
    *(f"--config.dataset.size={SIZE}", "--config.batch_size=8", "--config.log_every=1"),
    *("--config.network.hidden=(16,)", "--config.max_latents=3"),
    *("--config.sweep={'beta': (1.0,), 'latents': (2,)}", "--config.dataset.flip=True"),
)


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    """Forty photographs of 9x7 in two class folders, one of which lies on its side."""
    folder = tmp_path_factory.mktemp("photographs")
    patches = vae_jax.load_data("patches", size=9, count=40)
    for i, (row, label) in enumerate(zip(patches.train, patches.train_labels)):
        (folder / CLASSES[label]).mkdir(exist_ok=True)
        image = Image.fromarray(row.reshape(9, 9, 3)[:, :7])
        image.save(folder / CLASSES[label] / f"{i:02}.png")
    return folder


@pytest.fixture(scope="module")
def workdir(photographs, tmp_path_factory):
    """A finished run of them, with a cache of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_JAX_CACHE", str(tmp_path_factory.mktemp("cache")))
        place = tmp_path_factory.mktemp("runs") / "colour"
        path = f"--config.dataset.path={photographs}"
        assert call("sweep", *TINY, path, f"--workdir={place}") == 0
        yield place


@pytest.fixture(scope="module")
def part(workdir):
    return load(workdir)[0]


def test_the_record_says_what_was_done(part):
    data = part.record["data"]
    assert data["shape"] == [SIZE, SIZE, 3] and data["display"] == "light"
    assert data["label_names"] == sorted(CLASSES)
    assert data["augment"] == {"crop": 0, "flip": True}
    assert data["prepared"]["size"] == [SIZE, SIZE]
    assert data["prepared"]["filter"] == "Pillow's lanczos"


@pytest.mark.parametrize("name", ["reconstructions", "samples", "comparison"])
def test_figures_are_in_colour(part, name):
    """The first test image stands in the figure as it is, channel by channel."""
    stored = part.pictures.shared("reconstructions", "originals")
    expected = np.round(255.0 * np.float32(stored[0])).reshape(SIZE, SIZE, 3)
    sheets = [p.get_array() for p in gallery.draw(part, name).findobj(AxesImage)]
    assert sheets and all(sheet.shape[2] == 3 for sheet in sheets)
    if name != "samples":
        np.testing.assert_array_equal(sheets[0][:SIZE, :SIZE], expected)


def test_the_film_is_in_colour(part, tmp_path):
    with Image.open(walk.write_walk(part, 2, tmp_path / "walk.gif")) as film:
        frame = np.asarray(film.convert("RGB"), float)
    assert np.ptp(frame, axis=2).max() > 20.0


def test_the_explorer_paints_what_the_decoder_says(workdir, part, open_page):
    page = open_page(workdir / "explorer.html")
    image = "(() => { paint($('nearest'), image(3)); return $('nearest'); })()"
    pixels = f"Array.from({image}.getContext('2d').getImageData(0, 0, WIDTH, HEIGHT).data)"
    painted = np.array(page.evaluate(pixels)).reshape(-1, 4)[:, :3]
    np.testing.assert_array_equal(painted, part.pictures.test_images()[3].reshape(-1, 3))
    decoded = np.array(page.evaluate("Array.from(decoded(member(), [0.5, -0.5]))"))
    member = vae_jax.open(workdir).member(int(page.evaluate("member().number")))
    expected = member.decode(np.array([0.5, -0.5])).reshape(-1)
    np.testing.assert_allclose(decoded, expected, atol=2e-3)
    assert set(page.evaluate("ENTRIES.map(([name]) => name)")) == set(CLASSES)


def test_another_program_encodes_the_same_png_alike(workdir, photographs, tmp_path):
    """By `model.json` alone: opened, cropped, resized and scaled as it says, then ONNX."""
    member = vae_jax.open(workdir).member(1)
    member.export("onnx", directory=tmp_path)
    data = json.loads((tmp_path / "model.json").read_text())["data"]
    file = next(Path(photographs).rglob("*.png"))
    height, width = data["prepared"]["size"]
    resample = Image.Resampling[data["prepared"]["filter"].split()[-1].upper()]
    image = ImageOps.fit(Image.open(file).convert("RGB"), (width, height), resample)
    x = np.float32(eval(data["pixel"], {"value": np.asarray(image).reshape(1, -1)}))
    session = onnxruntime.InferenceSession(tmp_path / "encoder.onnx")
    mean, _ = session.run(None, {"x": x})
    ours = vae_jax.load_data(path=str(photographs), size=SIZE)
    rows = np.concatenate([ours.train, ours.test])
    (same,) = np.flatnonzero((rows == np.asarray(image).reshape(-1)).all(axis=1))
    codes = member.encode(rows[same].reshape(SIZE, SIZE, 3)).mean
    np.testing.assert_allclose(mean[0, : member.latents], codes, rtol=1e-4, atol=1e-4)


def test_it_comes_back_by_reproduce(workdir, capsys):
    assert call("reproduce", f"--workdir={workdir}") == 0
    assert "identical: every number and every parameter" in capsys.readouterr().out


def test_notebooks_draw_colour(workdir):
    member = vae_jax.open(workdir).member(1)
    assert member.shape == (SIZE, SIZE, 3)
    images = member.sample(3)
    assert images.shape == (3, SIZE, SIZE, 3)
    sheet = style.tile(images.reshape(1, 3, -1), member.trained.job.dataset.look)
    assert sheet.shape == (SIZE, 3 * SIZE + 2, 3) and (sheet[:, SIZE] == 255).all()
    assert "<img" in member._repr_html_()
