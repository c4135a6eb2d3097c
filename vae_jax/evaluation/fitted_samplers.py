"""The fitted samplers of a member as arrays, for those who draw from them elsewhere."""

import numpy as np
from jaxtyping import Float

from vae_jax.evaluation.samplers import gaussian, mixture
from vae_jax.evaluation.trained_member import TrainedMember

COMPONENTS = 10


def fits(member: TrainedMember) -> dict[str, Float[np.ndarray, "..."]]:
    """A member's Gaussian and mixture samplers as float32 arrays over all K dimensions.

    z = mean + root e, e ~ N(0, I): `gaussian_mean` [K], `gaussian_root` [K K],
    `mixture_weights` [C], `mixture_means` [C K], `mixture_roots` [C K K]. Dimensions not in
    use and components there are none of are 0.
    """
    latents, width = member.member.latents, len(member.hparams.latent_mask)
    mean, covariance = gaussian.fit(member)
    fitted = mixture.fit(member, "samples/mixture", COMPONENTS)
    count = len(fitted.weights_)
    arrays = {name: np.zeros(shape, np.float32) for name, shape in shapes(width).items()}
    arrays["gaussian_mean"][:latents] = mean
    arrays["gaussian_root"][:latents, :latents] = root(covariance)
    arrays["mixture_weights"][:count] = fitted.weights_
    arrays["mixture_means"][:count, :latents] = fitted.means_
    roots = [root(matrix) for matrix in fitted.covariances_]
    arrays["mixture_roots"][:count, :latents, :latents] = roots
    return arrays


def shapes(width: int) -> dict[str, tuple[int, ...]]:
    """Shapes of the fitted samplers' arrays, by their names."""
    return {
        "gaussian_mean": (width,),
        "gaussian_root": (width, width),
        "mixture_weights": (COMPONENTS,),
        "mixture_means": (COMPONENTS, width),
        "mixture_roots": (COMPONENTS, width, width),
    }


def root(covariance: Float[np.ndarray, "L L"]) -> Float[np.ndarray, "L L"]:
    """A square root A of a covariance that may be singular: A A^T = covariance."""
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.maximum(values, 0.0))[None]
