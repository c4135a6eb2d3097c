"""How fast work goes, and how long the rest of it will take. No JAX."""

import time
from collections import deque

RECENT = 50  # pieces of work that the pace is reckoned from


class Pace:
    """The pace of recent pieces of work, without the first ones, which compile.

    Nothing is known, and None is said, until `known` pieces after those are done.
    """

    def __init__(self, first: int = 1, known: int = 1) -> None:
        self.first, self.known = first, known
        self.restart()

    def restart(self) -> None:
        """Forgets the pace: what comes now is other work, and is compiled first."""
        self.left_out = 0
        self.pieces: deque[tuple[int | float, float]] = deque(
            maxlen=RECENT
        )  # work, seconds
        self.last = time.monotonic()

    def advance(self, work: int | float) -> None:
        """Counts a piece of work, of any unit, that has been done since the last call."""
        now = time.monotonic()
        if self.left_out < self.first:
            self.left_out += 1
        else:
            self.pieces.append((work, now - self.last))
        self.last = now

    def seconds(self, work: int | float) -> float | None:
        """Seconds that so much work takes; None while that cannot be known."""
        done = sum(work for work, _ in self.pieces)
        if len(self.pieces) < self.known or done <= 0:
            return None
        return work * sum(seconds for _, seconds in self.pieces) / done

    def seconds_left(self, work: int | float) -> float | None:
        """Seconds until so much work from the last call of `advance` on is done."""
        seconds = self.seconds(work)
        if seconds is None:
            return None
        return max(seconds - (time.monotonic() - self.last), 0.0)


def duration(seconds: int | float) -> str:
    """Seconds in words, as rough as an estimate is: `20 s`, `3 min`, `2.5 h`."""
    if seconds < 90.0:
        return f"{seconds:z.0f} s"
    minutes = seconds / 60.0
    return f"{minutes:z.0f} min" if minutes < 90.0 else f"{minutes / 60.0:z.1f} h"
