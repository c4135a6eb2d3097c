"""Distortion, rate and their sum, in nats per image.

D = E_x E_q[-log p(x|z)], R = E_x KL(q(z|x) || p(z)), D + R = -ELBO.
Kingma & Welling (2014), arXiv:1312.6114; Alemi et al. (2018), arXiv:1711.00464.

Where log p(x|z) is no likelihood of the pixels (Bernoulli on grey levels, a density on
whole ones) D + R is no bound on a log-likelihood, and all that D is part of is flagged:
`models/support.py` tells.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from vae_jax.evaluation.costs import Work, takes
from vae_jax.evaluation.estimators.blocks import by_blocks, encoded
from vae_jax.evaluation.likelihood_labels import cautioned
from vae_jax.evaluation.limits import rows_at_once
from vae_jax.evaluation.trained_member import Metric, TrainedMember, no_posterior
from vae_jax.scores.estimate import Estimates, over_images
from vae_jax.scores.metric_key import (
    DISTORTION,
    DISTORTION_AT_MEAN,
    DISTORTION_PLUS_RATE,
    RATE,
)
from vae_jax.studies.checks import positive
from vae_jax.types import HParams, Model, Params, PRNGKey


def terms(
    model: Model,
    params: Params,
    x: Float[Array, "N D"],
    key: PRNGKey,
    hparams: HParams,
    *,
    samples: int,
) -> dict[str, Float[Array, "N"]]:
    """Each image's distortion, distortion at the mean code, and rate, nats [N] each."""
    q = encoded(model, params, x, hparams)

    def distortion(z):
        of_rows = lambda rows: model.likelihood.log_prob(
            model.decode(params, rows[0]), rows[1]
        )
        return -by_blocks(of_rows, (z, x), rows_at_once(x.shape[1]))

    def add_sample(total, i):
        z = model.sample(jax.random.fold_in(key, i), q, hparams)
        return total + distortion(z), None

    total, _ = jax.lax.scan(add_sample, jnp.zeros(len(x)), jnp.arange(samples))
    return {
        "distortion": total / samples,
        "distortion_at_mean": distortion(q.mean),
        "rate": model.prior.kl(q, hparams).sum(-1),
    }


@takes(lambda sizes, samples: Work((sizes.train + sizes.test) * (samples + 2)))
def rate_distortion(samples: int = 64) -> Metric:
    """`distortion`, `distortion_at_mean`, `rate`, `distortion_plus_rate`, both splits.

    D averages `samples` posterior draws per image; R is analytic. `distortion_at_mean`
    decodes z = mu instead: mostly lower, and never to be mixed with D. For an autoencoder
    the two are the same, and it has neither rate nor sum.
    """
    positive("rate_distortion.samples", samples)

    def measure(member: TrainedMember) -> Estimates:
        of_splits: Estimates = {}
        reason = no_posterior(member.member)
        for split, x in member.images.items():
            key = member.key("rate_distortion", split)
            arrays = member.run(terms, x, key, samples=samples)
            of_p = {
                DISTORTION: over_images(arrays["distortion"]),
                DISTORTION_AT_MEAN: over_images(arrays["distortion_at_mean"]),
                DISTORTION_PLUS_RATE: over_images(arrays["distortion"] + arrays["rate"]),
            }
            estimates = {key: cautioned(member, e) for key, e in of_p.items()}
            estimates[RATE] = over_images(arrays["rate"])
            if reason:
                estimates |= dict.fromkeys((RATE, DISTORTION_PLUS_RATE), reason)
            of_splits |= {(split, name): e for name, e in estimates.items()}
        return of_splits

    return measure
