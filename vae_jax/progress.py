"""One progress bar for a whole sweep; plain lines where there is no terminal."""

import sys
import time

import numpy as np
from tqdm import tqdm

SECONDS_BETWEEN_LINES = 10.0


class Progress:
    """Counts epochs of the whole sweep, in fractions as groups of members finish."""

    def __init__(self, members: int, epochs: int, done: int) -> None:
        """`done` epochs were trained by an earlier process."""
        self.members, self.epochs, self.initial, self.count = members, epochs, done, done
        self.started = self.last_line = time.monotonic()
        self.bar = tqdm(
            total=epochs,
            initial=done,
            disable=not sys.stderr.isatty(),
            desc=f"{members} members",
            bar_format="{desc} {percentage:3.0f}%|{bar}| [{elapsed}<{remaining}]",
            dynamic_ncols=True,
        )

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *error) -> None:
        self.bar.close()

    def advance(self, group: int, groups: int, epoch: int) -> None:
        """Group number `group` of `groups` has reached `epoch`."""
        if group == 1:
            self.chunk_start = self.count
        count = self.chunk_start + (epoch - self.chunk_start) * group / groups
        self.bar.update(count - self.count)
        self.count = count

    def show_loss(self, losses: np.ndarray) -> None:
        """All members have reached the same epoch; these are their mean losses."""
        finite = losses[np.isfinite(losses)]
        loss = float(finite.mean()) if len(finite) else float("nan")
        epoch = round(self.count)
        self.bar.set_description_str(
            f"{self.members} members, epoch {epoch}/{self.epochs}, loss {loss:.2f}"
        )
        now = time.monotonic()
        due = now - self.last_line >= SECONDS_BETWEEN_LINES or epoch == self.epochs
        if self.bar.disable and due:
            self.print_line(epoch, loss, now)

    def print_line(self, epoch: int, loss: float, now: float) -> None:
        """How far, how well, and how long still."""
        self.last_line = now
        rate = (self.count - self.initial) / (now - self.started)  # epochs per second
        print(
            f"{self.count / self.epochs:4.0%}  {self.members} members, "
            f"epoch {epoch}/{self.epochs}, loss {loss:.2f}, "
            f"{(self.epochs - self.count) / rate:.0f} s left",
            file=sys.stderr,
            flush=True,
        )
