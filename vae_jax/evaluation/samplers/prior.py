"""The prior itself, N(0, I): the sampler that needs nothing but the model."""

import numpy as np
from jaxtyping import Float

from vae_jax.evaluation.trained_member import Sampler, TrainedMember


def draw(member: TrainedMember, use: str, count: int) -> Float[np.ndarray, "n L"]:
    """Draws z ~ p(z), [n, L], in the dimensions in use."""
    return member.prior(use, count)


def prior() -> Sampler:
    """The model's own prior p(z), which is fitted to nothing."""
    return draw
