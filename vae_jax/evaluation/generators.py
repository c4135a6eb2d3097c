"""Generators that need no model: the data again, and two deliberately bad ones.

They mark the ends of every scale: what a score says of the training images themselves, of
one blurred image shown for ever (a collapsed decoder), and of pixels without any structure.
"""

import numpy as np
from jaxtyping import Float

from vae_jax.evaluation.reference import SEED, Reference

COUNT = 10_000  # images of every generator, a model's or one of these


def generators(reference: Reference) -> dict[str, Float[np.ndarray, "n D"]]:
    """10,000 images [n D] in [0, 1] of each reference generator, by its name."""
    rng, train = np.random.default_rng(SEED), reference.train
    turns = [rng.permutation(len(train)) for _ in range(-(-COUNT // len(train)))]
    return {
        "training images": train[np.concatenate(turns)[:COUNT]],
        "mean image": np.broadcast_to(train.mean(axis=0), (COUNT, train.shape[1])),
        "shuffled pixels": rng.permuted(
            train[rng.integers(len(train), size=COUNT)], axis=0
        ),
    }
