"""The fitted samplers of a member as arrays, for those who draw from them elsewhere."""

import numpy as np
from jaxtyping import Float

from vae_jax.evaluation.samplers import gaussian, mixture
from vae_jax.evaluation.trained_member import TrainedMember

COMPONENTS = 10


def fits(subject: TrainedMember) -> dict[str, Float[np.ndarray, "..."]]:
    """The Gaussian and the mixture that `samples` draws from, float32, all dimensions.

    z = mean + root e, e ~ N(0, I): `gaussian_mean` [K], `gaussian_root` [K K],
    `mixture_weights` [C], `mixture_means` [C K], `mixture_roots` [C K K]. Dimensions not in
    use and components there are none of are 0.
    """
    latents, width = subject.member.latents, len(subject.hparams.latent_mask)
    mean, covariance = gaussian.fit(subject)
    found = mixture.fit(subject, "samples/mixture", COMPONENTS)
    count = len(found.weights_)
    arrays = {name: np.zeros(shape, np.float32) for name, shape in shapes(width).items()}
    arrays["gaussian_mean"][:latents] = mean
    arrays["gaussian_root"][:latents, :latents] = root(covariance)
    arrays["mixture_weights"][:count] = found.weights_
    arrays["mixture_means"][:count, :latents] = found.means_
    roots = [root(each) for each in found.covariances_]
    arrays["mixture_roots"][:count, :latents, :latents] = roots
    return arrays


def shapes(width: int) -> dict[str, tuple[int, ...]]:
    """Of the arrays."""
    return {
        "gaussian_mean": (width,),
        "gaussian_root": (width, width),
        "mixture_weights": (COMPONENTS,),
        "mixture_means": (COMPONENTS, width),
        "mixture_roots": (COMPONENTS, width, width),
    }


def root(covariance: Float[np.ndarray, "L L"]) -> Float[np.ndarray, "L L"]:
    """A square root A, A A^T = covariance, which may be singular."""
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.maximum(values, 0.0))[None]
