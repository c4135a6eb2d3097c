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
    """What a run came to: its record, its numbers and its parameters' digests."""

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
    """The outcome of the run in a directory, its tolerances from its own seeds."""
    member_rows = members.read_members(workdir)
    rows = tables.read_results(workdir, len(member_rows))
    parameters = {number: row.parameters for number, row in enumerate(member_rows)}
    own_members = [row.member for row in member_rows]
    return RunOutcome(
        directory.read_record(workdir), rows, parameters, tolerances(rows, own_members)
    )


def only(outcome: RunOutcome, number: int, program: int) -> RunOutcome:
    """One member's part of an outcome, as if the run had been of it alone.

    It becomes member 0 of program 0.
    """
    record = dict(outcome.record)
    for part in ("data", "layout"):
        record[part] = {"program_0": record[part][f"program_{program}"]}
    return RunOutcome(
        record,
        [row._replace(member=0) for row in outcome.rows if row.member == number],
        {0: outcome.parameters[number]},
        {
            (0, *key[1:]): bound
            for key, bound in outcome.allowed.items()
            if key[0] == number
        },
    )


def tolerances(rows: Sequence[Row], own_members: Sequence[Member]) -> dict[Key, float]:
    """How far a number may be off on another machine: t_{0.975, n-1} sd sqrt(2).

    The sd is that of the n seeds of a setting. Other roundings lead training elsewhere, at
    most as far as another seed would; of the difference of two seeds, 95 % are less.
    """
    values = {row[:3]: row.value for row in rows if row.value is not None}
    names = {key[1:] for key in values}
    bounds: dict[Key, float] = {}
    for numbers in by_setting(own_members).values():
        for name in names:
            keys = [(n, *name) for n in numbers if (n, *name) in values]
            if len(keys) > 1:
                sd = float(np.std([values[key] for key in keys], ddof=1))
                bound = float(student_t.ppf(0.975, len(keys) - 1)) * sd * np.sqrt(2.0)
                bounds |= dict.fromkeys(keys, bound)
    return bounds


def compare(recorded: RunOutcome, again: RunOutcome) -> list[Comparison]:
    """Compares every number of `recorded` with the one in `again`, in the order recorded.

    Of the two runs' tolerances the smaller holds: a number that is far off widens the
    spread of its own run, not that of the other.
    """
    rows = dict(counted(again.rows))
    return [
        judged(row, rows.get(key), smaller(recorded, again, row[:3]))
        for key, row in counted(recorded.rows)
    ]


def smaller(recorded: RunOutcome, again: RunOutcome, key: Key) -> float | None:
    """The smaller tolerance of a number; None where neither run has seeds to tell."""
    bounds = [side.allowed[key] for side in (recorded, again) if key in side.allowed]
    return min(bounds, default=None)


def counted(rows: Sequence[Row]) -> Iterator[tuple[tuple[Key, int], Row]]:
    """Pairs of ((key, i), row), where the row is the i-th of its key.

    Settings may share a name, so that a key may come several times.
    """
    seen: Counter[Key] = Counter()
    for row in rows:
        yield (row[:3], seen[row[:3]]), row
        seen[row[:3]] += 1


def judged(row: Row, again: Row | None, allowed: float | None) -> Comparison:
    """The comparison of a recorded row with the one that came out again, if it did.

    Identical means the same bits: of the number, its error, its note and its flags.
    """
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
    """How two runs were made differently, besides their configs: a line for each fact."""
    return differences(recorded, now, FACTS)


def differences(
    first: Mapping[str, Any], second: Mapping[str, Any], parts: Sequence[str]
) -> list[str]:
    """What differs in these parts of two records, a line for each field.

    `versions.jax: '0.10.2' | '0.11.0'`, in the order of the parts.
    """
    lines = []
    for part in parts:
        left, right = (
            directory.flatten({part: record.get(part)}) for record in (first, second)
        )
        lines += [
            f"{name}: {left.get(name)!r} | {right.get(name)!r}"
            for name in sorted(left.keys() | right.keys())
            if left.get(name) != right.get(name) and name.split(".")[-1] not in NO_FACT
        ]
    return lines
