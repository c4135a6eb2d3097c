"""The aggregate posterior q(z) = E_x q(z|x): the ceiling of all samplers of a decoder.

It needs the training images to be drawn from, so it says what the decoder can do, not
what the model can generate.
"""

import numpy as np
from jaxtyping import Float

from vae_jax.evaluation.trained_member import Sampler, TrainedMember


def draw(member: TrainedMember, use: str, count: int) -> Float[np.ndarray, "n L"]:
    """Draws z ~ q(z|x), [n L], of the training images in turn, in random order."""
    codes, rng = member.codes("train"), member.rng(use)
    images = len(codes.mean)
    turns = [rng.permutation(images) for _ in range(-(-count // images))]
    rows = np.concatenate(turns)[:count]
    noise = rng.standard_normal((count, codes.mean.shape[1]))
    return codes.mean[rows] + codes.std[rows] * noise


def aggregate() -> Sampler:
    """The aggregate posterior q(z): draws of q(z|x) for training images x."""
    return draw
