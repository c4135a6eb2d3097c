"""Differences between two settings of a program, with 95 % intervals."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from vae_jax.runs import intervals
from vae_jax.runs.intervals import Interval
from vae_jax.runs.results import Place, ProgramResults, shown_split
from vae_jax.runs.summary import Setting
from vae_jax.scores.catalogue import range_of
from vae_jax.scores.metric_key import MetricKey


class Score(NamedTuple):
    """A metric of a setting, over its seeds."""

    setting: Setting
    key: MetricKey


def difference(run: ProgramResults, a: Score, b: Score) -> Interval | None:
    """The interval of mean(a) - mean(b), as `contrast` has it."""
    return contrast(run, ((1.0, a), (-1.0, b)))


def contrast(run: ProgramResults, parts: Sequence[tuple[float, Score]]) -> Interval | None:
    """The interval of a weighted sum of scores, paired by seed and by halves of the images.

    None below two common seeds: one seed says nothing of others. All are of one program, so
    of the same real images and as many samples: Frechet distances, whose bias depends on
    both numbers, may be subtracted.
    """
    places_by_seed = [by_seed(run, score) for _, score in parts]
    seeds = sorted(set.intersection(*(set(places) for places in places_by_seed)))
    if len(seeds) < 2:
        return None
    weights = [weight for weight, _ in parts]
    rows = [[places[seed] for seed in seeds] for places in places_by_seed]
    values = [np.array([run.values[place] for place in places]) for places in rows]
    halves = [halves_of(run, places) for places in rows]
    known = not any(half is None for half in halves)
    total = lambda terms: sum(weight * term for weight, term in zip(weights, terms))
    found = intervals.mean_interval(total(values), total(halves) if known else None)
    low, high = range_of_sum(parts)
    return found._replace(low=max(found.low, low), high=min(found.high, high))


def range_of_sum(parts: Sequence[tuple[float, Score]]) -> tuple[float, float]:
    """What no weighted sum of scores can leave: [-1, 1] for two shares' difference."""
    ends = [
        sorted(weight * end for end in range_of(score.key))
        for weight, score in parts
        if weight != 0.0
    ]
    return sum(low for low, _ in ends), sum(high for _, high in ends)


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
