"""Directions of a latent space that mean something: components, labels, strokes. No JAX.

A property y of the test images, measured or a label, is regressed on codes z drawn from
their posteriors; the direction is where the codes lie as y grows, Cov(z) w / sd(w^T z), so
that a step of 1 is a standard deviation of what the codes say of y. R^2 tells how much that
is: nothing where the posterior has collapsed, even if its means could be regressed on.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from vae_jax.data.labels import classes, known

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
    shape: tuple[int, int],
    labels: np.ndarray | None,
) -> list[Direction]:
    """Principal components, stroke properties, and an axis per label, in that order.

    `codes` are means of the posteriors of `images`, which are in [0, 1], of height and
    width `shape`; `spreads` their standard deviations, 0 of points; `labels` are integers
    `[N]`. Strokes need images more than a pixel high, labels from 2 to 10 values.
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
    if len(shape) == 3 and min(shape[:2]) > 1:
        square = images.reshape(-1, *shape).mean(axis=-1)
        ways.append(fitted("stroke thickness", codes, thickness(square), noise))
        ways.append(fitted("slant", codes, slant(square), noise))
    names = classes(labels)
    if 2 <= len(names) <= LABELS:
        rows = known(labels)
        ways += [
            fitted(f"label {label}", codes[rows], np.float64(labels[rows] == label), noise)
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


def thickness(images: Float[np.ndarray, "N H W"]) -> Float[np.ndarray, "N"]:
    """Twice the ink over its outline, in pixels: the width of a long stroke."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    across, down = (np.abs(np.diff(padded, axis=a)).sum(axis=(1, 2)) for a in (2, 1))
    return 2.0 * images.sum(axis=(1, 2)) / np.maximum(np.hypot(across, down), 1e-6)


def slant(images: Float[np.ndarray, "N H W"]) -> Float[np.ndarray, "N"]:
    """Pixels to the right per pixel upwards: the slope of the ink's second moments."""
    ink = images / np.maximum(images.sum(axis=(1, 2), keepdims=True), 1e-6)
    rows, columns = np.mgrid[: images.shape[1], : images.shape[2]]
    mean = lambda weights: (ink * weights).sum(axis=(1, 2))
    y, x = mean(rows), mean(columns)
    covariance, variance = (
        mean(rows * columns) - y * x,
        mean(np.square(rows)) - np.square(y),
    )
    return -covariance / np.maximum(variance, 1e-6)
