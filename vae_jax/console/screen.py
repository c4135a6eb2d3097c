"""Standard error: plain lines and, on a terminal, one line below them that changes. No JAX.

The changing line is erased before it is drawn again, and the cursor waits at its beginning:
whatever a narrower window folds it into lies behind the cursor, where the erasure reaches.
"""

import os
import sys
import threading
from collections.abc import Callable

ERASE = "\x1b[J"  # from the cursor to the end of the screen
WIDTH = 80  # columns, where a terminal does not say


class Screen:
    """Who writes to standard error while a line changes there; any thread may."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.status: Callable[[int], str] | None = None  # the line, of so many columns

    def show(self, status: Callable[[int], str]) -> None:
        """Draws the changing line; it stays below whatever is said, until `leave`."""
        with self.lock:
            self.status = status
            write(ERASE + self.drawn())

    def leave(self) -> None:
        """Draws the changing line once more and leaves it where it is."""
        with self.lock:
            if self.status is not None:
                write(f"{ERASE}{self.status(columns())}\n")
            self.status = None

    def say(self, line: str) -> None:
        """Writes one plain line, above the changing one if there is one."""
        with self.lock:
            write(f"{ERASE if self.status else ''}{line}\n{self.drawn()}")

    def drawn(self) -> str:
        """The changing line, with the cursor back at its beginning."""
        return f"{self.status(columns())}\r" if self.status else ""


def changes() -> bool:
    """Whether a line can change: on a terminal that understands how."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def columns() -> int:
    """The columns that a line may fill: the last is left free, or some terminals wrap."""
    try:
        width = os.get_terminal_size(sys.stderr.fileno()).columns
    except (OSError, ValueError):
        width = 0
    return (width or WIDTH) - 1


def write(text: str) -> None:
    """Writes to standard error at once."""
    sys.stderr.write(text)
    sys.stderr.flush()


SCREEN = Screen()


def say(line: str) -> None:
    """Prints one plain line on stderr, above the progress line if there is one."""
    SCREEN.say(line)
