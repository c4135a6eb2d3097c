"""The likelihood by annealed importance sampling: right where the IWAE bound is loose.

Wu et al. (2017), arXiv:1611.04273; the sandwich on simulated data is that of Grosse,
Ghahramani & Adams (2015), arXiv:1511.02543.
"""

import numpy as np

from vae_jax.evaluation.costs import Work, takes
from vae_jax.evaluation.estimators import ais as estimator
from vae_jax.evaluation.likelihood_labels import labelled, missing
from vae_jax.evaluation.trained_member import Metric, TrainedMember, no_posterior
from vae_jax.scores.estimate import Estimates, over_images
from vae_jax.scores.metric_key import ais_acceptance, ais_gap
from vae_jax.studies.checks import positive
from vae_jax.types import HParams, Model, Params, PRNGKey

PILOT = 200  # temperatures of the run that finds the step sizes
GRADIENT = 3  # passes that one takes


def sandwich(
    model: Model, params: Params, key: PRNGKey, hparams: HParams, *, count: int, settings
):
    """Lower and upper bounds on log p(x), nats [count], of images that the model makes.

    Bidirectional Monte Carlo: Grosse, Ghahramani & Adams (2015), arXiv:1511.02543.
    """
    return estimator.bdmc(model, params, key, hparams, count=count, settings=settings)


@takes(
    lambda sizes, images, temperatures, chains, simulated: Work(
        sizes.posterior
        * GRADIENT
        * chains
        * estimator.DEFAULT.leapfrog
        * (min(images, sizes.test) + 2 * simulated)
        * (temperatures + min(PILOT, temperatures))
    )
)
def ais(
    images: int = 100, temperatures: int = 1_000, chains: int = 16, simulated: int = 20
) -> Metric:
    """`nll_ais_<T>` of the first test images, nats per image.

    16 chains of 10 leapfrog steps from the prior. `ais_<T>_acceptance` is to be near 0.65.
    `ais_<T>_gap`: on `simulated` images of the model, the mean of the upper minus the
    lower bound on their log p(x): what the estimate may be short of. An autoencoder has a
    decoder but was trained with no prior: it has no likelihood.
    """
    given = {"images": images, "chains": chains, "simulated": simulated}
    for name, value in given.items():
        positive(f"ais.{name}", value)
    positive("ais.temperatures", temperatures, low=2)
    settings = estimator.Settings(temperatures, chains, pilot=min(PILOT, temperatures))

    def measure(member: TrainedMember) -> Estimates:
        reason = no_posterior(member.member)
        if reason:
            return missing(member, reason, "ais", temperatures)
        x, key = member.images["test"][:images], member.key("ais")
        arrays = member.run(estimator.ais, x, key, settings=settings)
        note, flags = f"the first {len(x)} test images", member.partial("test", len(x))
        likelihoods = labelled(member, arrays["log_prob"], "ais", temperatures)
        estimates = {name: e.noted(note, *flags) for name, e in likelihoods.items()}
        acceptance = over_images(arrays["acceptance"])
        estimates[ais_acceptance(temperatures)] = acceptance.flagged(*flags)
        key = member.key("bdmc")
        bounds = member.run(sandwich, key, count=simulated, settings=settings)
        gap = np.asarray(bounds["upper"], np.float64) - bounds["lower"]
        estimates[ais_gap(temperatures)] = over_images(gap).noted(
            f"on {simulated} simulated images"
        )
        return {("test", name): estimate for name, estimate in estimates.items()}

    return measure
