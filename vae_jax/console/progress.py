"""One progress bar for a whole sweep; plain lines where there is no terminal. No JAX."""

import sys
import time
from collections.abc import Sequence

from tqdm import tqdm

SECONDS_BETWEEN_LINES = 10.0
NAMED = 10  # members that a line names before it counts the others


class Progress:
    """Counts training images of the whole sweep, as groups of members finish."""

    def __init__(self, members: int, examples: int) -> None:
        """`examples`: training images that all members will see in all their epochs."""
        self.members, self.examples = members, examples
        self.count = self.found = 0  # of examples: in all, and by earlier processes
        self.done = self.diverged = self.collapsed = 0  # members of finished blocks
        self.now: tuple[int, int] = (0, 0)  # diverged and collapsed in the block at hand
        self.where = ""
        self.started = self.last_line = time.monotonic()
        self.bar = tqdm(
            total=examples,
            disable=not sys.stderr.isatty(),
            bar_format="{desc} {percentage:3.0f}%|{bar}| [{elapsed}<{remaining}]",
            dynamic_ncols=True,
        )

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, error_type, *error) -> None:
        self.bar.close()
        if error_type is None and self.bar.disable and self.count > self.found:
            self.print_line()

    def resume(self, examples: int | float) -> None:
        """Counts training images that members saw in an earlier process."""
        self.found += examples
        self.count += examples
        if not self.bar.disable:
            self.bar.initial += examples  # so that the time left is not reckoned from it
        self.bar.update(examples)

    def advance(self, examples: int | float) -> None:
        """Counts training images that members have seen since the last call."""
        self.count += examples
        self.bar.update(examples)

    def rewind(self, count: int | float) -> None:
        """Sets the count of training images back; what came after will be counted again."""
        self.bar.update(count - self.count)
        self.count = count

    def show(
        self, epoch: int, epochs: int, loss: float, diverged: int, collapsed: int
    ) -> None:
        """Shows the progress of a block: its members' mean loss at `epoch`.

        `diverged` and `collapsed` are counts of the block's members. Without a terminal
        there is a line at most every ten seconds.
        """
        self.where, self.now = (
            f"epoch {epoch}/{epochs}, loss {loss:z.2f}",
            (diverged, collapsed),
        )
        self.bar.set_description_str(self.text())
        late = time.monotonic() - self.last_line >= SECONDS_BETWEEN_LINES
        if self.bar.disable and late:
            self.print_line()

    def finish(self, members: int) -> None:
        """Counts the members of a block that has come to its end."""
        self.done += members
        self.diverged += self.now[0]
        self.collapsed += self.now[1]
        self.now = (0, 0)
        self.bar.set_description_str(self.text())

    def rate(self) -> float:
        """Training images per second that this process has seen so far."""
        return (self.count - self.found) / max(time.monotonic() - self.started, 1e-9)

    def text(self) -> str:
        """Members done, diverged and collapsed, the loss, training images per second."""
        diverged, collapsed = self.diverged + self.now[0], self.collapsed + self.now[1]
        return (
            f"{self.done}/{self.members} members done, {diverged} diverged, "
            f"{collapsed} collapsed, {self.where}, {self.rate():,.0f} examples/s"
        )

    def print_line(self) -> None:
        """Prints the progress so far as one plain line, with the seconds left."""
        self.last_line = time.monotonic()
        seconds_left = (self.examples - self.count) / self.rate()
        say(f"{self.count / self.examples:4.0%}  {self.text()}, {seconds_left:z.0f} s left")


class Counter:
    """Counts tasks that take about equally long, with a line now and then on stderr."""

    def __init__(self, total: int, what: str) -> None:
        self.total, self.what, self.count = total, what, 0
        self.started = self.last_line = time.monotonic()

    def advance(self) -> None:
        """Counts one more; every ten seconds, and at the end, says how many are done."""
        self.count += 1
        now = time.monotonic()
        if self.count == self.total or now - self.last_line >= SECONDS_BETWEEN_LINES:
            self.last_line = now
            seconds_each = (now - self.started) / self.count
            seconds_left = seconds_each * (self.total - self.count)
            done = f"{self.count}/{self.total} {self.what}"
            say(f"{done}, {seconds_each:z.2f} s each, {seconds_left:z.0f} s left")


def members_and(numbers: Sequence[int]) -> str:
    """Members by their numbers, the first few of many: `members 1, 2, 3 and 40 more`."""
    more = f" and {len(numbers) - NAMED} more" if len(numbers) > NAMED else ""
    return f"members {', '.join(map(str, numbers[:NAMED]))}{more}"


def say(line: str) -> None:
    """Prints one plain line on stderr, above the progress bar if there is one."""
    tqdm.write(line, file=sys.stderr)
    sys.stderr.flush()
