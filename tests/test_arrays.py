"""Arrays as people have them: axes, values, labels, splits, of .npy and .npz files."""

import numpy as np
import pytest
from image_folders import fault, load, own_cache

from vae_jax.data.dataset import split_rows

__all__ = ["own_cache"]
RNG = np.random.default_rng(1)
GREY = RNG.integers(0, 256, (30, 6, 5)).astype(np.uint8)
COLOUR = RNG.integers(0, 256, (30, 6, 5, 3)).astype(np.uint8)
LABELS = np.arange(30) % 3
TRAIN, TEST = split_rows(30)


def saved(folder, name="data.npz", **arrays):
    np.savez(folder / name, **arrays)
    return folder / name


@pytest.mark.parametrize(
    ("images", "same", "shape"),
    [
        (GREY, GREY, (6, 5, 1)),
        (GREY[..., None], GREY, (6, 5, 1)),
        (GREY[:, None], GREY, (6, 5, 1)),
        (COLOUR, COLOUR, (6, 5, 3)),
        (np.moveaxis(COLOUR, 3, 1), COLOUR, (6, 5, 3)),
        (np.asfortranarray(COLOUR), COLOUR, (6, 5, 3)),
        (COLOUR.astype(">u2"), COLOUR, (6, 5, 3)),
        (np.dstack([COLOUR.reshape(30, 30, 3), GREY.reshape(30, 30, 1)]), None, None),
        (GREY.reshape(30, 30), GREY, (30,)),
    ],
)
def test_axes_are_told_by_their_lengths(tmp_path, images, same, shape):
    if same is None:  # with alpha
        images = images.reshape(30, 6, 5, 4)
        same, shape = images, (6, 5, 4)
    data = load(saved(tmp_path, images=images, labels=LABELS))
    assert data.shape == shape
    np.testing.assert_array_equal(data.train, same.reshape(30, -1)[TRAIN])
    np.testing.assert_array_equal(data.test_labels, LABELS[TEST])
    assert (data.display == "profile") == (len(shape) == 1)


def test_axes_that_could_be_either_ask(tmp_path):
    both = RNG.integers(0, 256, (30, 3, 5, 3)).astype(np.uint8)
    path = saved(tmp_path, images=both)
    assert "set --config.dataset.channels=last or =first" in fault(path)
    last, first = (load(path, channels=name) for name in ("last", "first"))
    assert (last.shape, first.shape) == ((3, 5, 3), (5, 3, 3))
    moved = np.moveaxis(both, 1, 3).reshape(30, -1)
    np.testing.assert_array_equal(first.train, moved[TRAIN])
    assert "neither first nor last" in fault(path, channels="middle")
    two = saved(tmp_path, "two.npz", images=both[..., :2].repeat(2, axis=1))
    assert "1, 3 or 4 channels" in fault(two)


def test_values_by_scale(tmp_path):
    floats = GREY.astype("f4")
    path = saved(tmp_path, images=floats)
    assert load(path, scale=255).levels == load(path, levels=256).levels == 256
    halves = saved(tmp_path, "halves.npz", images=floats / 2.0 - 1.0)
    line = fault(halves)
    assert "--config.dataset.scale" in line and "gaussian" in line
    data = load(halves, scale=(-1.0, 127.0))
    assert (data.levels, data.white, data.scale) == (0, 1, (-1.0, 127.0))
    rows = floats.reshape(30, -1)[TRAIN]
    np.testing.assert_allclose(data.train, rows / 256.0, rtol=1e-5)
    real = load(halves, scale="real")
    np.testing.assert_allclose(real.train, rows / 2.0 - 1.0, rtol=1e-5)
    assert real.pixels == "real" and -1.0 <= real.span[0] < 0 < real.span[1] < 127.0
    for wrong in (0, -1, "big", (1, 0), (0, 1, 2), float("nan"), True):
        assert "scale" in fault(halves, scale=wrong)
    assert "beyond 0 to 10" in fault(path, scale=10)
    assert "give one of them" in fault(path, scale=255, levels=256)


