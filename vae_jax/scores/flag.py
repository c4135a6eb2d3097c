"""What programs have to know of an estimate; its note says the same to people. No JAX."""

import enum
from collections.abc import Iterable

BETWEEN = "+"  # of several flags in a cell: needs no quotes in a CSV file


class Flag(enum.StrEnum):
    """Why an estimate has no value, or how the value it has is to be read."""

    meaning: str

    def __new__(cls, value: str, meaning: str) -> "Flag":
        """A member is its value, as tables have it, with a line on what it means."""
        flag = str.__new__(cls, value)
        flag._value_, flag.meaning = value, meaning
        return flag

    # There is no value:
    NOT_EVALUATED = "not_evaluated", "nothing has been measured of the member"
    DIVERGED = "diverged", "training met a loss or parameters that were not finite"
    FAILED = "failed", "the metric raised an exception; the run's failures.log has it"
    NOT_FINITE = "not_finite", "what was measured is infinite or not a number"
    NO_POSTERIOR = "no_posterior", "the member was not trained with samples of its q(z|x)"
    NOT_APPLICABLE = "not_applicable", "the quantity is not defined for such a member"
    TOO_FEW = "too_few", "there are fewer images or codes than the score needs"
    TOO_COSTLY = "too_costly", "left out: images or codes have too many dimensions for it"
    UNSUITED = "unsuited", "the score cannot tell good from bad on these images"
    # There is one, to be read with care:
    UNFINISHED = "unfinished", "measured before the member's last epoch"
    UNTRUSTED = "untrusted", "a bound that may be far from the value it bounds"
    SATURATED = "saturated", "at the ceiling of what so many images can show"
    BIASED = "biased", "known to be too low or too high, by an unknown amount"
    NO_LIKELIHOOD = "no_likelihood", "a cross-entropy, or a density at whole levels"
    PARTIAL = "partial", "a mean over the first images only, not over all evaluated ones"


def spell(flags: Iterable[Flag]) -> str:
    """Flags as a cell of a table: `untrusted+unfinished`; empty for none."""
    return BETWEEN.join(flags)


def read(cell: str) -> tuple[Flag, ...]:
    """The flags of a cell; ValueError where one is not known."""
    return tuple(Flag(value) for value in cell.split(BETWEEN) if value)
