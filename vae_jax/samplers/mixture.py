"""A Gaussian mixture fitted to the codes: what an autoencoder needs to be sampled.

Ghosh et al. (2020), section 4, arXiv:1903.12436.
"""

import warnings

import numpy as np
from jaxtyping import Float
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from vae_jax.errors import UserError
from vae_jax.evaluation.subject import Sampler, Subject


def mixture(components: int = 10) -> Sampler:
    """A mixture of Gaussians with full covariances, by expectation maximisation.

    Fitted to one posterior sample per training image (for an autoencoder, to its codes).
    Fewer distinct codes than components give a mixture of as many components.
    """
    if not isinstance(components, int) or components < 1:
        raise UserError(f"mixture.components: {components!r} is not a positive number")

    def draw(subject: Subject, use: str, count: int) -> Float[np.ndarray, "n L"]:
        codes, rng = subject.codes("train").sample, subject.rng(use)
        distinct = len(np.unique(codes, axis=0))
        model = GaussianMixture(
            min(components, distinct),
            tol=1e-3,
            reg_covar=1e-6,
            random_state=np.random.RandomState(rng.integers(2**32, dtype=np.uint32)),
        )
        with warnings.catch_warnings():  # a mixture that still moves is a mixture
            warnings.simplefilter("ignore", ConvergenceWarning)
            z, _ = model.fit(codes).sample(count)
        return rng.permutation(z)  # scikit-learn returns them component by component

    return draw
