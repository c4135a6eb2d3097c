"""Differences between two settings of a program, with 95 % intervals."""

from typing import NamedTuple

import numpy as np

from vae_jax.runs import intervals
from vae_jax.runs.intervals import Interval
from vae_jax.runs.results import Place, ProgramResults, shown_split
from vae_jax.runs.summary import Setting
from vae_jax.scores.metric_key import MetricKey


class Score(NamedTuple):
    """A metric of a setting, over its seeds."""

    setting: Setting
    key: MetricKey


def difference(run: ProgramResults, a: Score, b: Score) -> Interval | None:
    """The interval of mean(a) - mean(b), paired by seed and by halves of the real images.

    None below two common seeds: one seed says nothing of others. The two are of one
    program, so of the same images and as many samples: Frechet distances, whose bias
    depends on both numbers, may be subtracted.
    """
    places_by_seed = [by_seed(run, a), by_seed(run, b)]
    seeds = sorted(places_by_seed[0].keys() & places_by_seed[1].keys())
    if len(seeds) < 2:
        return None
    rows = [[places[seed] for seed in seeds] for places in places_by_seed]
    values = [np.array([run.values[place] for place in places]) for places in rows]
    halves = [halves_of(run, places) for places in rows]
    if any(half is None for half in halves):
        halves = [None, None]
    return intervals.difference(
        values[0], halves[0], values[1], halves[1], paired_by_seed=True
    )


def by_seed(run: ProgramResults, score: Score) -> dict[int, Place]:
    """The places of a score among the values of a run, by seed; only where it is there."""
    members, split = run.settings[score.setting], shown_split(score.key)
    places = [(member, split, score.key) for member in members]
    return {run.members[place[0]].seed: place for place in places if place in run.values}


def halves_of(run: ProgramResults, places: list[Place]) -> np.ndarray | None:
    """Scores on halves of the real images `[n, H]`, a row per seed; None if one lacks."""
    if not all(place in run.halves for place in places):
        return None
    return np.array([run.halves[place] for place in places])
