"""How an estimate of log p(x) is named and noted: a likelihood, or a cross-entropy.

A Bernoulli "likelihood" of grey levels does not sum to 1: what an estimator makes of it
is no likelihood and never bears that name.
"""

import numpy as np

from vae_jax.evaluation.trained_member import TrainedMember
from vae_jax.models.support import bits_per_dim
from vae_jax.scores.estimate import Estimate, Estimates, over_images

BITS = "bits_per_dim_"
DISTRUST = "a bound, not to be trusted as the value"
TRUSTED_ESS = 10.0
PARTLY = 0.05  # share of images that may be below it without a warning


def quantity(subject: TrainedMember) -> str:
    """What the estimate of log p(x) is, with its sign turned."""
    return "cross_entropy" if subject.not_a_likelihood else "nll"


def missing(subject: TrainedMember, estimator: str, reason: str) -> Estimates:
    """The estimate that a member cannot have."""
    return {("test", f"{quantity(subject)}_{estimator}"): Estimate(None, note=reason)}


def named(subject: TrainedMember, estimator: str, log_p: np.ndarray, note: str = ""):
    """`nll_<estimator>` in nats per image and `bits_per_dim_<estimator>`.

    `cross_entropy_<estimator>` alone, where the pixels are no outcomes of the likelihood.
    """
    nll = over_images(-np.asarray(log_p, np.float64))
    name, why = f"{quantity(subject)}_{estimator}", subject.not_a_likelihood
    if why:
        notes = "; ".join(filter(None, (f"no likelihood: {why}", note)))
        return {name: nll._replace(note=notes)}
    dims, reference = log_p_dims(subject), subject.reference
    bits = lambda nats: bits_per_dim(
        nats, dims, subject.model.likelihood.support, reference.levels, reference.pixels
    )
    slope = 1.0 / (dims * np.log(2.0))
    return {
        name: nll._replace(note=note),
        f"{BITS}{estimator}": Estimate(bits(nll.value), nll.stderr * slope, note),
    }


def log_p_dims(subject: TrainedMember) -> int:
    """Pixels of an image."""
    return subject.reference.real.shape[1]


def distrust(ess: np.ndarray) -> str:
    """A warning, where the effective sample size of too many images is too small."""
    poor = float((ess < TRUSTED_ESS).mean())
    if poor <= PARTLY:
        return ""
    return (
        f"{DISTRUST}: the effective sample size is below "
        f"{TRUSTED_ESS:g} for {poor:.0%} of the images"
    )
