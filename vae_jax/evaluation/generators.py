"""Generators that need no model: the data again, and two deliberately bad ones.

They mark the ends of every scale: what a score says of the training images themselves, of
one blurred image shown for ever (a collapsed decoder), and of pixels without any structure.
"""

import numpy as np
from jaxtyping import Float

from vae_jax.evaluation.reference import SEED, Reference


def generators(reference: Reference) -> dict[str, Float[np.ndarray, "n D"]]:
    """As many images [n D] of each reference generator as of a model, by its name."""
    rng, train, count = np.random.default_rng(SEED), reference.train, reference.generated
    turns = [rng.permutation(len(train)) for _ in range(-(-count // len(train)))]
    return {
        "training images": train[np.concatenate(turns)[:count]],
        "mean image": np.broadcast_to(train.mean(axis=0), (count, train.shape[1])),
        "shuffled pixels": rng.permuted(
            train[rng.integers(len(train), size=count)], axis=0
        ),
    }
