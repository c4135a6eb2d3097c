"""Holes: prior mass where the latent space has no codes.

In two dimensions an autoencoder has none under N(0, I): its codes spread so wide that the
prior falls among a few of them. So holes are never read without coverage.
"""

import numpy as np

from vae_jax.evaluation.costs import Work, takes
from vae_jax.evaluation.trained_member import Metric, TrainedMember
from vae_jax.scores import kde
from vae_jax.scores.estimate import Estimates, share
from vae_jax.scores.metric_key import HOLE_CYCLE, HOLE_DENSITY

DRAWS = 10_000
PERCENT = 5.0


@takes(lambda sizes: Work(2 * (DRAWS + sizes.test)))
def holes() -> Metric:
    """`hole_density` and `hole_cycle`: shares of 10,000 prior draws; the data scores 0.05.

    hole_density: a draw's density, under a kernel density of the training codes, is below
    what 95 % of held-out codes have.
    hole_cycle: |E[z | decoded z] - z|^2 / tr Var(codes), the re-encoding inconsistency, is
    above what 95 % of held-out codes have.
    """

    def measure(member: TrainedMember) -> Estimates:
        held_out = member.codes("test").sample
        draws = member.prior("holes", DRAWS)
        density = lambda z: kde.log_density(member.density, z)
        empty = density(draws) < np.percentile(density(held_out), PERCENT)
        scale = max(float(member.codes("train").sample.var(axis=0).sum()), 1e-12)

        def inconsistency(z: np.ndarray) -> np.ndarray:
            return np.square(member.encode_again(z) - z).sum(axis=1) / scale

        limit = np.percentile(inconsistency(held_out), 100.0 - PERCENT)
        return {
            ("test", HOLE_DENSITY): share(empty.mean(), DRAWS),
            ("test", HOLE_CYCLE): share((inconsistency(draws) > limit).mean(), DRAWS),
        }

    return measure
