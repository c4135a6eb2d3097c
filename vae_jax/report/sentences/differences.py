"""Differences between two settings of a program, with 95 % intervals."""

from typing import NamedTuple

import numpy as np

from vae_jax.runs import intervals
from vae_jax.runs.intervals import Interval
from vae_jax.runs.results import Place, ProgramResults, shown_split
from vae_jax.runs.summary import Setting
from vae_jax.scores.metric_key import MetricKey


class Score(NamedTuple):
    """A number of a setting, over its seeds."""

    setting: Setting
    key: MetricKey


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
    rows = [[places[seed] for seed in seeds] for places in at]
    values = [np.array([run.values[place] for place in places]) for places in rows]
    halves = [halves_of(run, places) for places in rows]
    if any(half is None for half in halves):
        halves = [None, None]
    return intervals.difference(
        values[0], halves[0], values[1], halves[1], paired_by_seed=True
    )


def by_seed(run: ProgramResults, score: Score) -> dict[int, Place]:
    """Where the members that have the score have it, by their seeds."""
    members, split = run.settings[score.setting], shown_split(score.key)
    places = [(member, split, score.key) for member in members]
    return {run.members[place[0]].seed: place for place in places if place in run.values}


def halves_of(run: ProgramResults, places: list[Place]) -> np.ndarray | None:
    """Scores on halves of the real images, a row per seed; None where there are none."""
    if not all(place in run.halves for place in places):
        return None
    return np.array([run.halves[place] for place in places])
