"""A Gaussian mixture fitted to the codes: what an autoencoder needs to be sampled.

Ghosh et al. (2020), section 4, arXiv:1903.12436.
"""

import warnings

import numpy as np
from jaxtyping import Float
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from vae_jax.errors import UserError
from vae_jax.evaluation.samplers.gaussian import normal
from vae_jax.evaluation.trained_member import Sampler, TrainedMember

COMPONENTS = 10  # unless a config says otherwise


def fit(member: TrainedMember, use: str, components: int) -> GaussianMixture:
    """A mixture of one posterior sample per training image, or of an autoencoder's codes.

    Fewer distinct codes than components give a mixture of as many components.
    """
    codes = member.codes("train").sample
    distinct = len(np.unique(codes, axis=0))
    seed = member.rng(use).integers(2**32, dtype=np.uint32)
    model = GaussianMixture(
        min(components, distinct),
        tol=1e-3,
        reg_covar=1e-6,
        random_state=np.random.RandomState(seed),
    )
    with warnings.catch_warnings():  # a mixture that still moves is a mixture
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(codes)


def mixture(components: int = COMPONENTS) -> Sampler:
    """A mixture of Gaussians with full covariances, fitted by expectation maximisation.

    A number of `components` that is not whole and positive is a `UserError`.
    """
    if not isinstance(components, int) or components < 1:
        raise UserError(f"mixture.components: {components!r} is not a positive number")

    def draw(member: TrainedMember, use: str, count: int) -> Float[np.ndarray, "n L"]:
        fitted, rng = fit(member, use, components), member.rng(f"{use}/draws")
        counts = rng.multinomial(count, fitted.weights_ / fitted.weights_.sum())
        parts = zip(fitted.means_, fitted.covariances_, map(int, counts))
        return rng.permutation(np.concatenate([normal(rng, *part) for part in parts]))

    return draw
