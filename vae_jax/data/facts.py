"""The facts of a data set that a run's record keeps, and a data set from them. No JAX."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from vae_jax.data import display as displays
from vae_jax.data.dataset import Augment, Dataset


def without_images(facts: Mapping[str, Any]) -> Dataset:
    """The data set of a run's record, for what needs its facts and no image of it."""
    none = np.empty((0, math.prod(facts["shape"])), np.float32)
    told = ("levels", "name", "sha256", "pixels", "white", "white_by")
    look = recorded_look(facts)
    return Dataset(
        *(none, none, none, None, None),
        shape=look.shape,
        **{name: facts[name] for name in told},
        display=look.display,
        span=look.span,
        scale=tuple(facts.get("scale", (0.0, 1.0))),
        label_names=tuple(facts.get("label_names", ())),
        prepared=facts.get("prepared", {}),
        augment=Augment(**facts.get("augment", {})),
    )


def describe(dataset: Dataset) -> dict[str, Any]:
    """The facts of a data set that a run's record keeps: name, hash, sizes, white, ..."""
    return {
        "name": dataset.name,
        "sha256": dataset.sha256,
        "train": len(dataset.train),
        "valid": len(dataset.valid),
        "test": len(dataset.test),
        "shape": list(dataset.shape),
        "levels": dataset.levels,
        "pixels": dataset.pixels,
        "white": dataset.white,
        "white_by": dataset.white_by,
        "display": dataset.display,
        "span": list(dataset.span),
        "scale": list(dataset.scale),
        "label_names": list(dataset.label_names),
        "prepared": dict(dataset.prepared),
        "augment": dataset.augment._asdict(),
    }


def recorded_look(facts: Mapping[str, Any]) -> displays.Look:
    """How pictures draw the data of a run's record.

    Where an old record does not say: grey, and as ink, as all data then was.
    """
    shape = tuple(facts["shape"])
    display = displays.PROFILE if len(shape) == 1 else facts.get("display", displays.INK)
    shape = (*shape, 1) if len(shape) == 2 else shape
    return displays.Look(shape, str(display), tuple(facts.get("span", (0.0, 1.0))))
