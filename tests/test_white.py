"""White: by type or by setting, never the largest value found; said where it counts."""

import numpy as np
import pytest
from commands import call
from test_datasets import IMAGES, idx_bytes, load, save, write_idx

from vae_jax.data.dataset import make_dataset
from vae_jax.data.facts import describe
from vae_jax.data.pixels import BINARY, DEQUANTIZED, DYNAMIC, drawn, present, rule
from vae_jax.errors import UserError

BINARY_IMAGES = IMAGES // 128


@pytest.mark.parametrize(
    "images, levels, by",
    [
        (IMAGES // 5, 256, "by type: uint8"),  # the largest is 51
        (IMAGES.astype(np.uint16), 65_536, "by type: uint16"),
        (IMAGES.astype(">u2"), 65_536, "by type: uint16"),
        (IMAGES > 127, 2, "by type: bool"),
        (BINARY_IMAGES.astype(np.int64), 2, "only 0 and 1 occur"),
        (BINARY_IMAGES, 2, "only 0 and 1 occur"),
        (IMAGES / 255.0, 0, "floats in [0, 1]"),
    ],
)
def test_white_is_a_matter_of_type(tmp_path, images, levels, by):
    found = load("npz", path=save(tmp_path, images=images))
    assert (found.levels, found.white_by) == (levels, by)
    assert found.white == max(levels - 1, 1)


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64", "uint32", "uint64"])
def test_a_type_that_does_not_tell_is_asked_about(tmp_path, dtype):
    path = save(tmp_path, images=(IMAGES // 15).astype(dtype))
    said = f"{dtype} does not say .* 17: set --config.dataset.levels=18 .*levels=256"
    with pytest.raises(UserError, match=said):
        load("npz", path=path)
    assert load("npz", path=path, levels=18).white == 17


def test_one_hot_pixel_changes_no_other_image(tmp_path):
    """White stays where it was; a setting that the pixel does not fit is a mistake."""
    dim, hot = IMAGES // 2, IMAGES // 2
    hot[0, 0, 0] = 255
    calm = load("npz", path=save(tmp_path, images=dim))
    assert load("npz", path=save(tmp_path, images=hot)).white == calm.white == 255
    with pytest.raises(UserError, match=r"levels: 200 is too few: .* is 255"):
        load("npz", path=str(tmp_path / "data.npz"), levels=200)


@pytest.mark.parametrize("levels", [1, 65_537, 0, -3, 2.5, "256", True, [256]])
def test_levels_are_whole_numbers(tmp_path, levels):
    with pytest.raises(UserError, match=r"levels: .* is not a whole number, 2 to 65536"):
        load("npz", path=save(tmp_path, images=IMAGES), levels=levels)


def test_floats_that_are_whole_can_be_levels(tmp_path):
    path = save(tmp_path, images=IMAGES.astype(np.float32))
    with pytest.raises(UserError, match=r"whole numbers: set .*levels=256"):
        load("npz", path=path)
    found = load("npz", path=path, levels=256)
    assert found.sha256 == load("npz", path=save(tmp_path, images=IMAGES)).sha256
    with pytest.raises(UserError, match="floats that are not whole"):
        load("npz", path=save(tmp_path, images=IMAGES / 7), levels=256)


def test_images_that_would_be_dark_are_told(tmp_path):
    """And the setting that the line names ends it."""
    (line,) = load("npz", path=save(tmp_path, images=IMAGES // 5)).notes
    assert "is 51 of 255: if 51 is white, set --config.dataset.levels=52" in line
    told = load("npz", path=str(tmp_path / "data.npz"), levels=52)
    assert told.notes == () and told.white == 51
    assert load("npz", path=str(tmp_path / "data.npz"), levels=256).notes == ()
    (line,) = load("npz", path=save(tmp_path, images=IMAGES / 1000)).notes
    assert "is 0.255 of 1" in line
    half = np.where(IMAGES > 127, 128, 0).astype(np.uint8)
    assert load("npz", path=save(tmp_path, images=half)).notes == ()


def test_idx_folders_follow_the_same_rule(tmp_path):
    write_idx(tmp_path)
    assert load("idx", path=str(tmp_path)).white_by == "by type: uint8"
    for name, rows in (("train", slice(0, 20)), ("t10k", slice(20, 30))):
        content = idx_bytes(BINARY_IMAGES[rows])
        (tmp_path / f"{name}-images-idx3-ubyte").write_bytes(content)
    assert load("idx", path=str(tmp_path)).levels == 2
    assert load("idx", path=str(tmp_path), levels=256).white == 255


def test_the_record_says_white():
    kept = describe(load("digits"))
    assert (kept["levels"], kept["white"]) == (17, 16)
    assert kept["white_by"] == "by the data set"


def test_the_rule_of_a_pixel_is_how_it_is_presented():
    """The words, evaluated, give the pixels."""
    grey = make_dataset("toy", IMAGES[:20], IMAGES[20:], None, None, levels=256)
    evaluated = lambda dataset: eval(rule(dataset), {"value": grey.test, "u": 0.5})
    np.testing.assert_array_equal(evaluated(grey), grey.test / 255)
    floats = make_dataset("toy", IMAGES[:20] / 255, IMAGES[20:] / 255, None, None, levels=0)
    assert rule(floats) == "value"
    for way in (BINARY, DYNAMIC):
        assert rule(present(grey, way)) == "1 with the probability value / 255, else 0"
        assert present(grey, way).white == 255
    words, _, law = rule(present(grey, DEQUANTIZED)).partition(", ")
    assert law == "u uniform in [0, 1)"
    middle = eval(words, {"value": grey.test, "u": 0.5})
    assert np.abs(middle - drawn(grey, "test", DEQUANTIZED)).max() <= 0.5 / 256 + 1e-6


def test_the_plan_says_white_and_what_to_know_of_the_data(tmp_path, capsys):
    labels = np.arange(30) % 3
    labels[::5] = -1
    path = save(tmp_path, images=IMAGES // 5, labels=labels)
    chosen = ("--config.dataset.name=npz", f"--config.dataset.path={path}")
    settings = ("--config=configs/digits.py:debug", "--config.batch_size=8", "--plan")
    assert call("sweep", *settings, *chosen, f"--workdir={tmp_path / 'run'}") == 0
    said = capsys.readouterr().out
    assert "24 training and 6 test images of 4x3, white is 255 (by type: uint8)" in said
    assert "3 labels" in said and "have none (-1)" in said
    assert "set --config.dataset.levels=52" in said
    with_levels = (*chosen, "--config.dataset.levels=52", f"--workdir={tmp_path / 'run'}")
    assert call("sweep", *settings, *with_levels) == 0
    assert "white is 51 (by setting)" in capsys.readouterr().out
