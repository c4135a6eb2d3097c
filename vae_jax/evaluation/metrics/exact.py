"""log p(x) by quadrature, where there are one or two latents: what the bounds miss."""

from vae_jax.errors import UserError
from vae_jax.evaluation.estimators import quadrature as estimator
from vae_jax.evaluation.likelihood_labels import missing, named
from vae_jax.evaluation.trained_member import Metric, TrainedMember, no_posterior
from vae_jax.scores.estimate import Estimate, Estimates
from vae_jax.studies.checks import positive

MOST_LATENTS = 2


def exact(images: int = 360, nodes: int = estimator.NODES) -> Metric:
    """`nll_exact` (or `cross_entropy_exact`) of the first test images, nats per image.

    `exact_error`: what every second node alone would change it by, the largest over images.
    """
    positive("exact.images", images)
    positive("exact.nodes", nodes, low=3)
    if nodes % 2 == 0:
        raise UserError(f"evaluation.metrics: exact.nodes: {nodes} is not an odd number")

    def measure(subject: TrainedMember) -> Estimates:
        latents = subject.member.latents
        nothing = no_posterior(subject.member)
        if latents > MOST_LATENTS:
            nothing = nothing or f"quadrature needs 1 or 2 latents; it has {latents}"
        if nothing:
            return missing(subject, "exact", nothing)
        x = subject.images["test"][:images]
        arrays = subject.run(estimator.quadrature, x, latents=latents, nodes=nodes)
        found = named(subject, "exact", arrays["log_prob"])
        found["exact_error"] = Estimate(float(arrays["error"].max()))
        return {("test", name): estimate for name, estimate in found.items()}

    return measure
