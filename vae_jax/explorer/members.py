"""The members of an explorer, packed: all that the page shows of them."""

from typing import Any

import numpy as np

from vae_jax.explorer.choice import MAX_IMAGES
from vae_jax.explorer.directions import directions
from vae_jax.explorer.pack import pack, pack_weights
from vae_jax.explorer.planes import Plane, rounded
from vae_jax.explorer.scores import finite, numbers_of
from vae_jax.portable.graph import Graph
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.summary import Setting, evenly
from vae_jax.scores import metric_key as keys

SAMPLERS = ("prior", "gaussian", "mixture")
LARGEST = 88.0  # log of a spread that float32 holds


def codes_of(run: ProgramResults, n: int, latents: int) -> np.ndarray:
    """The codes of the page's test images, means [N L] of the dimensions in use."""
    return run.pictures.row("codes", n, "mean")[:MAX_IMAGES, :latents].astype(np.float64)


def spreads_of(run: ProgramResults, n: int, latents: int) -> np.ndarray:
    """The standard deviations of their posteriors [N L]; 0 of an autoencoder's points."""
    log_var = run.pictures.row("codes", n, "log_var")[:MAX_IMAGES, :latents]
    return spreads(log_var, run.members[n].noise)


def packed(
    run: ProgramResults, graph: Graph, setting: Setting, n: int, plane: Plane | None = None
) -> dict[str, Any]:
    """One member as the page reads it: weights, codes, fits, directions and numbers.

    `n` is its number in its program, `plane` where the map shows its codes; None for one
    or two latents, whose axes do.
    """
    latents, member = setting.latents, run.members[n]
    mean, spread = codes_of(run, n, latents), spreads_of(run, n, latents)
    weights = {name: run.pictures.row("weights", n, name) for name in graph.parameters}
    fits = fits_of(run, n, latents)
    rates = run.rates(n)
    return {
        **weights_and_codes(graph, weights, mean, spread),
        "number": run.numbers[n],
        "name": run.name(setting),
        "autoencoder": setting.is_autoencoder,
        "beta": setting.beta,
        "latents": latents,
        "seed": member.seed,
        "fits": {name: pack(array, "f2") for name, array in fits.items()},
        "mixture": len(fits["mixture_weights"]),
        "plane": plane.as_json() if plane else None,
        "directions": ways_of(run, mean, spread),
        "rates": None if rates is None else rounded(rates),
        "numbers": numbers_of(run, setting, n),
        "samplers": {name: scores_of(run, n, name) for name in SAMPLERS},
    }


def weights_and_codes(
    graph: Graph, weights: dict[str, np.ndarray], mean: np.ndarray, spread: np.ndarray
) -> dict[str, Any]:
    """A decoder and the codes [N L] that belong to it, packed."""
    return {
        "weights": pack_weights(graph, weights, mean.shape[1], mean),
        "mean": pack(mean, "f2"),
        "std": pack(spread, "f2"),
    }


def spreads(log_var: np.ndarray, noise: float) -> np.ndarray:
    """Standard deviations of posteriors; 0 of an autoencoder, whose codes are points."""
    return np.exp(np.minimum(0.5 * np.float64(log_var), LARGEST)) * (noise > 0.0)


def packed_snapshots(
    run: ProgramResults, graph: Graph, latents: int, n: int, most: int
) -> list[dict[str, Any]]:
    """A member after at most so many epochs of its training, before its end."""
    found = run.pictures.snapshots(n)
    if found is None:
        return []
    noise, cut = run.members[n].noise, (slice(MAX_IMAGES), slice(latents))
    return [
        {
            "epoch": int(found.epochs[i]),
            **weights_and_codes(
                graph,
                {name: array[i] for name, array in found.weights.items()},
                found.mean[i][cut].astype(np.float64),
                spreads(found.log_var[i][cut], noise),
            ),
        }
        for i in evenly(range(len(found.epochs) - 1), most)
    ]


def ways_of(
    run: ProgramResults, mean: np.ndarray, spread: np.ndarray
) -> list[dict[str, Any]]:
    """The named directions of a member's latent space, as the page reads them."""
    images = run.pictures.test_images()[: len(mean)] / 255.0
    labels = run.pictures.shared("codes", "labels")
    labels = None if labels is None else labels[: len(mean)]
    return [
        {**way._asdict(), "direction": rounded(way.direction)}
        for way in directions(mean, spread, images, run.look, labels, run.label_names)
    ]


def scores_of(run: ProgramResults, n: int, sampler: str) -> dict[str, float | None]:
    """FD and coverage of what a member decodes from a sampler's draws."""
    fd, coverage = (key.within(run.space) for key in (keys.FD, keys.COVERAGE))
    return {
        "fd": finite(run.value(n, fd.by(sampler))),
        "coverage": finite(run.value(n, coverage.by(sampler))),
    }


def fits_of(run: ProgramResults, n: int, latents: int) -> dict[str, np.ndarray]:
    """The Gaussian and mixture fitted to the codes of a member, in dimensions in use.

    Without the components that the mixture does not have; all of them where it failed.
    """
    row = lambda name: run.pictures.row("fits", n, name)
    count = int((row("mixture_weights") > 0.0).sum())
    return {
        "gaussian_mean": row("gaussian_mean")[:latents],
        "gaussian_root": row("gaussian_root")[:latents, :latents],
        "mixture_weights": row("mixture_weights")[:count],
        "mixture_means": row("mixture_means")[:count, :latents],
        "mixture_roots": row("mixture_roots")[:count, :latents, :latents],
    }
