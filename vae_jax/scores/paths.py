"""Ways from one code to another, and how straight their images are.

After the path lengths of Karras et al. (2019), arXiv:1812.04948, normalised so that a
model's arbitrary scale of codes and images drops out.
"""

import numpy as np

SMALL_ANGLE = 1e-6  # radians from parallel or opposite: no arc is defined
SMALL_CHORD = 1e-3  # of the median chord
ROUNDING = 1e-6  # of the points' norm: they come from float32


def lerp(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """(1 - t) a + t b: `[pairs, K]`, `[pairs, K]`, `[T+1]` -> `[pairs, T+1, K]`."""
    t = np.asarray(t, np.float64)[None, :, None]
    return (1.0 - t) * a[:, None] + t * b[:, None]


def slerp(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """The arc between the directions of a and b, with norms (1 - t) |a| + t |b|.

    Shapes as in `lerp`, which is used where a and b are parallel, opposite or 0. An arc
    about the origin means something for codes near N(0, I) only. White (2016),
    arXiv:1609.04468.
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    norm_a, norm_b = (np.linalg.norm(v, axis=1, keepdims=True) for v in (a, b))
    usable = ((norm_a > 0.0) & (norm_b > 0.0))[:, 0]
    u = np.divide(a, norm_a, out=np.zeros_like(a), where=norm_a > 0.0)
    v = np.divide(b, norm_b, out=np.zeros_like(b), where=norm_b > 0.0)
    # Keeps its digits at angles near 0 and pi, where arccos(u.v) has lost half of them.
    halves = np.linalg.norm(u - v, axis=1), np.linalg.norm(u + v, axis=1)
    angle = 2.0 * np.arctan2(*halves)
    usable &= (angle > SMALL_ANGLE) & (angle < np.pi - SMALL_ANGLE)
    angle = np.where(usable, angle, 1.0)[:, None, None]
    s = np.asarray(t, np.float64)[None, :, None]
    direction = np.sin((1.0 - s) * angle) * u[:, None] + np.sin(s * angle) * v[:, None]
    norm = (1.0 - s) * norm_a[:, None] + s * norm_b[:, None]
    arc = norm * direction / np.sin(angle)
    return np.where(usable[:, None, None], arc, lerp(a, b, t))


def path_energy(points: np.ndarray) -> np.ndarray:
    """T sum_t |f_{t+1} - f_t|^2 / |f_T - f_0|^2 of paths `[pairs, T+1, d]`: `[pairs]`.

    At least 1 by the Cauchy-Schwarz inequality, and 1 iff straight and even. NaN where
    the ends (nearly) coincide. A cross-fade is straight too: look at what lies midway.
    """
    steps, chord = steps_and_chord(points)
    return steps.shape[1] * np.square(steps).sum(axis=1) / np.square(chord)


def path_length_ratio(points: np.ndarray) -> np.ndarray:
    """sum_t |f_{t+1} - f_t| / |f_T - f_0|: at least 1, and 1 iff straight; `[pairs]`.

    NaN where the ends (nearly) coincide.
    """
    steps, chord = steps_and_chord(points)
    return steps.sum(axis=1) / chord


def steps_and_chord(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lengths of the steps `[pairs, T]`, and from end to end, NaN where that is tiny."""
    points = np.asarray(points, np.float64)
    steps = np.linalg.norm(np.diff(points, axis=1), axis=2)
    chord = np.linalg.norm(points[:, -1] - points[:, 0], axis=1)
    # Images of a decoder that ignores its code differ by rounding, and go nowhere.
    rounding = ROUNDING * np.linalg.norm(points[:, 0], axis=1)
    least = np.maximum(SMALL_CHORD * np.median(chord), rounding)
    return steps, np.where(chord > least, chord, np.nan)
