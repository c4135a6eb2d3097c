"""The negative ELBO with beta: VAE at beta = 1, autoencoder at noise 0 and beta 0.

Kingma & Welling (2014), arXiv:1312.6114; Higgins et al. (2017); the names rate and
distortion are those of Alemi et al. (2018), arXiv:1711.00464.
"""

from jaxtyping import Array, Float

from vae_jax.types import HParams, Model, Objective, Params, PRNGKey, Terms


def negative_elbo(
    model: Model,
    params: Params,
    x: Float[Array, "B D"],
    key: PRNGKey,
    hparams: HParams,
) -> Terms:
    """loss = distortion + beta * rate, with one posterior sample per image.

    Sums over pixels and latent dimensions, means over the batch: beta multiplies nats.
    """
    q = model.encode(params, x, hparams)
    z = model.sample(key, q, hparams)
    rate = model.prior.kl(q, hparams.latent_mask).sum(-1).mean()
    distortion = -model.likelihood.log_prob(model.decode(params, z), x).mean()
    return Terms(distortion + hparams.beta * rate, rate, distortion)


def elbo() -> Objective:
    """The objective of VAEs, beta-VAEs and autoencoders."""
    return negative_elbo
