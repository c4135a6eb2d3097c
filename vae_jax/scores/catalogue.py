"""The catalogue of numbers, by key: what a number is, and its key as a table spells it.

What a user's own metrics give is not in it: read from a table, such a key has no family.
"""

import math
import re
from functools import lru_cache

from vae_jax.scores.entries import ENTRIES
from vae_jax.scores.entry import Entry
from vae_jax.scores.metric_key import MetricKey, name_and_space

FAMILIES = frozenset(entry.key.family for entry in ENTRIES)
DIGITS = re.compile("<[a-z]>")  # in the name of an entry, where a key has a whole number
PATTERNS = [
    (re.compile(DIGITS.sub(r"\\d+", re.escape(entry.key.name))), entry) for entry in ENTRIES
]


def find(key: MetricKey) -> Entry | None:
    """What is known of a number; None for one of a user's own metric."""
    entry = named(key.name)
    return entry if entry and entry.key.family == key.family else None


def range_of(key: MetricKey) -> tuple[float, float]:
    """What no value of a number can leave: [0, 1] for a share."""
    entry = find(key)
    return entry.range if entry else (-math.inf, math.inf)


def read(metric: str, sampler: str) -> MetricKey:
    """The key of two columns of a table: the way back from how `MetricKey` spells them."""
    if metric in FAMILIES:  # of all its numbers, such as those of a diverged member
        return MetricKey(metric, sampler=sampler)
    name, space = name_and_space(metric)
    entry = named(name)
    return MetricKey(entry.key.family if entry else "", name, space, sampler)


def in_space(key: MetricKey, space: str) -> MetricKey:
    """The key in a space of features, where the number depends on one."""
    entry = find(key)
    return key.within(space) if entry and entry.key.space else key


@lru_cache(maxsize=4096)
def named(name: str) -> Entry | None:
    """The entry of a name such as `rate_dim_3`."""
    return next((entry for pattern, entry in PATTERNS if pattern.fullmatch(name)), None)
