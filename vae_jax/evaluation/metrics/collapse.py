"""Posterior collapse: active units, rates, what the decoder makes of each dimension.

Burda, Grosse & Salakhutdinov (2016), arXiv:1509.00519; Lucas et al. (2019),
arXiv:1911.02469.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

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
    """KL(q(z_k|x) || p(z_k)) of every image."""
    return model.prior.kl(model.encode(params, x, hparams), hparams)


def sensitivity(
    model: Model, params: Params, x: Float[Array, "N D"], hparams: HParams
) -> Float[Array, "N K"]:
    """|d E[x|z] / d z_k| at each image's mean code: pixels per unit of z_k."""
    z = model.encode(params, x, hparams).mean
    decode = lambda z: model.likelihood.mean(model.decode(params, z))
    along = lambda direction: jax.jvp(decode, (z,), (direction,))[1]
    directions = jnp.broadcast_to(jnp.eye(z.shape[1])[:, None], (z.shape[1], *z.shape))
    slopes = jax.lax.map(along, directions)  # one dimension at a time: [K, N, D]
    return jnp.linalg.norm(slopes, axis=-1).T


def collapse() -> Metric:
    """`active_units`, `collapsed_units`, and of each dimension k its rate and its use.

    active_units: dimensions with Var_x(E[z_k|x]) > 0.01. Fragile near the threshold, and
    not free of scale for an autoencoder, all of whose dimensions count.
    collapsed_units: dimensions with a rate of at most 0.01 nat; the note names them.
    `rate_dim_<k>`, nats; `sensitivity_dim_<k>`: how far one unit of z_k moves the decoded
    image at the mean codes of the first 1,000 test images.
    """

    def measure(subject: TrainedMember) -> Estimates:
        found: Estimates = {}
        for split, x in subject.images.items():
            own = units(subject, split, np.asarray(subject.run(rates, x), np.float64))
            found |= {(split, key): estimate for key, estimate in own.items()}
        x = subject.images["test"][:SENSITIVITY_IMAGES]
        slopes, flags = subject.run(sensitivity, x), subject.partial("test", len(x))
        for k in range(subject.member.latents):
            estimate = over_images(slopes[:, k])
            found["test", sensitivity_dim(k)] = estimate.flagged(*flags)
        return found

    return measure


def units(
    subject: TrainedMember, split: str, nats: Float[np.ndarray, "N K"]
) -> dict[MetricKey, Estimate]:
    """Active and collapsed units, and the rate of each, from the rates of every image."""
    latents, nothing = subject.member.latents, no_posterior(subject.member)
    active = subject.codes(split).mean.var(axis=0) > ACTIVE_VARIANCE
    found = {ACTIVE_UNITS: Estimate(float(active.sum()))}
    if nothing:
        collapsed, *rates = [nothing] * (1 + latents)
    else:
        rates = [over_images(nats[:, k]) for k in range(latents)]
        judged = verdict(np.array([rate.value for rate in rates]))
        collapsed = Estimate(float(len(judged.dimensions)), note=str(judged))
    found[COLLAPSED_UNITS] = collapsed
    return found | {rate_dim(k): estimate for k, estimate in enumerate(rates)}
