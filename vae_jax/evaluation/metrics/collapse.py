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
    """`active_units`, `collapsed_units` with the verdict as note, and per dimension k.

    active_units: dimensions with Var_x(E[z_k|x]) > 0.01. Fragile near the threshold, and
    not free of scale for an autoencoder, all of whose dimensions count.
    collapsed_units: dimensions with a rate of at most 0.01 nat; note: none, partial with
    the dimensions, or full.
    `rate_dim_<k>`, nats; `sensitivity_dim_<k>`: how far one unit of z_k moves the decoded
    image at the mean codes of the first 1,000 test images.
    """

    def measure(subject: TrainedMember) -> Estimates:
        found: Estimates = {}
        for split, x in subject.images.items():
            own = units(subject, split, np.asarray(subject.run(rates, x), np.float64))
            found |= {(split, name): estimate for name, estimate in own.items()}
        slopes = subject.run(sensitivity, subject.images["test"][:SENSITIVITY_IMAGES])
        for k in range(subject.member.latents):
            found["test", f"sensitivity_dim_{k}"] = over_images(slopes[:, k])
        return found

    return measure


def units(subject: TrainedMember, split: str, rate: np.ndarray) -> dict[str, Estimate]:
    """Active and collapsed units, and the rate of each."""
    active = subject.codes(split).mean.var(axis=0) > ACTIVE_VARIANCE
    found = {"active_units": Estimate(float(active.sum()))}
    nothing = no_posterior(subject.member)
    means = [over_images(rate[:, k]) for k in range(subject.member.latents)]
    if nothing:
        means = [Estimate(None, note=nothing)] * subject.member.latents
        found["collapsed_units"] = Estimate(None, note=nothing)
    else:
        judged = verdict(rate.mean(axis=0)[: subject.member.latents])
        count = float(len(judged.dimensions))
        found["collapsed_units"] = Estimate(count, note=str(judged))
    return found | {f"rate_dim_{k}": mean for k, mean in enumerate(means)}
