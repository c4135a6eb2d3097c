"""The members of an explorer: which travel in the page, and all that it shows of them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from vae_jax.explorer.directions import components, directions
from vae_jax.explorer.pack import pack, pack_weights
from vae_jax.portable.graph import Graph
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.summary import Setting, evenly
from vae_jax.scores import metric_key as keys
from vae_jax.scores.catalogue import in_space
from vae_jax.scores.collapse import verdict

BUDGET = 6_000_000  # bytes of weights in float16; base64 makes them a third larger
MAX_IMAGES = 400  # test images of a page, and codes of a member
MAX_SETTINGS = 60  # of a program
SAMPLERS = ("prior", "gaussian", "mixture")


def chosen(
    run: ProgramResults, graph: Graph, budget: int, most_seeds: int | None = None
) -> list[tuple[Setting, int]]:
    """The settings and members that travel in the page, by the members' numbers.

    The first seed of each setting, then the next of each, as long as their weights in
    float16 fit into `budget` bytes; at most so many seeds of each.
    """
    size = 2 * sum(int(np.prod(shape)) for shape in graph.parameters.values())
    room = max(budget // size, 1)
    seeds = {setting: with_codes(run, setting) for setting in run.settings}
    seeds = {setting: numbers[:most_seeds] for setting, numbers in seeds.items()}
    alive = [setting for setting in run.settings if seeds[setting]]
    settings = evenly(alive, min(MAX_SETTINGS, room)) if alive else []
    chosen_pairs: list[tuple[Setting, int]] = []
    most = max((len(seeds[s]) for s in settings), default=0)
    for position in range(most):
        next_seeds = [(s, seeds[s][position]) for s in settings if position < len(seeds[s])]
        if position and len(chosen_pairs) + len(next_seeds) > room:
            break  # a seed is there for all settings, or not at all
        chosen_pairs += next_seeds
    return sorted(chosen_pairs, key=lambda pair: pair[1])


LARGEST = 88.0  # log of a spread that float32 holds


def with_codes(run: ProgramResults, setting: Setting) -> list[int]:
    """The members of a setting that have not diverged and whose codes are finite."""
    is_finite = lambda n: np.isfinite(run.pictures.row("codes", n, "mean")).all()
    return [n for n in run.alive(setting) if is_finite(n)]


def packed(
    run: ProgramResults, part: int, graph: Graph, setting: Setting, n: int
) -> dict[str, Any]:
    """One member as the page reads it: weights, codes, fits, directions and numbers.

    `part` is the number of its program, `n` its own in it.
    """
    latents, member = setting.latents, run.members[n]
    mean = run.pictures.row("codes", n, "mean")[:MAX_IMAGES, :latents].astype(np.float64)
    log_var = run.pictures.row("codes", n, "log_var")[:MAX_IMAGES, :latents]
    # An autoencoder has no posterior: its codes are points.
    spread = np.exp(np.minimum(0.5 * np.float64(log_var), LARGEST)) * (member.noise > 0.0)
    weights = {name: run.pictures.row("weights", n, name) for name in graph.parameters}
    images = run.pictures.test_images()[: len(mean)] / 255.0
    labels = run.pictures.shared("codes", "labels")
    fits = fits_of(run, n, latents)
    ways = directions(
        mean, images, run.shape, None if labels is None else labels[: len(mean)]
    )
    fd, coverage = (key.within(run.space) for key in (keys.FD, keys.COVERAGE))
    rates = run.rates(n)
    return {
        "part": part,
        "number": run.numbers[n],
        "name": run.name(setting),
        "autoencoder": setting.is_autoencoder,
        "beta": setting.beta,
        "latents": latents,
        "seed": member.seed,
        "weights": pack_weights(graph, weights, latents, mean),
        "mean": pack(mean, "f4"),
        "std": pack(spread, "f2"),
        "fits": {name: pack(array, "f4") for name, array in fits.items()},
        "mixture": len(fits["mixture_weights"]),
        "centre": mean.mean(axis=0).tolist(),
        "components": components(mean)[1][:2].tolist(),
        "directions": [
            {**way._asdict(), "direction": way.direction.tolist()} for way in ways
        ],
        "rates": None if rates is None else rates.tolist(),
        "numbers": numbers_of(run, n),
        "samplers": {
            name: {
                "fd": finite(run.value(n, fd.by(name))),
                "coverage": finite(run.value(n, coverage.by(name))),
            }
            for name in SAMPLERS
        },
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


def numbers_of(run: ProgramResults, n: int) -> Sequence[tuple[str, Any, int]]:
    """The numbers that stand beside a member: name, value, and digits to show.

    Those that it does not have are left out.
    """
    rates = run.rates(n)
    value = lambda key: finite(run.value(n, in_space(key, run.space)))
    shown = [
        ("distortion D", value(keys.DISTORTION), 2),
        ("rate R", value(keys.RATE), 2),
        ("information", value(keys.MUTUAL_INFORMATION), 2),
        ("active units", value(keys.ACTIVE_UNITS), 0),
        ("collapse", None if rates is None else str(verdict(rates)), 0),
        ("FD, N(0, I)", value(keys.FD.by("prior")), 2),
        ("FD, mixture", value(keys.FD.by("mixture")), 2),
        ("coverage", value(keys.COVERAGE.by("prior")), 2),
        ("off manifold", value(keys.OFF_MANIFOLD.by("prior")), 3),
    ]
    return [entry for entry in shown if entry[1] is not None]


def finite(value: float | None) -> float | None:
    """A number that JSON can hold, else None."""
    return value if value is not None and np.isfinite(value) else None
