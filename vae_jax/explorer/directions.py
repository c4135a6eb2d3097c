"""Directions of a latent space that mean something: components, properties, labels. No JAX.

A property y of the test images, measured or a label, is regressed on codes z drawn from
their posteriors; the direction is where the codes lie as y grows, Cov(z) w / sd(w^T z), so
that a step of 1 is a standard deviation of what the codes say of y. R^2 tells how much that
is: nothing where the posterior has collapsed, even if its means could be regressed on.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from vae_jax.data.display import Look
from vae_jax.data.labels import classes, known, name_of
from vae_jax.explorer.properties import measured

COMPONENTS, LABELS = 3, 10


class Direction(NamedTuple):
    """A named direction in a latent space, and how much it says."""

    name: str
    direction: np.ndarray  # [L], a step of one standard deviation
    value: float
    measure: str = "R²"  # what the value is: R^2 of a regression, share of the variance


def directions(
    codes: Float[np.ndarray, "N L"],
    spreads: Float[np.ndarray, "N L"],
    images: Float[np.ndarray, "N D"],
    look: Look,
    labels: np.ndarray | None,
    label_names: Sequence[str] = (),
) -> list[Direction]:
    """Principal components, measured properties, and an axis per label, in that order.

    `codes` are means of the posteriors of `images`, which are in [0, 1], of the shape and
    kind that `look` tells; `spreads` their standard deviations, 0 of points; `labels` are
    integers `[N]`, of which 2 to 10 values have axes, called as `label_names` says.
    """
    noise = np.square(spreads).mean(axis=0)
    values, vectors = components(codes)
    total = max(float(values.sum()), 1e-30)
    ways = [
        Direction(
            *(f"component {i + 1}", root * vectors[i]),
            *(float(values[i]) / total, "share of the variance"),
        )
        for i, root in enumerate(np.sqrt(values[:COMPONENTS]))
    ]
    if len(look.shape) == 3:
        found = measured(images.reshape(-1, *look.shape), look.display)
        ways += [fitted(name, codes, y, noise) for name, y in found.items()]
    names = classes(labels)
    if 2 <= len(names) <= LABELS:
        rows = known(labels)
        ways += [
            fitted(
                f"label {name_of(int(label), label_names)}",
                *(codes[rows], np.float64(labels[rows] == label), noise),
            )
            for label in names
        ]
    return [way for way in ways if np.isfinite(way.direction).all()]


def components(codes: Float[np.ndarray, "N L"]) -> tuple[np.ndarray, np.ndarray]:
    """Variances `[L]` of the principal components, largest first, and directions `[L, L]`.

    Directions are rows of length 1 whose largest entry is positive.
    """
    values, vectors = np.linalg.eigh(np.atleast_2d(np.cov(codes, rowvar=False)))
    vectors = vectors[:, ::-1].T
    signs = np.sign(vectors[np.arange(len(vectors)), np.abs(vectors).argmax(axis=1)])
    return np.maximum(values[::-1], 0.0), vectors * signs[:, None]


def fitted(
    name: str,
    codes: Float[np.ndarray, "N L"],
    y: Float[np.ndarray, "N"],
    noise: Float[np.ndarray, "L"],
) -> Direction:
    """The direction of a property `y`, and the R^2 of its regression on drawn codes.

    `codes` are the posteriors' means, `noise` their mean variances.
    """
    centred, target = codes - codes.mean(axis=0), y - y.mean()
    covariance = centred.T @ centred / len(codes) + np.diag(noise)
    shared = centred.T @ target / len(codes)
    w = np.linalg.lstsq(covariance, shared, rcond=1e-12)[0]
    variance = np.mean(np.square(target))
    explained = float(w @ covariance @ w)
    r2 = min(explained / variance, 1.0) if variance > 0.0 else 0.0
    return Direction(name, covariance @ w / max(np.sqrt(explained), 1e-12), r2)