NAMES = np.array(["two", "one", "three"])
KINDS = {
    "texts": (NAMES[LABELS], ("one", "three", "two"), [2, 0, 1]),
    "bytes": (NAMES.astype("S")[LABELS], ("one", "three", "two"), [2, 0, 1]),
    "empty text": (np.array(["", "a", "b"])[LABELS], ("a", "b"), [-1, 0, 1]),
    "whole floats": (LABELS.astype(float), (), [0, 1, 2]),
    "missing floats": (np.array([np.nan, 4, 5])[LABELS], (), [-1, 4, 5]),
    "booleans": (LABELS == 1, ("False", "True"), [0, 1, 0]),
    "a column": (LABELS[:, None], (), [0, 1, 2]),
    "one-hot": (np.eye(3)[LABELS], (), [0, 1, 2]),
    "one-hot with none": (np.eye(4)[:, :3][LABELS + 1], (), [1, 2, -1]),
    "beyond 32 bits": (LABELS.astype(np.int64) * 10**12, (), [0, 10**12, 2 * 10**12]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_labels_of_every_kind(tmp_path, kind):
    labels, names, expected = KINDS[kind]
    data = load(saved(tmp_path, images=GREY, labels=labels))
    assert data.label_names == names
    np.testing.assert_array_equal(data.train_labels, np.array(expected)[LABELS][TRAIN])


def test_a_column_of_several(tmp_path):
    two = np.stack([LABELS, 2 - LABELS], axis=1)
    path = saved(tmp_path, images=GREY, y=two)
    data = load(path, array="images", labels="y:1")
    np.testing.assert_array_equal(data.train_labels, two[TRAIN, 1])
    assert "has no '2'" in fault(path, array="images", labels="y:2")


TWENTY, TEN = slice(0, 20), slice(20, 30)
WHOLE, IS_TEST = {"images": COLOUR, "labels": LABELS}, np.arange(30) >= 20
OWN = {  # arrays, and the settings that name them where they are not well known
    "keras": (
        {
            **{"x_train": COLOUR[TWENTY], "y_train": LABELS[TWENTY][:, None]},
            **{"x_test": COLOUR[TEN], "y_test": LABELS[TEN][:, None]},
        },
        {},
    ),
    "medmnist": (
        {
            **{"train_images": COLOUR[TWENTY], "train_labels": LABELS[TWENTY]},
            **{"val_images": COLOUR[:4], "val_labels": LABELS[:4]},
            **{"test_images": COLOUR[TEN], "test_labels": LABELS[TEN]},
        },
        {},
    ),
    "marks": ({**WHOLE, "split": IS_TEST}, {"test": "split"}),
    "texts": ({**WHOLE, "split": np.where(IS_TEST, "test", "train")}, {"test": "split"}),
    "named": (
        {
            **{"a": COLOUR[TWENTY], "b": LABELS[TWENTY]},
            **{"c": COLOUR[TEN], "d": LABELS[TEN]},
        },
        {"array": "a", "labels": "b", "test": "c", "test_labels": "d"},
    ),
    "file": (
        {"images": COLOUR[TWENTY], "labels": LABELS[TWENTY]},
        {"test": "other.npz"},
    ),
}


@pytest.mark.parametrize("library", OWN)
def test_a_split_of_its_own(tmp_path, library):
    given, settings = OWN[library]
    train, test = TWENTY, TEN
    saved(tmp_path, "other.npz", images=COLOUR[test], labels=LABELS[test])
    data = load(saved(tmp_path, **given), **settings)
    np.testing.assert_array_equal(data.train, COLOUR[train].reshape(20, -1))
    np.testing.assert_array_equal(data.test, COLOUR[test].reshape(10, -1))
    np.testing.assert_array_equal(data.test_labels, LABELS[test])
    assert len(data.valid) == (4 if library == "medmnist" else 0)


def test_single_arrays(tmp_path):
    """An .npy, whatever it is called, and the files beside it that are named."""
    np.save(tmp_path / "x.npy", GREY)
    np.save(tmp_path / "y.npy", LABELS)
    data = load(tmp_path / "x.npy", labels="y.npy")
    np.testing.assert_array_equal(data.train_labels, LABELS[TRAIN])
    (tmp_path / "x.npz").write_bytes((tmp_path / "x.npy").read_bytes())
    assert load(tmp_path / "x.npz").train_labels is None
    np.save(tmp_path / "objects.npy", np.array([{}], object), allow_pickle=True)
    assert "not an array, or damaged" in fault(tmp_path / "objects.npy")
    (tmp_path / "half.npy").write_bytes((tmp_path / "x.npy").read_bytes()[:200])
    assert "not an array, or damaged" in fault(tmp_path / "half.npy")


def test_dsprites_and_its_objects(tmp_path):
    classes = np.stack([0 * LABELS, LABELS], axis=1)
    about = np.array({"made": "here"}, object)
    path = saved(tmp_path, imgs=GREY > 99, latents_classes=classes, metadata=about)
    data = load(path)
    np.testing.assert_array_equal(data.train_labels, LABELS[TRAIN])
    assert data.levels == 2 and "Python objects" in fault(path, labels="metadata")


def test_splits_that_do_not_fit_are_named(tmp_path):
    sizes = saved(tmp_path, x_train=GREY, x_test=GREY[:, :3])
    assert "must have one size" in fault(sizes)
