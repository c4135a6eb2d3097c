"""How an estimate of log p(x) is named and noted: a likelihood, or what it is instead.

A Bernoulli "likelihood" of grey levels does not sum to 1, a density at whole levels has no
bound: what an estimator makes of them is no likelihood and never bears that name.
"""

import numpy as np

from vae_jax.evaluation.trained_member import TrainedMember
from vae_jax.models.support import bits_per_dim, named_instead
from vae_jax.scores.estimate import Estimate, Estimates, over_images
from vae_jax.scores.flag import Flag
from vae_jax.scores.metric_key import (
    BITS_PER_DIM,
    NLL,
    MetricKey,
    log_likelihood,
)

TRUSTED_ESS = 10.0
PARTLY = 0.05  # share of images that may be below it without a warning


def quantity(member: TrainedMember) -> str:
    """The quantity that an estimate of -log p(x) is.

    `nll`, or where it is no likelihood `cross_entropy` or `neg_log_density`.
    """
    instead = named_instead(member.model.likelihood.support)
    return instead if member.not_a_likelihood else NLL


def cautioned(member: TrainedMember, estimate: Estimate) -> Estimate:
    """What is made of log p(x|z), noted and flagged where that is no likelihood."""
    why = member.not_a_likelihood
    return estimate.noted(f"no likelihood: {why}", Flag.NO_LIKELIHOOD) if why else estimate


def missing(
    member: TrainedMember, reason: Estimate, family: str, size: int | str = ""
) -> Estimates:
    """The estimate without a value, for `reason`, under the name that it would have."""
    return {("test", log_likelihood(quantity(member), family, size)): reason}


def labelled(
    member: TrainedMember, log_p: np.ndarray, family: str, size: int | str = ""
) -> dict[MetricKey, Estimate]:
    """`nll_<estimator>`, nats per image, and `bits_per_dim_<estimator>`, from log p [N].

    Where that is no likelihood, `cross_entropy_<estimator>` or
    `neg_log_density_<estimator>` alone. An estimator is called by its metric family and,
    where that has one, its size.
    """
    nll = over_images(-np.asarray(log_p, np.float64))
    key = log_likelihood(quantity(member), family, size)
    if member.not_a_likelihood:
        return {key: cautioned(member, nll)}
    bits_key = log_likelihood(BITS_PER_DIM, family, size)
    if nll.value is None:
        return {key: nll, bits_key: nll}
    support, reference = member.model.likelihood.support, member.reference
    dims = reference.real.shape[1]
    bits = bits_per_dim(nll.value, dims, support, reference.levels, reference.pixels)
    slope = 1.0 / (dims * np.log(2.0))
    stderr = None if nll.stderr is None else nll.stderr * slope
    return {key: nll, bits_key: Estimate(bits, stderr)}


def distrusted(bound: Estimate, ess: np.ndarray) -> Estimate:
    """The bound, flagged if over 5 % of images have an effective sample size under 10."""
    poor = float((ess < TRUSTED_ESS).mean())
    if poor <= PARTLY:
        return bound
    return bound.noted(
        "a bound, not to be trusted as the value: the effective sample size is below "
        f"{TRUSTED_ESS:zg} for {poor:z.0%} of the images",
        Flag.UNTRUSTED,
    )
