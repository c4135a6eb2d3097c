"""Differences between two settings of a program, with 95 % intervals."""

from typing import NamedTuple

import numpy as np

from vae_jax.runs import intervals
from vae_jax.runs.intervals import Interval
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.summary import Setting


class Score(NamedTuple):
    """A metric of a setting, over its seeds."""

    setting: Setting
    metric: str
    split: str = "test"


def difference(run: ProgramResults, a: Score, b: Score) -> Interval | None:
    """Of mean(a) - mean(b), paired by seed and by halves of the real images.

    None below two common seeds: one seed says nothing of others. The two are of one
    program, so of the same images and as many samples: Frechet distances, whose bias
    depends on both numbers, may be subtracted.
    """
    at = [by_seed(run, a), by_seed(run, b)]
    seeds = sorted(at[0].keys() & at[1].keys())
    if len(seeds) < 2:
        return None
    rows = [[keys[seed] for seed in seeds] for keys in at]
    values = [np.array([run.values[key] for key in keys]) for keys in rows]
    halves = [halves_of(run, keys) for keys in rows]
    if any(half is None for half in halves):
        halves = [None, None]
    return intervals.difference(
        values[0], halves[0], values[1], halves[1], paired_by_seed=True
    )


def by_seed(run: ProgramResults, score: Score) -> dict[int, tuple[int, str, str]]:
    """The keys of the members that have the score, by their seeds."""
    keys = [(n, score.split, score.metric) for n in run.settings[score.setting]]
    return {run.members[key[0]].seed: key for key in keys if key in run.values}


def halves_of(run: ProgramResults, keys: list[tuple[int, str, str]]) -> np.ndarray | None:
    """Scores on halves of the real images, a row per seed; None where there are none."""
    if not all(key in run.halves for key in keys):
        return None
    return np.array([run.halves[key] for key in keys])
