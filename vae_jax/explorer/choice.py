"""Which members of a run travel in its explorer: as many as its size in bytes allows."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from vae_jax.portable.graph import Graph
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.summary import Setting

MAX_IMAGES = 400  # test images of a page, and codes of a member
MAX_SNAPSHOTS = 8  # of a member
MAX_COMPONENTS = 10  # of a mixture, as its size is reckoned
OF_A_CODE = 4  # bytes of a dimension: mean and spread, float16
HALF, AS_TEXT = 2, 4 / 3  # bytes of a float16; of base64 by byte
OVERHEAD = 3_000  # bytes of a member's numbers and names


def cost(graph: Graph, latents: int, images: int) -> int:
    """The bytes that a member of so many latents takes in the page, roughly."""
    weights = HALF * sum(int(np.prod(shape)) for shape in graph.parameters.values())
    fits = HALF * (1 + MAX_COMPONENTS) * (latents + latents * latents)
    codes = OF_A_CODE * latents * images
    return round(AS_TEXT * (weights + fits + codes)) + OVERHEAD


class Chosen(NamedTuple):
    """What travels of a run: settings and members, and how many snapshots of which."""

    pairs: list[tuple[Setting, int]]
    snapshots: dict[int, int]  # of a member's training, by its number


def by_importance(run: ProgramResults) -> list[Setting]:
    """A run's settings in the order in which a page that has little room takes them.

    Of each size, smallest and largest first: the autoencoder and the VAE with beta nearest
    1; then the ends of the axis; then the rest.
    """
    sizes = run.sizes()
    sizes = list(dict.fromkeys((*sizes[:1], *sizes[-1:], *sizes)))
    found: list[Setting] = []
    for size in sizes:
        settings = run.of_size(size)
        vaes = [setting for setting in settings if setting.beta > 0.0]
        found += [setting for setting in settings if setting.is_autoencoder]
        found += sorted(vaes, key=lambda setting: abs(np.log(setting.beta)))[:1]
    for size in sizes:
        found += [run.of_size(size)[i] for i in (0, -1)]
    return list(dict.fromkeys((*found, *run.settings)))


def chosen(
    run: ProgramResults, graph: Graph, room: float, most_seeds: int | None
) -> Chosen:
    """The settings and members that travel in the page, by the members' numbers.

    The first seed of each setting, the most important first, as long as they fit into
    `room` bytes; then the next seed of all, if that fits; at most `most_seeds` of each
    (None: all). The first member travels whatever it takes. Of a run with snapshots of its
    training, members have half of the room; snapshots have what is left, in that order.
    """
    images = min(MAX_IMAGES, len(run.pictures.test_images()))
    whole = room
    room *= 0.5 if has_snapshots(run) else 1.0
    seeds = {s: with_codes(run, s)[:most_seeds] for s in by_importance(run)}
    bytes_of = lambda setting: cost(graph, setting.latents, images)
    pairs: list[tuple[Setting, int]] = []
    # Greedy, so that a page is never larger than it may be, and small members fill it up.
    for setting in (s for s, numbers in seeds.items() if numbers):
        if bytes_of(setting) <= room or not pairs:
            pairs.append((setting, seeds[setting][0]))
            room -= bytes_of(setting)
    settings = [setting for setting, _ in pairs]
    for position in range(1, max(map(len, seeds.values()), default=0)):
        more = [(s, seeds[s][position]) for s in settings if position < len(seeds[s])]
        room -= total(bytes_of(setting) for setting, _ in more)
        if room < 0.0:
            break  # a seed is there for all settings, or not at all
        pairs += more
    left = whole - total(bytes_of(setting) for setting, _ in pairs)
    snapshots: dict[int, int] = {}
    for setting, n in pairs if has_snapshots(run) else ():
        found = run.pictures.snapshots(n)
        most = 0 if found is None else min(MAX_SNAPSHOTS, len(found.epochs) - 1)
        fitting = int(min(most, left / bytes_of(setting)))
        if fitting > 0:
            snapshots[n] = fitting
            left -= fitting * bytes_of(setting)
    return Chosen(sorted(pairs, key=lambda pair: pair[1]), snapshots)


def has_snapshots(run: ProgramResults) -> bool:
    """Whether a run kept snapshots of its training, of any member."""
    return any(run.pictures.snapshots(n) is not None for n in range(len(run.members)))


def total(numbers: Iterable[int]) -> float:
    """The sum of numbers of bytes."""
    return float(sum(numbers))


def with_codes(run: ProgramResults, setting: Setting) -> list[int]:
    """The members of a setting that have not diverged and whose codes are finite."""
    is_finite = lambda n: np.isfinite(run.pictures.row("codes", n, "mean")).all()
    return [n for n in run.alive(setting) if is_finite(n)]
