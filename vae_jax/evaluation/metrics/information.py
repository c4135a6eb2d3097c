"""The rate in three parts: what codes say of images, of each other, and of the prior.

    R = I_q(x; z) + TC + sum_k KL(q(z_k) || p(z_k))

Hoffman & Johnson (2016); Chen et al. (2018), arXiv:1802.04942. By the exact mixture over
the training split, never by a minibatch estimate, which is off by log N and more.
"""

from vae_jax.evaluation.estimators import decomposition
from vae_jax.evaluation.trained_member import Metric, TrainedMember, no_posterior
from vae_jax.scores.estimate import Estimate, Estimates
from vae_jax.studies.checks import positive

NAMES = ("mutual_information", "total_correlation", "dimensionwise_kl", "aggregate_kl")
SATURATED = 0.5  # nats below log N


def information(samples: int = 8) -> Metric:
    """`mutual_information`, `total_correlation`, `dimensionwise_kl`, `aggregate_kl`, nats.

    aggregate_kl = KL(q(z) || p(z)) = total_correlation + dimensionwise_kl; with the mutual
    information it sums to the rate of the training split, exactly. The standard errors are
    those of `samples` posterior draws per image. The mutual information cannot exceed
    `log_n`: near it the other parts measure memorised images, and their notes say so.
    """
    positive("information.samples", samples)

    def measure(subject: TrainedMember) -> Estimates:
        nothing = no_posterior(subject.member)
        if nothing:
            return {("train", name): Estimate(None, note=nothing) for name in NAMES}
        x, key = subject.images["train"], subject.key("information", "train")
        found = decomposition.reduce(
            subject.run(decomposition.decomposition, x, key, samples=samples)
        )
        ceiling, note = found["log_n"].value, ""
        if found["mutual_information"].value > ceiling - SATURATED:
            note = f"saturated at log N = {ceiling:.2f}: the parts measure memorised images"
        noted = {name: found[name]._replace(note=note) for name in NAMES}
        return {("train", n): e for n, e in {**noted, "log_n": found["log_n"]}.items()}

    return measure
