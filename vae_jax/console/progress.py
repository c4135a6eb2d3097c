"""One progress line for a whole sweep; plain lines where there is no terminal. No JAX."""

import time
from collections.abc import Sequence

from vae_jax.console.pace import Pace, duration
from vae_jax.console.screen import SCREEN, changes, say

SECONDS_BETWEEN_LINES = 10.0
SECONDS_BETWEEN_DRAWINGS = 0.1
BAR = 10  # characters
NAMED = 10  # members that a line names before it counts the others


class Progress:
    """Counts training images of the whole sweep, as groups of members finish."""

    def __init__(self, members: int, examples: int) -> None:
        """`examples`: training images that all members will see in all their epochs."""
        self.members, self.examples = members, examples
        self.count: int | float = 0  # examples: in all, and those by earlier processes
        self.found: int | float = 0
        self.done = self.diverged = self.collapsed = 0  # members of finished blocks
        self.now: tuple[int, int] = (0, 0)  # diverged and collapsed in the block at hand
        self.where: list[str] = []  # the block's epoch and loss
        self.begun: set[int] = set()  # programs
        self.pace = Pace()
        self.last_line = time.monotonic()
        self.last_drawing = 0.0
        self.drawn = changes()  # rather than printed line by line

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, error_type, *error) -> None:
        SCREEN.leave()
        if error_type is None and not self.drawn and self.count > self.found:
            self.print_line()

    def begin(self, program: int, line: str) -> None:
        """Says the line when a program begins to train, whose compilation takes a while."""
        if program not in self.begun:
            self.begun.add(program)
            self.pace.restart()
            say(line)

    def resume(self, examples: int | float) -> None:
        """Counts training images that members saw in an earlier process."""
        self.found += examples
        self.count += examples

    def advance(self, examples: int | float) -> None:
        """Counts training images that members have seen since the last call."""
        self.count += examples
        self.pace.advance(examples)
        self.draw()

    def rewind(self, count: int | float) -> None:
        """Sets the count of training images back; what came after will be counted again."""
        self.count = count
        self.pace.restart()

    def show(
        self, epoch: int, epochs: int, loss: float, diverged: int, collapsed: int
    ) -> None:
        """Shows the progress of a block: its members' mean loss at `epoch`.

        `diverged` and `collapsed` are counts of the block's members. Without a terminal
        there is a line at most every ten seconds.
        """
        self.where = [f"epoch {epoch}/{epochs}", f"loss {loss:z.2f}"]
        self.now = (diverged, collapsed)
        self.draw()
        late = time.monotonic() - self.last_line >= SECONDS_BETWEEN_LINES
        if not self.drawn and late:
            self.print_line()

    def finish(self, members: int) -> None:
        """Counts the members of a block that has come to its end."""
        self.done += members
        self.diverged += self.now[0]
        self.collapsed += self.now[1]
        self.now = (0, 0)

    def seconds_until(self, count: int | float) -> float | None:
        """Seconds until so many training images are counted; None while nobody knows."""
        return self.pace.seconds_left(count - self.count)

    def details(self) -> list[str]:
        """What is known besides percentage and time, what matters most first."""
        diverged, collapsed = self.diverged + self.now[0], self.collapsed + self.now[1]
        seconds = self.pace.seconds(1e6)
        return [
            f"{self.done}/{self.members} members done",
            f"{diverged} diverged",
            f"{collapsed} collapsed",
            *self.where,
            *([f"{1e6 / seconds:z,.0f} examples/s"] if seconds else []),
        ]

    def left(self) -> list[str]:
        """The time left, once it can be known."""
        remaining = self.examples - self.count
        seconds = self.pace.seconds(remaining) if remaining > 0 else 0.0
        return [] if seconds is None else [f"{duration(seconds)} left"]

    def line(self, width: int) -> str:
        """The progress so far in at most `width` columns.

        Percentage and time left always, then a bar, then as many details as fit.
        """
        share = min(self.count / self.examples, 1.0)
        time_left = "".join(self.left())
        line = f"{share:z4.0%} {time_left}".rstrip()
        filled = round(BAR * share)
        bar = f"{share:z4.0%} [{'#' * filled}{'-' * (BAR - filled)}] {time_left}".rstrip()
        if len(bar) <= width:
            line = bar
        separator = ", " if time_left else " "
        for detail in self.details():
            if len(line) + len(separator) + len(detail) > width:
                break
            line, separator = f"{line}{separator}{detail}", ", "
        return line[:width]

    def draw(self) -> None:
        """Draws the line anew on a terminal, at most ten times a second."""
        now = time.monotonic()
        if self.drawn and now - self.last_drawing >= SECONDS_BETWEEN_DRAWINGS:
            self.last_drawing = now
            SCREEN.show(self.line)

    def print_line(self) -> None:
        """Prints the progress so far as one plain line, with the time left."""
        self.last_line = time.monotonic()
        said = ", ".join([*self.details(), *self.left()])
        say(f"{self.count / self.examples:z4.0%}  {said}")


class Counter:
    """Counts tasks that take about equally long, with a line now and then on stderr."""

    def __init__(self, total: int, what: str, at_a_time: int) -> None:
        """The first `at_a_time` tasks also compile, so they tell nothing of the others."""
        self.total, self.what, self.count = total, what, 0
        self.pace = Pace(first=at_a_time, known=at_a_time)
        self.last_line = time.monotonic()

    def advance(self) -> None:
        """Counts one more; every ten seconds, and at the end, says how many are done.

        And how long the others will take, once that can be known.
        """
        self.count += 1
        self.pace.advance(1.0)
        now = time.monotonic()
        if self.count == self.total or now - self.last_line >= SECONDS_BETWEEN_LINES:
            self.last_line = now
            parts = [f"{self.count}/{self.total} {self.what}"]
            each, left = self.pace.seconds(1.0), self.pace.seconds(self.total - self.count)
            if each is not None and left is not None:
                parts += [f"{each:z.2f} s each", f"{duration(left)} left"]
            say(", ".join(parts))


def members_and(numbers: Sequence[int]) -> str:
    """Members by their numbers, the first few of many: `members 1, 2, 3 and 40 more`."""
    more = f" and {len(numbers) - NAMED} more" if len(numbers) > NAMED else ""
    return f"members {', '.join(map(str, numbers[:NAMED]))}{more}"
