"""What a run had again comes to: one sentence of all its numbers, and an exit status."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from vae_jax.runs.diff import (
    DIFFERENT,
    EXTRA,
    IDENTICAL,
    LOST,
    NOT_JUDGED,
    Comparison,
)
from vae_jax.runs.holm import LEVEL

AGREES, DIFFERS, WITHHELD = 0, 1, 3  # exit statuses; 2 is a fault of the command line


class Verdict(NamedTuple):
    """A verdict about a whole run, in words and as an exit status."""

    text: str
    status: int


def verdict(
    comparisons: Sequence[Comparison], parameters: bool, *, elsewhere: bool, trained: bool
) -> Verdict:
    """Whether a run is had again: `parameters`, whether all of these are the same bits.

    `elsewhere`: machine or installation differ from those of the record, so that numbers
    are judged by the spread of seeds, not by their bits. Without `trained`, by the command
    that asks, the second run proves nothing of what is in force now: the best of words are
    withheld.
    """
    found = {comparison.verdict for comparison in comparisons}
    family = [comparison.p for comparison in comparisons if comparison.p is not None]
    untrained = "" if trained else "; nothing was trained now"
    good = AGREES if trained else WITHHELD
    if found <= {IDENTICAL} and parameters:
        word = "identical" if trained else "equal"
        return Verdict(f"{word}: every number and every parameter{untrained}", good)
    if not elsewhere:
        word = "not reproduced" if trained else "not equal"
        return Verdict(f"{word}, on the same machine and install{untrained}", DIFFERS)
    where = f"with what differs above{untrained}: {procedure(comparisons)}"
    if found & {DIFFERENT, LOST, EXTRA}:
        word = "not reproduced" if trained else "not equal"
        return Verdict(f"{word}, {where}", DIFFERS)
    if NOT_JUDGED in found and not family:
        return Verdict(f"not judged, {where}", WITHHELD)
    return Verdict(f"agrees, {where}", good)


def procedure(comparisons: Sequence[Comparison]) -> str:
    """How numbers made elsewhere are judged, and how many came out how."""
    counts = Counter(comparison.verdict for comparison in comparisons)
    family = [comparison.p for comparison in comparisons if comparison.p is not None]
    rejected = sum(c.verdict == DIFFERENT and c.p is not None for c in comparisons)
    alone = sum(p <= LEVEL for p in family)
    missing = counts[LOST] + counts[EXTRA] + counts[DIFFERENT] - rejected
    return (
        f"{len(family):,} numbers judged together, each by a t test against the seeds of "
        f"its setting, all by Holm's rule (1979) at {100 * LEVEL:zg} %: "
        f"{rejected:,} different ({alone:,} would be, each judged alone); "
        f"{missing:,} on one side only or of another kind; "
        f"{counts[NOT_JUDGED]:,} not judged (no second seed to tell by)"
    )
