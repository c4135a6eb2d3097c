"""How stored pixels are presented to models: as they are, binarised, dequantised. No JAX.

What is drawn anew in training is drawn once, from a fixed seed, for everything that is
evaluated: every member is judged on the same pixels.
"""

import numpy as np

from vae_jax.data.dataset import REAL, Dataset, content_hash
from vae_jax.data.shards import Shards
from vae_jax.errors import UserError

SEED = 0
GREY, BINARY, DYNAMIC, DEQUANTIZED = "grey", "binary", "dynamic", "dequantized"
EVERY = (GREY, BINARY, DYNAMIC, DEQUANTIZED)


def present(dataset: Dataset, pixels: str) -> Dataset:
    """The data set, not yet cut for validation, with its pixels presented in one way.

    grey: as stored. binary: x ~ Bernoulli(grey), drawn once (Larochelle & Murray, 2011).
    dynamic: the same drawn anew at every step of training (Salakhutdinov & Murray, 2008).
    dequantized: x = (k + u) / levels, u ~ U[0, 1), anew at every step of training (Theis et
    al., 2016, arXiv:1511.01844): what a density of whole levels needs. An unknown way, and
    floats to dequantize, are `UserError`s.
    """
    if pixels in ("", GREY):
        return dataset
    if dataset.pixels == REAL:
        raise UserError(
            f"config.dataset.pixels: {pixels!r} needs values in [0, 1], and these are real "
            "(config.dataset.scale)"
        )
    if pixels not in EVERY:
        raise UserError(
            f"config.dataset.pixels: {pixels!r} is not known; there are: {', '.join(EVERY)}"
        )
    if pixels == DEQUANTIZED and not dataset.levels:
        raise UserError(
            "config.dataset.pixels: these pixels are floats; dequantized needs whole levels"
        )
    if pixels == BINARY and isinstance(dataset.train, Shards):
        raise UserError(
            "config.dataset.pixels: binary pixels are drawn once and kept, and these "
            "images stay on disk: take dynamic, or more of config.dataset.memory"
        )
    presented = dataset._replace(test=drawn(dataset, "test", pixels), pixels=pixels)
    if pixels == BINARY:
        train = drawn(dataset, "train", pixels)
        binary = {"train": train.astype(np.uint8), "test": presented.test.astype(np.uint8)}
        presented = presented._replace(**binary, levels=2)
    labels = (dataset.train_labels, dataset.test_labels)
    return presented._replace(sha256=content_hash(presented.train, presented.test, *labels))


def rule(dataset: Dataset) -> str:
    """How a stored value becomes what a model is given, in words: `value / 255`."""
    share = f"value / {dataset.white}" if dataset.white != 1 else "value"
    if dataset.scale != (0.0, 1.0):
        low, high = dataset.scale
        share = f"(value - {low:zg}) / {high - low:zg}"
    if dataset.pixels in (BINARY, DYNAMIC):
        return f"1 with the probability {share}, else 0"
    if dataset.pixels == DEQUANTIZED:
        return f"(value + u) / {dataset.levels}, u uniform in [0, 1)"
    return share


def fixed(dataset: Dataset, split: str, count: int | None = None) -> np.ndarray:
    """The first images of a split, or all, as they are evaluated, `[N, D]`.

    What training draws anew is drawn once.
    """
    if split != "test" and dataset.pixels in (DYNAMIC, DEQUANTIZED):
        return drawn(dataset, split, dataset.pixels, count)
    return getattr(dataset, split)[:count]


def drawn(
    dataset: Dataset, split: str, pixels: str, count: int | None = None
) -> np.ndarray:
    """One draw of the first images of a split, or all, float32 `[N, D]` in [0, 1].

    Of a fixed seed for each split; an image's draw does not depend on how many there are.
    """
    stored = getattr(dataset, split)[:count]
    rng = np.random.default_rng((SEED, ("train", "valid", "test").index(split)))
    u = rng.random(stored.shape)
    if pixels == DEQUANTIZED:
        return ((stored + u) / dataset.levels).astype(np.float32)
    grey = stored / (dataset.levels - 1) if dataset.levels else stored
    return (u < grey).astype(np.float32)
