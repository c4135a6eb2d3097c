"""Codes drawn from a member's samplers: from what the run keeps, or else from its data."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jaxtyping import Float

from vae_jax import registry
from vae_jax.errors import UserError
from vae_jax.evaluation.reference import Reference
from vae_jax.evaluation.trained_member import TrainedMember
from vae_jax.keys import metric_key
from vae_jax.pipeline.evaluate_block import evaluated_pixels
from vae_jax.pipeline.reopen import reopen
from vae_jax.pipeline.restore import Trained
from vae_jax.runs.pictures import Pictures, find_blocks

USE = "library"


def draw(
    workdir: Path,
    trained: Trained,
    count: int,
    sampler: str | Mapping[str, Any],
    seed: int,
    data: str | None,
) -> Float[np.ndarray, "n L"]:
    """Draws z [n, L] of a member's sampler; `data` is where the run's data lies now."""
    settings = {"name": sampler} if isinstance(sampler, str) else dict(sampler)
    kept = {"prior": from_prior, "gaussian": from_gaussian, "mixture": from_mixture}
    if set(settings) == {"name"} and settings["name"] in kept:
        z = kept[settings["name"]](workdir, trained, count, seed)
        return np.asarray(z[:, : trained.member.latents], np.float32)
    draw_from = registry.build("sampler", settings)
    member = with_data(workdir, trained, data)
    return np.asarray(draw_from(member, f"{USE}/{seed}", count), np.float32)


def rng_of(trained: Trained, seed: int) -> np.random.Generator:
    """Random numbers of a member for a seed of the user's."""
    return np.random.default_rng((trained.member.seed, seed))


def from_prior(workdir: Path, trained: Trained, count: int, seed: int) -> np.ndarray:
    """Draws of p(z), [n, K]."""
    del workdir
    key = jax.random.fold_in(metric_key(trained.hparams, USE, "prior"), seed)
    return np.asarray(trained.job.program.model.prior.sample(key, trained.hparams, count))


def from_gaussian(workdir: Path, trained: Trained, count: int, seed: int) -> np.ndarray:
    """Draws of the Gaussian that the run fitted to the member's training codes, [n, K]."""
    mean, root = fits(workdir, trained, "gaussian_mean", "gaussian_root")
    noise = rng_of(trained, seed).standard_normal((count, len(mean)))
    return mean[None] + noise @ root.T


def from_mixture(workdir: Path, trained: Trained, count: int, seed: int) -> np.ndarray:
    """Draws of the mixture that the run fitted to the member's training codes, [n, K]."""
    names = ("mixture_weights", "mixture_means", "mixture_roots")
    weights, means, roots = fits(workdir, trained, *names)
    rng = rng_of(trained, seed)
    chosen = rng.choice(len(weights), size=count, p=weights / weights.sum())
    noise = rng.standard_normal((count, means.shape[1]))
    return means[chosen] + np.einsum("nij,nj->ni", roots[chosen], noise)


def fits(workdir: Path, trained: Trained, *names: str) -> list[np.ndarray]:
    """Arrays of a member's fitted samplers, float64; a `UserError` where a fit failed."""
    job = trained.job
    blocks = find_blocks(workdir, job.number, len(job.settings.members))
    row = job.settings.numbers.index(trained.number)
    arrays = [np.float64(Pictures(blocks).row("fits", row, name)) for name in names]
    if not any(array.any() for array in arrays):
        raise UserError(
            f"member {trained.number}: no {names[0].partition('_')[0]} could be fitted to "
            "its codes (it diverged, or they are not finite)"
        )
    return arrays


def with_data(workdir: Path, trained: Trained, data: str | None) -> TrainedMember:
    """The member as metrics see it, with the run's images.

    A `UserError` says where the data was looked for, if it is not there.
    """
    job = reopen(workdir, data)[1][trained.job.number]
    images = evaluated_pixels(job)
    return TrainedMember(
        job.program.model,
        trained.params,
        trained.hparams,
        trained.member,
        Reference(job.dataset, images, None),
        jax.device_put(images),
        {},
    )
