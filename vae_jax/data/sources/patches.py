"""Patches of the two photographs that scikit-learn carries: colour that is always there.

`china.jpg` and `flower.jpg`, 427x640 pixels each, Creative Commons by their authors. Of
each the right fifth of every upright stripe, ten patches wide, is for testing: patches for
training and for testing share no pixel, and look alike.
"""

from typing import Any

import numpy as np
from sklearn.datasets import load_sample_images

from vae_jax.data.dataset import Dataset, make_dataset
from vae_jax.data.display import LIGHT
from vae_jax.errors import UserError

NAMES = ("china", "flower")
STRIPE, TRAIN_SHARE = 10, 0.8  # patches across a stripe; the part of it to train on
TEST_PER_TRAIN = 0.25
LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601
SEED = 0


def patches(size: Any = 16, count: Any = 10_000, colour: Any = True) -> Dataset:
    """`count` square patches to train on, and a quarter as many to test on.

    `size` pixels wide, at random places, half of each photograph, which is their label;
    `colour` false makes them grey by their luma, .299 R + .587 G + .114 B. Settings that
    are not such are `UserError`s.
    """
    check(size, count, colour)
    rng = np.random.default_rng(SEED)
    photographs = load_sample_images().images
    splits = {}
    for split, number in (("train", count), ("test", max(2, int(TEST_PER_TRAIN * count)))):
        labels = np.arange(number) % len(NAMES)
        images = np.stack([cut(photographs[k], split, size, rng) for k in labels])
        order = rng.permutation(number)
        splits[split] = images[order], labels[order].astype(np.int32)
    (train, labels), (test, test_labels) = splits.values()
    if not colour:
        train, test = grey(train), grey(test)
    return make_dataset(
        *("patches", train, test, labels, test_labels),
        levels=256,
        display=LIGHT,
        label_names=NAMES,
        prepared={
            "cut": f"{size}x{size} at random, seed {SEED}, from scikit-learn's photographs",
            "split": f"the left {TRAIN_SHARE:z.0%} of upright stripes to train on",
        },
    )


def check(size: Any, count: Any, colour: Any) -> None:
    """Raises a `UserError` unless the settings are such."""
    whole = lambda n: isinstance(n, int) and not isinstance(n, bool)
    if not (whole(size) and 2 <= size <= 100):
        raise UserError(f"config.dataset.size: {size!r} is not 2 to 100 pixels")
    if not (whole(count) and 10 <= count <= 1_000_000):
        raise UserError(f"config.dataset.count: {count!r} is not 10 to 1,000,000 patches")
    if not isinstance(colour, bool):
        raise UserError(f"config.dataset.colour: {colour!r} is neither true nor false")


def cut(
    photograph: np.ndarray, split: str, size: int, rng: np.random.Generator
) -> np.ndarray:
    """A patch [size, size, 3] at a random place of the parts of the split."""
    height, width, _ = photograph.shape
    stripes = max(1, width // (STRIPE * size))
    stripe = width // stripes
    border = int(TRAIN_SHARE * stripe)
    low, high = (0, border - size) if split == "train" else (border, stripe - size)
    top = rng.integers(0, height - size + 1)
    left = stripe * rng.integers(stripes) + rng.integers(low, high + 1)
    return photograph[top : top + size, left : left + size]


def grey(images: np.ndarray) -> np.ndarray:
    """The luma of images [N, H, W, 3] as bytes [N, H, W]."""
    return np.round(images @ np.array(LUMA)).astype(np.uint8)
