"""Distortion, rate and their sum, the negative ELBO, in nats per image.

D = E_x E_q[-log p(x|z)], R = E_x KL(q(z|x) || p(z)), -ELBO = D + R.
Kingma & Welling (2014), arXiv:1312.6114; Alemi et al. (2018), arXiv:1711.00464.

With a Bernoulli likelihood on grey levels D is a cross-entropy, and D + R the quantity
training minimises at beta = 1, but no bound on a log-likelihood: see
`likelihoods/bernoulli.py`.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from vae_jax.dataset import Dataset
from vae_jax.evaluation.estimates import over_images
from vae_jax.types import Estimate, HParams, Metric, Model, Params, PRNGKey


def rate_distortion(dataset: Dataset, samples: int) -> Metric:
    """`distortion`, `distortion_at_mean`, `rate`, `neg_elbo`.

    D averages `samples` posterior draws per image; R is analytic. `distortion_at_mean`
    decodes z = mu instead: mostly lower, and never to be mixed with D. For an autoencoder
    the two are the same, and rate and negative ELBO do not exist.
    """
    del dataset

    def measure(
        model: Model,
        params: Params,
        x: Float[Array, "N D"],
        key: PRNGKey,
        hparams: HParams,
    ) -> dict[str, Float[Array, "N"]]:
        q = model.encode(params, x, hparams)

        def distortion(z):
            return -model.likelihood.log_prob(model.decode(params, z), x)

        def add_sample(total, i):
            z = model.sample(jax.random.fold_in(key, i), q, hparams)
            return total + distortion(z), None

        total, _ = jax.lax.scan(add_sample, jnp.zeros(len(x)), jnp.arange(samples))
        return {
            "distortion": total / samples,
            "distortion_at_mean": distortion(q.mean),
            "rate": model.prior.kl(q, hparams.latent_mask).sum(-1),
        }

    def reduce(arrays, member) -> dict[str, Estimate]:
        nothing = Estimate(None)
        rate, neg_elbo = nothing, nothing
        if member.has_posterior:
            rate = over_images(arrays["rate"])
            neg_elbo = over_images(arrays["distortion"] + arrays["rate"])
        return {
            "distortion": over_images(arrays["distortion"]),
            "distortion_at_mean": over_images(arrays["distortion_at_mean"]),
            "rate": rate,
            "neg_elbo": neg_elbo,
        }

    return Metric(("train", "test"), measure, reduce)
