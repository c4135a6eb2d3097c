"""The importance-weighted bound on log p(x), with its effective sample size.

Burda, Grosse & Salakhutdinov (2016), arXiv:1509.00519. It is not "the" likelihood: with
sharp posteriors 5,000 samples miss it by more than 10 nats, and the effective sample size
is what shows it.
"""

import numpy as np

from vae_jax.evaluation.costs import Work, takes
from vae_jax.evaluation.estimators import iwae as estimator
from vae_jax.evaluation.likelihood_labels import distrusted, labelled, missing
from vae_jax.evaluation.limits import bounded_images, rows_at_once
from vae_jax.evaluation.trained_member import Metric, TrainedMember, no_posterior
from vae_jax.scores.estimate import Estimate, Estimates, over_images
from vae_jax.scores.metric_key import ess_iwae, ess_iwae_least
from vae_jax.studies.checks import positive


@takes(
    lambda sizes, samples: Work(
        sizes.posterior * samples * min(sizes.test, bounded_images(samples, sizes.pixels))
    )
)
def iwae(samples: int = 5_000) -> Metric:
    """`nll_iwae_<K>`, bits per dimension, `ess_iwae_<K>`.

    On the test split, in nats per image; where samples x images x pixels are too many, on
    its first images (`evaluation/limits.py`). Memory does not depend on the samples.
    """
    positive("iwae.samples", samples)

    def measure(member: TrainedMember) -> Estimates:
        reason = no_posterior(member.member)
        if reason:
            return missing(member, reason, "iwae", samples)
        x, key = member.images["test"], member.key("iwae")
        pixels = x.shape[1]
        x = x[: bounded_images(samples, pixels)]
        at_once = min(estimator.IMAGES, rows_at_once(estimator.CHUNK * pixels))
        arrays = member.run(estimator.iwae, x, key, samples=samples, images=at_once)
        ess = np.asarray(arrays["ess"], np.float64)
        bounds = labelled(member, arrays["log_bound"], "iwae", samples)
        estimates = {name: distrusted(bound, ess) for name, bound in bounds.items()}
        estimates[ess_iwae(samples)] = over_images(ess)
        estimates[ess_iwae_least(samples)] = Estimate(float(ess.min()))
        flags = member.partial("test", len(x))
        note = f"the first {len(x)} test images" if flags else ""
        return {("test", name): e.noted(note, *flags) for name, e in estimates.items()}

    return measure
