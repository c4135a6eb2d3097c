"""The negative ELBO with beta: VAE at beta = 1, autoencoder at noise 0 and beta 0.

Kingma & Welling (2014), arXiv:1312.6114; Higgins et al. (2017); the names rate and
distortion are those of Alemi et al. (2018), arXiv:1711.00464.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from vae_jax.hyperparameters import Hyper, declares
from vae_jax.types import HParams, Model, Objective, Params, PRNGKey, Scalar, Terms


def negative_elbo(
    model: Model,
    params: Params,
    x: Float[Array, "B D"],
    key: PRNGKey,
    hparams: HParams,
) -> Terms:
    """loss = distortion + beta * cost(rate), with one posterior sample per image.

    Sums over pixels and latent dimensions, means over the batch: beta multiplies nats. The
    cost is the rate itself, unless there are free bits or a capacity.
    """
    q = model.encode(params, x, hparams)
    z = model.sample(key, q, hparams)
    rates = model.prior.kl(q, hparams)
    rate = rates.sum(-1).mean()
    distortion = -model.likelihood.log_prob(model.decode(params, z), x).mean()
    cost = cost_of(rate, rates.mean(0), hparams)
    # A capacity grows at full beta (Burgess et al., 2018); without one beta itself grows.
    held = hparams.objective["capacity"] > 0
    beta = hparams.beta * jnp.where(held, 1.0, hparams.ramp)
    return Terms(distortion + beta * cost, rate, distortion)


def cost_of(rate: Scalar, rates: Float[Array, "K"], hparams: HParams) -> Scalar:
    """What the loss charges, in nats, for a rate and the rates [K] it is the sum of.

    free bits: sum_k max(free_bits, rate_k), so that a dimension below them is pushed no
    further (Kingma et al., 2016, arXiv:1606.04934). capacity: |rate - capacity| (Burgess
    et al., 2018, arXiv:1804.03599); with both, of what the free bits leave.
    """
    free_bits = hparams.objective["free_bits"]
    capacity = hparams.objective["capacity"] * hparams.ramp
    floor = hparams.latent_mask * free_bits
    cost = jnp.where(free_bits > 0, jnp.maximum(floor, rates).sum(), rate)
    return jnp.where(capacity > 0, jnp.abs(cost - capacity), cost)


@declares(
    Hyper(
        *("free_bits", 0.0, "nats per dimension"),
        "rate of each dimension that costs nothing",
        of_rate=True,
    ),
    Hyper(
        *("capacity", 0.0, "nats"),
        "rate that the members are held at; 0 sets none",
        of_rate=True,
    ),
)
def elbo() -> Objective:
    """The objective of VAEs, beta-VAEs and autoencoders: the negative ELBO with beta.

    Kingma & Welling (2014), arXiv:1312.6114; Higgins et al. (2017).
    """
    return negative_elbo
