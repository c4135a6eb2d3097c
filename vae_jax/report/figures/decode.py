"""A member's decoder in NumPy: from z to pixels without JAX."""

from collections.abc import Callable

import numpy as np

from vae_jax.portable.graph import run
from vae_jax.runs.results import ProgramResults


def decoder_of(program: ProgramResults, number: int) -> Callable[[np.ndarray], np.ndarray]:
    """A member's decoder: from points `[N, K]` to E[x|z] `[N, D]`.

    K may leave out dimensions not in use.
    """
    graph = program.pictures.decoder()
    weights = {
        name: program.pictures.row("weights", number, name) for name in graph.parameters
    }

    def decode(points: np.ndarray) -> np.ndarray:
        z = np.zeros((len(points), *graph.input), np.float32)
        z[:, 0, : points.shape[1]] = points
        return np.stack([run(graph, weights, latent)[0] for latent in z])

    return decode
