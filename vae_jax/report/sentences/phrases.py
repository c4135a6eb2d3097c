"""How numbers are said: a mean with its 95 % interval, a list of names."""

from collections.abc import Sequence

from vae_jax.runs.intervals import Interval
from vae_jax.runs.summary import Summary

MINUS = "−"


def plain(value: float, digits: int = 2) -> str:
    """A number with so many digits: `−0.30` with a minus sign, and no sign before zero."""
    return f"{value:z.{digits}f}".replace("-", MINUS)


def ranged(estimate: Summary | Interval | None, digits: int = 2) -> str:
    """A mean with its interval, `1.39 [1.07, 1.70]`.

    Without an interval the mean alone; a dash for nothing.
    """
    if estimate is None:
        return "–"
    if estimate.low is None:
        return plain(estimate.mean, digits)
    low, high = plain(estimate.low, digits), plain(estimate.high, digits)
    if isinstance(estimate, Interval) and estimate.distinguishable:
        # One more digit where an end would be shown as 0, which it is not.
        digits += plain(0.0, digits) in (low, high)
    return (
        f"{plain(estimate.mean, digits)} "
        f"[{plain(estimate.low, digits)}, {plain(estimate.high, digits)}]"
    )


def amount(gap: Interval, digits: int = 2) -> str:
    """The size of a distinguishable difference, whatever its sign: `0.49 [0.30, 0.68]`."""
    if gap.mean < 0.0:
        gap = gap._replace(mean=-gap.mean, low=-gap.high, high=-gap.low)
    return ranged(gap, digits)


def sign(gap: Interval | None) -> int:
    """The sign of a difference: 1 or -1 if its interval is on one side of 0, else 0."""
    if gap is None or not gap.distinguishable:
        return 0
    return 1 if gap.low > 0.0 else -1


def span(values: Sequence[float], digits: int = 2) -> str:
    """The range of some values, `0.86 to 0.93`, or the one value that they all show."""
    ends = list(dict.fromkeys(plain(value, digits) for value in (min(values), max(values))))
    return " to ".join(ends)


def across(summaries: Sequence[Summary], digits: int = 2) -> str:
    """Of one summary its mean and interval; of several the span of their means."""
    if len(summaries) == 1:
        return ranged(summaries[0], digits)
    return span([summary.mean for summary in summaries], digits)


def of_one_seed(summaries: Sequence[Summary]) -> str:
    """What has to be said of numbers that no second seed stands behind; empty for others.

    `, one seed`; of several summaries `, one seed each` or `, some of one seed`.
    """
    single = [summary.count == 1 for summary in summaries]
    if not any(single):
        return ""
    if not all(single):
        return ", some of one seed"
    return ", one seed each" if len(single) > 1 else ", one seed"


def listing(names: Sequence[object]) -> str:
    """Things in a row, as a sentence has them: `2, 4 and 8`."""
    *most, last = map(str, names)
    return f"{', '.join(most)} and {last}" if most else last


def counted(count: int, noun: str) -> str:
    """A count with its noun: `1 member`, `2 members`."""
    return f"{count} {noun}{'s' * (count != 1)}"
