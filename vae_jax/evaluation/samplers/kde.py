"""A Gaussian kernel density of the codes: the most flexible of the fitted samplers."""

import numpy as np
from jaxtyping import Float

from vae_jax.evaluation.trained_member import Sampler, TrainedMember
from vae_jax.scores import kde as density


def draw(member: TrainedMember, use: str, count: int) -> Float[np.ndarray, "n L"]:
    """Draws z [n L]: codes of training images, with the noise of a Gaussian kernel."""
    return density.draw(member.density, member.rng(use), count)


def kde() -> Sampler:
    """A kernel density of the training codes, of the width that suits left-out codes."""
    return draw
