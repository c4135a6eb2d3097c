"""The aggregate posterior q(z) = E_x q(z|x): the ceiling of all samplers of a decoder.

It needs the training images to be drawn from, so it says what the decoder can do, not
what the model can generate.
"""

import numpy as np
from jaxtyping import Float

from vae_jax.evaluation.trained_member import Sampler, TrainedMember


def draw(subject: TrainedMember, use: str, count: int) -> Float[np.ndarray, "n L"]:
    """z ~ q(z|x) of the training images in turn, in random order."""
    codes, rng = subject.codes("train"), subject.rng(use)
    images = len(codes.mean)
    turns = [rng.permutation(images) for _ in range(-(-count // images))]
    rows = np.concatenate(turns)[:count]
    noise = rng.standard_normal((count, codes.mean.shape[1]))
    return codes.mean[rows] + codes.std[rows] * noise


def aggregate() -> Sampler:
    """Draws of the aggregate posterior of the training images."""
    return draw
