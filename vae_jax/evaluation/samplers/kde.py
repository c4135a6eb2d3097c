"""A Gaussian kernel density of the codes: the most flexible of the fitted samplers."""

import numpy as np
from jaxtyping import Float

from vae_jax.evaluation.trained_member import Sampler, TrainedMember
from vae_jax.scores import kde as density


def draw(subject: TrainedMember, use: str, count: int) -> Float[np.ndarray, "n L"]:
    """A code of a training image, moved by the kernel whose width leave-one-out picks."""
    return density.draw(subject.density, subject.rng(use), count)


def kde() -> Sampler:
    """Codes with whitened Gaussian noise of the width that explains left-out codes best."""
    return draw
