"""The fitted samplers of a member as arrays, for those who draw from them elsewhere."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from vae_jax.evaluation.samplers import gaussian, mixture
from vae_jax.evaluation.trained_member import NotFinite, TrainedMember


@np.errstate(over="ignore", invalid="ignore")  # of wild codes
def fits(member: TrainedMember, components: int) -> dict[str, Float[np.ndarray, "..."]]:
    """A member's Gaussian and mixture samplers as float32 arrays over all K dimensions.

    z = mean + root e, e ~ N(0, I): `gaussian_mean` [K], `gaussian_root` [K K],
    `mixture_weights` [C], `mixture_means` [C K], `mixture_roots` [C K K], C `components`.
    Dimensions not in use and components there are none of are 0; so is a fit that failed.
    """
    latents, width = member.member.latents, len(member.hparams.latent_mask)
    sizes = shapes(width, components)
    arrays = {name: np.zeros(shape, np.float32) for name, shape in sizes.items()}
    try:
        mean, covariance = gaussian.fit(member)
        arrays["gaussian_root"][:latents, :latents] = root(covariance)
        arrays["gaussian_mean"][:latents] = mean
        # The use that the metric `samples` has: the same seed, so the same fit.
        fitted = mixture.fit(member, "samples/mixture", components)
    except (NotFinite, ValueError, np.linalg.LinAlgError):  # singular, or too large
        return arrays
    count = len(fitted.weights)
    arrays["mixture_weights"][:count] = fitted.weights
    arrays["mixture_means"][:count, :latents] = fitted.means
    roots = [root(matrix) for matrix in fitted.covariances]
    arrays["mixture_roots"][:count, :latents, :latents] = roots
    return arrays


def mixture_components(metrics: Sequence[Mapping[str, Any]]) -> int:
    """How many components the mixture has that a config's `samples` metric draws from.

    As many as by default where it draws from none.
    """
    for metric in metrics:
        samplers = metric.get("samplers", ()) if metric["name"] == "samples" else ()
        for sampler in samplers:
            if isinstance(sampler, Mapping) and sampler.get("name") == "mixture":
                return sampler.get("components", mixture.COMPONENTS)
    return mixture.COMPONENTS


def shapes(width: int, components: int) -> dict[str, tuple[int, ...]]:
    """Shapes of the fitted samplers' arrays, by their names."""
    return {
        "gaussian_mean": (width,),
        "gaussian_root": (width, width),
        "mixture_weights": (components,),
        "mixture_means": (components, width),
        "mixture_roots": (components, width, width),
    }


def root(covariance: Float[np.ndarray, "L L"]) -> Float[np.ndarray, "L L"]:
    """A square root A of a covariance that may be singular: A A^T = covariance."""
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.maximum(values, 0.0))[None]
