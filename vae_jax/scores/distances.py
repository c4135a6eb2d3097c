"""Distances between rows, by one matrix product."""

import numpy as np
from jaxtyping import Float


def squared(
    a: Float[np.ndarray, "n d"], b: Float[np.ndarray, "m d"]
) -> Float[np.ndarray, "n m"]:
    """|a_i - b_j|^2 in float64, never below 0."""
    found = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None] - 2.0 * (a @ b.T)
    return np.maximum(found, 0.0, out=found)
