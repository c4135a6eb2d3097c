"""A Gaussian mixture fitted to the codes: what an autoencoder needs to be sampled.

Ghosh et al. (2020), section 4, arXiv:1903.12436.
"""

import warnings
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from vae_jax.errors import UserError
from vae_jax.evaluation.samplers.gaussian import normal
from vae_jax.evaluation.trained_member import Sampler, TrainedMember

COMPONENTS = 10  # unless a config says otherwise
LEAST_VARIANCE = 1e-6  # added to every component's, as a share of all codes' variance


class Mixture(NamedTuple):
    """A mixture of C Gaussians in L dimensions; float64."""

    weights: Float[np.ndarray, "C"]
    means: Float[np.ndarray, "C L"]
    covariances: Float[np.ndarray, "C L L"]


def fit(member: TrainedMember, use: str, components: int) -> Mixture:
    """A mixture of one posterior sample per training image, or of an autoencoder's codes.

    Fewer distinct codes than components give a mixture of as many components. Codes of any
    scale are fitted alike: they are brought to a variance of 1 first.
    """
    codes = member.codes("train").sample
    mean, scale = codes.mean(axis=0), float(codes.std()) or 1.0
    seed = member.rng(use).integers(2**32, dtype=np.uint32)
    model = GaussianMixture(
        min(components, len(np.unique(codes, axis=0))),
        tol=1e-3,
        reg_covar=LEAST_VARIANCE,
        random_state=np.random.RandomState(seed),
    )
    with warnings.catch_warnings():  # a mixture that still moves is a mixture
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit((codes - mean) / scale)
    return Mixture(
        model.weights_ / model.weights_.sum(),
        mean + scale * model.means_,
        scale**2 * model.covariances_,
    )


def mixture(components: int = COMPONENTS) -> Sampler:
    """A mixture of Gaussians with full covariances, fitted by expectation maximisation.

    A number of `components` that is not whole and positive is a `UserError`.
    """
    if not isinstance(components, int) or components < 1:
        raise UserError(f"mixture.components: {components!r} is not a positive number")

    def draw(member: TrainedMember, use: str, count: int) -> Float[np.ndarray, "n L"]:
        fitted, rng = fit(member, use, components), member.rng(f"{use}/draws")
        counts = map(int, rng.multinomial(count, fitted.weights))
        parts = zip(fitted.means, fitted.covariances, counts)
        return rng.permutation(np.concatenate([normal(rng, *part) for part in parts]))

    return draw
