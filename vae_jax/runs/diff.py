"""Whether two runs agree: number by number, as a family, and in how they were made. No JAX.

Elsewhere than where a run was made, other roundings lead training elsewhere, at most as
far as another seed would. Each number's difference is therefore tested against the spread
of the seeds of its setting, and Holm's rule makes one verdict of all of them: of many
numbers at 95 % each, some would always be outside. In simulation (276 normal numbers,
correlated or not, nothing really different) any is called different in 4.5 % of runs of
3 seeds, in 6 % of 2 seeds and in 3 % of 5.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.special import stdtr

from vae_jax.runs import directory, holm, members, tables
from vae_jax.runs.summary import by_setting
from vae_jax.runs.tables import Row
from vae_jax.scores.metric_key import MetricKey
from vae_jax.studies.member import Member

IDENTICAL, WITHIN, DIFFERENT = "identical", "within", "different"
LOST, EXTRA, NOT_JUDGED = "not there", "not recorded", "not judged"
CONDITIONS = ("data", "code", "versions", "platform")  # what is known before JAX starts
FACTS = (*CONDITIONS, "prng", "layout")
NO_FACT = ("cores", "commit", "clean", "devices", "blocks", "block_size")  # change no bit
Key = tuple[int, str, MetricKey]  # member, split, what was measured


class Spread(NamedTuple):
    """How far the seeds of a setting lie apart in one number."""

    sd: float  # 0 where all seeds have the same value
    seeds: int  # at least 2


class RunOutcome(NamedTuple):
    """What a run came to: its record, its numbers and its parameters' digests."""

    record: dict[str, Any]
    rows: list[Row]
    parameters: dict[int, str]  # SHA-256 of what each member was trained to
    spreads: dict[Key, Spread]  # of the numbers whose setting has two seeds or more


class Comparison(NamedTuple):
    """A number as it was recorded, and as it came out again."""

    key: Key
    recorded: float | None
    again: float | None
    p: float | None  # of its t test; None where there is none to make
    verdict: str


def read_outcome(workdir: Path) -> RunOutcome:
    """The outcome of the run in a directory, its spreads from its own seeds."""
    member_rows = members.read_members(workdir)
    rows = tables.read_results(workdir, len(member_rows))
    parameters = {number: row.parameters for number, row in enumerate(member_rows)}
    own_members = [row.member for row in member_rows]
    return RunOutcome(
        directory.read_record(workdir), rows, parameters, spreads(rows, own_members)
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
            (0, *key[1:]): spread
            for key, spread in outcome.spreads.items()
            if key[0] == number
        },
    )


def spreads(rows: Sequence[Row], own_members: Sequence[Member]) -> dict[Key, Spread]:
    """The spread over the seeds of its setting of each number that has two or more."""
    values = {row[:3]: row.value for row in rows if row.value is not None}
    names = {key[1:] for key in values}
    found: dict[Key, Spread] = {}
    for numbers in by_setting(own_members).values():
        for name in names:
            keys = [(n, *name) for n in numbers if (n, *name) in values]
            if len(keys) > 1:
                scores = [values[key] for key in keys]
                # Rounding gives the sd of equal numbers a last digit.
                same = min(scores) == max(scores)
                sd = 0.0 if same else float(np.std(scores, ddof=1))
                found |= dict.fromkeys(keys, Spread(sd, len(keys)))
    return found


def compare(recorded: RunOutcome, again: RunOutcome) -> list[Comparison]:
    """Compares every number of `recorded` with the one in `again`, in the order recorded.

    Different is what Holm's rule rejects, at 5 % in all, among all that have a p-value.
    What only `again` has comes last.
    """
    rows, recorded_rows = dict(counted(again.rows)), dict(counted(recorded.rows))
    pairs = [(row, rows.get(key)) for key, row in recorded_rows.items()]
    p_values = [p_value(*pair, smaller(recorded, again, pair[0][:3])) for pair in pairs]
    family = [p for p in p_values if p is not None]
    rejected = iter(holm.rejected(family, len(family)))
    compared = [
        judged(*pair, p, p is not None and next(rejected))
        for pair, p in zip(pairs, p_values)
    ]
    more = [row for key, row in rows.items() if key not in recorded_rows]
    return compared + [Comparison(row[:3], None, row.value, None, EXTRA) for row in more]


def smaller(recorded: RunOutcome, again: RunOutcome, key: Key) -> Spread | None:
    """The smaller spread of a number in two runs; None where neither has seeds to tell.

    A number that is far off widens the spread of its own run, not that of the other. A
    spread of 0 (a share that is 1 for every seed) holds only where the other is 0 too.
    """
    found = [side.spreads[key] for side in (recorded, again) if key in side.spreads]
    return min([spread for spread in found if spread.sd > 0.0] or found, default=None)


def p_value(row: Row, again: Row | None, spread: Spread | None) -> float | None:
    """The p-value of a number's difference d, in a t test with n - 1 degrees of freedom.

    t = |d| / (sd sqrt(2)), sd the spread of the n seeds: how far two seeds lie apart. 1 for
    the same value, 0 where no seed differs and d does. None without a spread or a value.
    """
    if again is None or spread is None or None in (row.value, again.value):
        return None
    apart = abs(row.value - again.value)
    if apart == 0.0 or spread.sd == 0.0:
        return float(apart == 0.0)
    t = apart / (spread.sd * np.sqrt(2.0))
    return float(2.0 * stdtr(spread.seeds - 1, -t))


def counted(rows: Sequence[Row]) -> Iterator[tuple[tuple[Key, int], Row]]:
    """Pairs of ((key, i), row), where the row is the i-th of its key.

    Settings may share a name, so that a key may come several times.
    """
    seen: Counter[Key] = Counter()
    for row in rows:
        yield (row[:3], seen[row[:3]]), row
        seen[row[:3]] += 1


def judged(row: Row, again: Row | None, p: float | None, rejected: bool) -> Comparison:
    """The comparison of a recorded row with the one that came out again, if it did.

    Identical means the same bits: of the number, its error, its note and its flags.
    """
    if again is None:
        return Comparison(row[:3], row.value, None, p, LOST)
    values = (row.value, again.value)
    if row._replace(halves=()) == again._replace(halves=()):
        verdict = IDENTICAL
    elif None in values or rejected:
        verdict = DIFFERENT
    else:
        verdict = NOT_JUDGED if p is None else WITHIN
    return Comparison(row[:3], *values, p, verdict)


def facts(recorded: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """How two runs were made differently, besides their configs: a line for each fact."""
    return differences(recorded, now, FACTS)


def conditions(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[str]:
    """What differs in how two runs were begun: data, code, packages, machine, flags."""
    return differences(first, second, CONDITIONS)


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
