"""Means over images with their standard errors, summed in float64 on the host.

Float32 sums over a data set drift (1e-6 at 2e6 values), so the device returns one number
per image and the sum is taken here.
"""

import numpy as np

from vae_jax.types import Estimate


def over_images(values: np.ndarray) -> Estimate:
    """Mean and standard error, s / sqrt(N), of one number per image."""
    values = np.asarray(values, np.float64)
    return Estimate(float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values))))


def has_posterior(member) -> bool:
    """Whether q(z|x) is what the decoder was trained on: posterior noise of scale 1.

    A plain autoencoder (noise 0) has no rate and no ELBO: those cells stay empty. Nor has
    a model trained at another noise scale: what it samples is not the q of its rate.
    """
    return member.noise == 1.0
