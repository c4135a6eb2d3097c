"""Paths between points: straight, spherical, and how direct their images are."""

import numpy as np
from jaxtyping import Float

TINY = 1e-9  # a chord this short, relative to the longest, has no direction


def lerp(
    a: Float[np.ndarray, "n d"], b: Float[np.ndarray, "n d"], t: Float[np.ndarray, "T"]
) -> Float[np.ndarray, "n T d"]:
    """The straight path, (1 - t) a + t b."""
    t = t[None, :, None]
    return (1.0 - t) * a[:, None] + t * b[:, None]


def slerp(
    a: Float[np.ndarray, "n d"], b: Float[np.ndarray, "n d"], t: Float[np.ndarray, "T"]
) -> Float[np.ndarray, "n T d"]:
    """The spherical path: directions along the great circle, norms interpolated too.

    Straight where the ends have one direction or opposite ones, between which there is no
    one great circle. Shoemake (1985).
    """
    norms = np.linalg.norm(a, axis=1), np.linalg.norm(b, axis=1)
    length = np.maximum(norms[0] * norms[1], np.finfo(np.float64).tiny)
    angle = np.arccos(np.clip((a * b).sum(axis=1) / length, -1.0, 1.0))[:, None, None]
    t_ = t[None, :, None]
    sine = np.where(np.sin(angle) > 1e-6, np.sin(angle), 1.0)
    unit = lambda v, norm: (v / np.maximum(norm, 1e-300)[:, None])[:, None]
    around = np.sin((1 - t_) * angle) / sine * unit(a, norms[0])
    around = around + np.sin(t_ * angle) / sine * unit(b, norms[1])
    radius = (1 - t_) * norms[0][:, None, None] + t_ * norms[1][:, None, None]
    return np.where(np.sin(angle) > 1e-6, radius * around, lerp(a, b, t))


def chords(points: Float[np.ndarray, "n T d"]) -> Float[np.ndarray, "n"]:
    """Squared distance between the ends; NaN where they all but coincide."""
    square = ((points[:, -1] - points[:, 0]) ** 2).sum(axis=-1)
    return np.where(square > TINY * max(square.max(initial=0.0), TINY), square, np.nan)


def path_energy(points: Float[np.ndarray, "n T d"]) -> Float[np.ndarray, "n"]:
    """T sum_t |f_t+1 - f_t|^2 / |f_T - f_0|^2 >= 1, 1 if straight and even; or NaN."""
    steps = (np.diff(points, axis=1) ** 2).sum(axis=(1, 2))
    return (points.shape[1] - 1) * steps / chords(points)


def path_length_ratio(points: Float[np.ndarray, "n T d"]) -> Float[np.ndarray, "n"]:
    """sum_t |f_t+1 - f_t| / |f_T - f_0| >= 1, 1 if straight; or NaN."""
    steps = np.linalg.norm(np.diff(points, axis=1), axis=-1).sum(axis=1)
    return steps / np.sqrt(chords(points))
