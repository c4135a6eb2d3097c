"""Means over images with their standard errors, and the reasons why there is no number.

Float32 sums over a data set drift (1e-6 at 2e6 values), so the device returns one number
per image and the sum is taken here.
"""

import numpy as np

from vae_jax.evaluations import Estimate
from vae_jax.grid import Member


def over_images(values: np.ndarray, note: str = "") -> Estimate:
    """Mean and standard error, s / sqrt(N), of one number per image."""
    values = np.asarray(values, np.float64)
    stderr = float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else None
    return Estimate(float(values.mean()), stderr, note)


def no_posterior(member: Member) -> str:
    """Why a member has no rate, bound or likelihood; empty if it has them."""
    if member.has_posterior:
        return ""
    if member.noise == 0.0:
        return "an autoencoder has no posterior"
    return f"trained with posterior noise of scale {member.noise:g}, not with its q(z|x)"
