"""How numbers are said: a mean with its 95 % interval, a list of names."""

from collections.abc import Sequence

from vae_jax.runs.intervals import Interval
from vae_jax.runs.summary import Summary

MINUS = "−"


def plain(value: float, digits: int = 2) -> str:
    """`-0.30` with a minus sign, and no sign before zero."""
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0.0 else text.replace("-", MINUS)


def ranged(found: Summary | Interval | None, digits: int = 2) -> str:
    """`1.39 [1.07, 1.70]`; without an interval the mean alone; a dash for nothing."""
    if found is None:
        return "–"
    if found.low is None:
        return plain(found.mean, digits)
    low, high = plain(found.low, digits), plain(found.high, digits)
    if isinstance(found, Interval) and found.distinguishable:
        # One more digit where an end would be shown as 0, which it is not.
        digits += plain(0.0, digits) in (low, high)
    return (
        f"{plain(found.mean, digits)} "
        f"[{plain(found.low, digits)}, {plain(found.high, digits)}]"
    )


def amount(gap: Interval, digits: int = 2) -> str:
    """The size of a distinguishable difference, whatever its sign: `0.49 [0.30, 0.68]`."""
    if gap.mean < 0.0:
        gap = gap._replace(mean=-gap.mean, low=-gap.high, high=-gap.low)
    return ranged(gap, digits)


def sign(gap: Interval | None) -> int:
    """1 or -1 if the interval is on one side of 0, else 0."""
    if gap is None or not gap.distinguishable:
        return 0
    return 1 if gap.low > 0.0 else -1


def span(values: Sequence[float], digits: int = 2) -> str:
    """`0.86 to 0.93`, or the one value that they all show."""
    ends = list(dict.fromkeys(plain(v, digits) for v in (min(values), max(values))))
    return " to ".join(ends)


def across(found: Sequence[Summary], digits: int = 2) -> str:
    """Of one setting its mean and interval; of several the span of their means."""
    if len(found) == 1:
        return ranged(found[0], digits)
    return span([f.mean for f in found], digits)


def listing(names: Sequence[object]) -> str:
    """`2, 4 and 8`."""
    *most, last = map(str, names)
    return f"{', '.join(most)} and {last}" if most else last


def counted(count: int, noun: str) -> str:
    """`1 member`, `2 members`."""
    return f"{count} {noun}{'s' * (count != 1)}"
