"""Posterior collapse: active units, and the rate of each latent dimension.

Burda, Grosse & Salakhutdinov (2016), arXiv:1509.00519.
"""

import numpy as np
from jaxtyping import Array, Float

from vae_jax.dataset import Dataset
from vae_jax.evaluation.estimates import over_images
from vae_jax.stats import ACTIVE_VARIANCE
from vae_jax.types import Estimate, HParams, Metric, Model, Params, PRNGKey


def collapse(dataset: Dataset, samples: int) -> Metric:
    """`active_units`, the dimensions with Var_x(E[z_k|x]) > 0.01, and `rate_dim_<k>`.

    Active units are fragile near the threshold: read them beside the rates. The variance
    is not free of scale for an autoencoder, whose codes spread as they like: all of its
    dimensions count as active.
    """
    del dataset, samples

    def measure(
        model: Model,
        params: Params,
        x: Float[Array, "N D"],
        key: PRNGKey,
        hparams: HParams,
    ) -> dict[str, Float[Array, "N K"]]:
        del key
        q = model.encode(params, x, hparams)
        return {"mean": q.mean, "rates": model.prior.kl(q, hparams.latent_mask)}

    def reduce(arrays, member) -> dict[str, Estimate]:
        variance = np.asarray(arrays["mean"], np.float64).var(axis=0)
        estimates = {"active_units": Estimate(float((variance > ACTIVE_VARIANCE).sum()))}
        for k in range(member.latents):
            rate = over_images(arrays["rates"][:, k])
            estimates[f"rate_dim_{k}"] = rate if member.has_posterior else Estimate(None)
        return estimates

    return Metric(("train", "test"), measure, reduce)
