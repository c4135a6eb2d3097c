"""The ends of every scale: what the data itself scores, and what bad models do."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from vae_jax.data.dataset import Dataset
from vae_jax.data.pixels import fixed
from vae_jax.evaluation.generators import generators
from vae_jax.evaluation.reference import Reference
from vae_jax.evaluation.scorecard import score
from vae_jax.evaluation.trained_member import attempt
from vae_jax.models.support import why_not_a_likelihood
from vae_jax.pipeline.evaluate_block import Assessor, Tell
from vae_jax.runs.measurements import finite
from vae_jax.scores.estimate import Estimates
from vae_jax.types import Likelihood, Model


def baselines(assessor: Assessor, tell: Tell) -> dict[str, Any]:
    """A program's part of `baselines.json`: what its members' numbers are read against.

    Distortion's ends on each split (nats per image), and why it is no likelihood; the
    scores of reference generators, the classifier's digest and accuracy, and the feature
    space that samples are judged in.
    A generator that cannot be scored is left out, and `tell` gets the traceback.
    """
    job, reference = assessor.job, assessor.reference
    ends = distortion_ends(job.program.model, job.dataset, job.settings.max_images)
    scores = {}
    for name, images in generators(reference).items():
        failures: list[str] = []
        found = attempt((), partial(scored, reference, images), failures)
        scores[name] = {key.metric: finite(e).value for (_, key), e in found.items()}
        if failures:
            tell(f"{name}, as a generator", failures)
    space = {"name": reference.main, "about": reference.about_main()}
    return {
        **ends,
        "likelihood": of_likelihood(job.program.model.likelihood, reference),
        "generators": scores,
        "classifier": of_classifier(reference),
        "space": {**space, "left_out": reference.left_out},
        **reference.sizes(),
    }


def scored(reference: Reference, images: Float[np.ndarray, "n D"]) -> Estimates:
    """Every score of one set of images [n, D] against the test images."""
    return {("test", key): e for key, e in score(reference, images).items()}


def of_likelihood(likelihood: Likelihood, reference: Reference) -> dict[str, str]:
    """What the likelihood is one of, and why it is none of these pixels; empty if it is."""
    support = likelihood.support
    why = why_not_a_likelihood(support, reference.levels, reference.pixels)
    return {"support": support, "why_none": why}


def of_classifier(reference: Reference) -> dict[str, Any] | None:
    """The digest of the classifier in use, and how well one does; None without one."""
    if reference.judgement is None:
        return None
    used = reference.classifier
    return {
        "sha256": used.sha256 if used else None,
        **reference.judgement._asdict(),
        "used": used is not None,
    }


def distortion_ends(
    model: Model, dataset: Dataset, max_images: int
) -> dict[str, dict[str, float]]:
    """The ends of the distortion axis, in nats per image, on what is evaluated.

    `floor`: every image is given the decoder output that suits it best; no decoder does
    better. `collapsed`: all are given the one that suits the training images best; a
    fully collapsed decoder does that.
    """
    likelihood = model.likelihood
    collapsed = likelihood.fit(model.unit(fixed(dataset, "train")))
    ends = {}
    for split in ("train", "test"):
        x = model.unit(fixed(dataset, split)[:max_images])
        best = best_outputs(likelihood, x)
        repeated = jnp.broadcast_to(collapsed, (len(x), *collapsed.shape))
        ends[split] = {
            name: float(-np.asarray(likelihood.log_prob(out, x), np.float64).mean())
            for name, out in (("floor", best), ("collapsed", repeated))
        }
    return ends


def best_outputs(likelihood: Likelihood, x: Float[Array, "N D"]) -> Float[Array, "N C"]:
    """The decoder output [N C] with the largest log p(x|z) of each image [N D].

    Pixels are independent given z, so where images share nothing there are as many fits as
    values of a pixel (17 on the digits), not as many as pixels.
    """
    if likelihood.shared:
        return jax.lax.map(lambda image: likelihood.fit(image[None]), x)
    values, indices = np.unique(np.asarray(x), return_inverse=True)
    table = likelihood.fit(jnp.asarray(values)[None]).reshape(likelihood.channels, -1)
    rows = table[:, indices.reshape(x.shape)]  # [C N D]
    return jnp.swapaxes(rows, 0, 1).reshape(len(x), -1)
