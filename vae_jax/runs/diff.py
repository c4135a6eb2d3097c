"""Whether two runs agree: number by number, and in how they were made. No JAX."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import t as student_t

from vae_jax.runs import directory, members, tables
from vae_jax.runs.summary import by_setting
from vae_jax.runs.tables import Row
from vae_jax.scores.metric_key import MetricKey
from vae_jax.studies.member import Member

IDENTICAL, WITHIN, DIFFERENT, LOST = "identical", "within", "different", "not there"
FACTS = ("data", "code", "versions", "platform", "prng", "layout")
NO_FACT = ("cores", "commit", "clean", "devices", "blocks", "block_size")  # change no bit
Key = tuple[int, str, MetricKey]  # member, split, what was measured


class RunOutcome(NamedTuple):
    """What a run came to."""

    record: dict[str, Any]
    rows: list[Row]
    parameters: dict[int, str]  # SHA-256 of what each member was trained to
    allowed: dict[Key, float]  # how far a number may be off on another machine


class Comparison(NamedTuple):
    """A number as it was recorded, and as it came out again."""

    key: Key
    recorded: float | None
    again: float | None
    allowed: float | None  # None where the run's seeds tell of no tolerance
    verdict: str


def read_outcome(workdir: Path) -> RunOutcome:
    """The record and the tables of a run."""
    listed = members.read_members(workdir)
    rows = tables.read_results(workdir, len(listed))
    parameters = {number: found.parameters for number, found in enumerate(listed)}
    own_members = [found.member for found in listed]
    return RunOutcome(
        directory.read_record(workdir), rows, parameters, tolerances(rows, own_members)
    )


def only(outcome: RunOutcome, number: int, program: int) -> RunOutcome:
    """One member's part, as if the run had been of it alone."""
    record = dict(outcome.record)
    for part in ("data", "layout"):
        record[part] = {"program_0": record[part][f"program_{program}"]}
    return RunOutcome(
        record,
        [row._replace(member=0) for row in outcome.rows if row.member == number],
        {0: outcome.parameters[number]},
        {(0, *key[1:]): v for key, v in outcome.allowed.items() if key[0] == number},
    )


def tolerances(rows: Sequence[Row], members: Sequence[Member]) -> dict[Key, float]:
    """How far a number may be off on another machine: t_{0.975, n-1} sd sqrt(2).

    The sd is that of the n seeds of a setting. Other roundings lead training elsewhere, at
    most as far as another seed would; of the difference of two seeds, 95 % are less.
    """
    values = {row[:3]: row.value for row in rows if row.value is not None}
    names = {key[1:] for key in values}
    found: dict[Key, float] = {}
    for numbers in by_setting(members).values():
        for name in names:
            keys = [(n, *name) for n in numbers if (n, *name) in values]
            if len(keys) > 1:
                sd = float(np.std([values[key] for key in keys], ddof=1))
                bound = float(student_t.ppf(0.975, len(keys) - 1)) * sd * np.sqrt(2.0)
                found |= dict.fromkeys(keys, bound)
    return found


def compare(recorded: RunOutcome, again: RunOutcome) -> list[Comparison]:
    """Every number of `recorded`; of the two runs' tolerances the smaller holds.

    A number that is far off widens the spread of its own run, not that of the other.
    """
    found = dict(counted(again.rows))
    return [
        judged(row, found.get(key), smaller(recorded, again, row[:3]))
        for key, row in counted(recorded.rows)
    ]


def smaller(recorded: RunOutcome, again: RunOutcome, key: Key) -> float | None:
    """The tolerance of a number; None where neither run has seeds to tell."""
    known = [side.allowed[key] for side in (recorded, again) if key in side.allowed]
    return min(known, default=None)


def counted(rows: Sequence[Row]) -> Iterator[tuple[tuple[Key, int], Row]]:
    """Rows by their key, and which of that key they are: settings may share a name."""
    seen: Counter[Key] = Counter()
    for row in rows:
        yield (row[:3], seen[row[:3]]), row
        seen[row[:3]] += 1


def judged(row: Row, again: Row | None, allowed: float | None) -> Comparison:
    """Identical means the same bits: of the number, its error, its note and its flags."""
    if again is None:
        return Comparison(row[:3], row.value, None, allowed, LOST)
    values = (row.value, again.value)
    if row._replace(halves=()) == again._replace(halves=()):
        verdict = IDENTICAL
    elif None in values or allowed is None:
        verdict = DIFFERENT
    else:
        verdict = WITHIN if abs(values[0] - values[1]) <= allowed else DIFFERENT
    return Comparison(row[:3], *values, allowed, verdict)


def facts(recorded: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What differs in how two runs were made, besides their configs: a line each."""
    return differences(recorded, now, FACTS)


def differences(
    a: Mapping[str, Any], b: Mapping[str, Any], parts: Sequence[str]
) -> list[str]:
    """`versions.jax: '0.10.2' | '0.11.0'`, in the order of the parts."""
    found = []
    for part in parts:
        one, two = (directory.flatten({part: record.get(part)}) for record in (a, b))
        found += [
            f"{name}: {one.get(name)!r} | {two.get(name)!r}"
            for name in sorted(one.keys() | two.keys())
            if one.get(name) != two.get(name) and name.split(".")[-1] not in NO_FACT
        ]
    return found
