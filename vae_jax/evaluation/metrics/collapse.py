"""Posterior collapse: active units, rates, what the decoder makes of each dimension.

Burda, Grosse & Salakhutdinov (2016), arXiv:1509.00519; Lucas et al. (2019),
arXiv:1911.02469.
"""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from vae_jax.evaluation.costs import Work, takes
from vae_jax.evaluation.estimators.blocks import encoded
from vae_jax.evaluation.trained_member import Metric, TrainedMember, no_posterior
from vae_jax.scores.collapse import ACTIVE_VARIANCE, verdict
from vae_jax.scores.estimate import Estimate, Estimates, over_images
from vae_jax.scores.metric_key import (
    ACTIVE_UNITS,
    COLLAPSED_UNITS,
    MetricKey,
    rate_dim,
    sensitivity_dim,
)
from vae_jax.types import HParams, Model, Params

SENSITIVITY_IMAGES = 1_000


def rates(
    model: Model, params: Params, x: Float[Array, "N D"], hparams: HParams
) -> Float[Array, "N K"]:
    """KL(q(z_k|x) || p(z_k)) of every image and latent dimension, nats [N K]."""
    return model.prior.kl(encoded(model, params, x, hparams), hparams)


def sensitivity(
    model: Model, params: Params, x: Float[Array, "N D"], hparams: HParams
) -> Float[Array, "N K"]:
    """|d E[x|z] / d z_k| at each image's mean code [N K], pixels per unit of z_k."""
    z = model.encode(params, x, hparams).mean
    decode = lambda z: model.likelihood.mean(model.decode(params, z))

    def along(k):  # one dimension at a time: a slope has as many pixels as the images
        direction = jnp.zeros_like(z).at[:, k].set(1.0)
        return jnp.linalg.norm(jax.jvp(decode, (z,), (direction,))[1], axis=-1)

    return jax.lax.map(along, jnp.arange(z.shape[1])).T


@takes(
    lambda sizes: Work(
        sizes.train
        + sizes.test
        + 3 * sizes.latents * min(SENSITIVITY_IMAGES, sizes.generated, sizes.test)
    )
)
def collapse() -> Metric:
    """`active_units`, `collapsed_units`, and of each dimension k its rate and its use.

    active_units: dimensions with Var_x(E[z_k|x]) > 0.01. Fragile near the threshold, and
    not free of scale for an autoencoder, all of whose dimensions count.
    collapsed_units: dimensions with a rate of at most 0.01 nat; the note names them.
    `rate_dim_<k>`, nats; `sensitivity_dim_<k>`: how far one unit of z_k moves the decoded
    image at the mean codes of the first 1,000 test images.
    """

    def measure(member: TrainedMember) -> Estimates:
        estimates: Estimates = {}
        for split, x in member.images.items():
            of_split = units(member, split, np.asarray(member.run(rates, x), np.float64))
            estimates |= {(split, key): estimate for key, estimate in of_split.items()}
        x = member.images["test"][: min(SENSITIVITY_IMAGES, member.reference.generated)]
        slopes, flags = member.run(sensitivity, x), member.partial("test", len(x))
        for k in range(member.member.latents):
            estimate = over_images(slopes[:, k])
            estimates["test", sensitivity_dim(k)] = estimate.flagged(*flags)
        return estimates

    return measure


def collapsed_units(rates: Sequence[Estimate]) -> Estimate:
    """How many dimensions have a rate of at most 0.01 nat, the note says which.

    No value where that of a dimension has none.
    """
    for rate in rates:
        if rate.value is None:
            return rate
    judged = verdict(np.array([rate.value for rate in rates]))
    return Estimate(float(len(judged.dimensions)), note=str(judged))


def units(
    member: TrainedMember, split: str, nats: Float[np.ndarray, "N K"]
) -> dict[MetricKey, Estimate]:
    """Active and collapsed units of a split, and the rate of each dimension.

    `nats` are the rates of every image and dimension.
    """
    latents, reason = member.member.latents, no_posterior(member.member)
    active = member.codes(split).mean.var(axis=0) > ACTIVE_VARIANCE
    estimates = {ACTIVE_UNITS: Estimate(float(active.sum()))}
    if reason:
        collapsed, *dimension_rates = [reason] * (1 + latents)
    else:
        dimension_rates = [over_images(nats[:, k]) for k in range(latents)]
        collapsed = collapsed_units(dimension_rates)
    estimates[COLLAPSED_UNITS] = collapsed
    of_dimensions = {rate_dim(k): rate for k, rate in enumerate(dimension_rates)}
    return estimates | of_dimensions
