"""The rate in three parts: what codes say of images, of each other, and of the prior.

    R = I_q(x; z) + TC + sum_k KL(q(z_k) || p(z_k))

Hoffman & Johnson (2016); Chen et al. (2018), arXiv:1802.04942. By the exact mixture over
the training split, never by a minibatch estimate, which is off by log N and more.
"""

import numpy as np

from vae_jax.evaluation.costs import Work, takes
from vae_jax.evaluation.estimators import decomposition
from vae_jax.evaluation.trained_member import Metric, TrainedMember, no_posterior
from vae_jax.scores.estimate import Estimates, no_value
from vae_jax.scores.flag import Flag
from vae_jax.scores.metric_key import (
    AGGREGATE_KL,
    DIMENSIONWISE_KL,
    LOG_N,
    MUTUAL_INFORMATION,
    TOTAL_CORRELATION,
)
from vae_jax.studies.checks import positive

PARTS = (MUTUAL_INFORMATION, TOTAL_CORRELATION, DIMENSIONWISE_KL, AGGREGATE_KL)
SATURATED = 0.5  # nats below log N
EXPONENTIAL = 8  # products that a density of a pair of codes costs, of each latent


@takes(
    lambda sizes, samples: Work(
        sizes.posterior * sizes.train,
        EXPONENTIAL
        * samples
        * sizes.posterior
        * sizes.latents
        * min(sizes.train, decomposition.MAX_IMAGES) ** 2,
    )
)
def information(samples: int = 8) -> Metric:
    """`mutual_information`, `total_correlation`, `dimensionwise_kl`, `aggregate_kl`, nats.

    aggregate_kl = KL(q(z) || p(z)) = total_correlation + dimensionwise_kl; with the mutual
    information it sums to the rate of the training split, exactly. The standard errors are
    those of `samples` posterior draws per image. The mutual information cannot exceed
    `log_n`: near it the parts measure memorised images, and are flagged as saturated.
    """
    positive("information.samples", samples)

    def measure(member: TrainedMember) -> Estimates:
        reason = no_posterior(member.member)
        if reason:
            return {("train", part): reason for part in PARTS}
        x, key = member.images["train"], member.key("information", "train")
        arrays = member.run(decomposition.decomposition, x, key, samples=samples)
        if not all(np.isfinite(array).all() for array in arrays.values()):
            why = "a density of the codes is infinite or not a number"
            return {("train", part): no_value(Flag.NOT_FINITE, why) for part in PARTS}
        estimates = decomposition.reduce(arrays)
        ceiling = estimates["log_n"].value
        parts = {part: estimates[part.name] for part in PARTS}
        if parts[MUTUAL_INFORMATION].value > ceiling - SATURATED:
            note = f"saturated at log N = {ceiling:z.2f}: memorised images are measured"
            parts = {part: e.noted(note, Flag.SATURATED) for part, e in parts.items()}
        parts[LOG_N] = estimates["log_n"]
        flags = member.partial("train", decomposition.MAX_IMAGES)
        return {("train", part): e.flagged(*flags) for part, e in parts.items()}

    return measure
