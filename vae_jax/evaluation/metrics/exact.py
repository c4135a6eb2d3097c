"""log p(x) by quadrature, where there are one or two latents: what the bounds miss."""

from vae_jax.errors import UserError
from vae_jax.evaluation.costs import Work, takes
from vae_jax.evaluation.estimators import quadrature as estimator
from vae_jax.evaluation.likelihood_labels import labelled, missing
from vae_jax.evaluation.limits import rows_at_once
from vae_jax.evaluation.trained_member import Metric, TrainedMember, no_posterior
from vae_jax.scores.estimate import Estimate, Estimates, no_value
from vae_jax.scores.flag import Flag
from vae_jax.scores.metric_key import EXACT_ERROR
from vae_jax.studies.checks import positive

MOST_LATENTS = 2


@takes(
    lambda sizes, images, nodes: Work(
        sizes.posterior
        * (sizes.latents <= MOST_LATENTS)
        * min(images, sizes.test)
        * nodes**sizes.latents
    )
)
def exact(images: int = 360, nodes: int = estimator.NODES) -> Metric:
    """`nll_exact` of the first test images, nats per image.

    Of one or two latents. `exact_error`: what every second node alone would change it by,
    the largest over images. An even number of `nodes` is a `UserError`.
    """
    positive("exact.images", images)
    positive("exact.nodes", nodes, low=3)
    if nodes % 2 == 0:
        raise UserError(f"evaluation.metrics: exact.nodes: {nodes} is not an odd number")

    def measure(member: TrainedMember) -> Estimates:
        latents = member.member.latents
        reason = no_posterior(member.member)
        if reason is None and latents > MOST_LATENTS:
            why = f"quadrature needs 1 or 2 latents; it has {latents}"
            reason = no_value(Flag.NOT_APPLICABLE, why)
        if reason:
            return missing(member, reason, "exact")
        x = member.images["test"][:images]
        at_once = min(estimator.IMAGES, rows_at_once(estimator.CHUNK * x.shape[1]))
        arrays = member.run(
            estimator.quadrature, x, latents=latents, nodes=nodes, images=at_once
        )
        estimates = labelled(member, arrays["log_prob"], "exact")
        estimates[EXACT_ERROR] = Estimate(float(arrays["error"].max()))
        flags = member.partial("test", len(x))
        return {("test", name): e.flagged(*flags) for name, e in estimates.items()}

    return measure
