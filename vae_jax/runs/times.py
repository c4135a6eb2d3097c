"""How long a run has taken: seconds of training and of evaluation, kept beside it. No JAX.

Nothing depends on them, and they are no part of what a run is had again by.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from vae_jax.errors import UserError
from vae_jax.runs import directory
from vae_jax.storage import logs

TRAINING, EVALUATION, DONE = "training", "evaluation", "done"


def close(workdir: Path) -> None:
    """Ends the notes of a run that is done: what is made anew later is no part of them."""
    if not closed(workdir):
        append(workdir, {"what": DONE, "seconds": 0.0})


def closed(workdir: Path) -> bool:
    """Whether a run was done before, and its notes are complete."""
    return any(line["what"] == DONE for line in lines(workdir))


@contextmanager
def noted(workdir: Path, what: str) -> Iterator[None]:
    """Notes how long the block takes, even if it is stopped half-way.

    Nothing of a run that was done before.
    """
    began, done = time.monotonic(), closed(workdir)
    try:
        yield
    finally:
        if not done:
            took = round(time.monotonic() - began, 1)
            append(workdir, {"what": what, "seconds": took})


def append(workdir: Path, line: dict[str, Any]) -> None:
    """Adds a line to the notes; a full disk stops a run, but not for a note."""
    with suppress(UserError):
        logs.append_lines(workdir / directory.TIMES, [line])


def lines(workdir: Path) -> list[dict[str, Any]]:
    """The notes of a run, without what is damaged; none of a run that has none."""
    file = workdir / directory.TIMES
    return logs.read_lines(file) if file.is_file() else []


def spent(workdir: Path) -> dict[str, float]:
    """Seconds by what they went to; empty for a run that has noted none."""
    found: dict[str, float] = {}
    for line in lines(workdir):
        if line["what"] == DONE:
            continue
        found[line["what"]] = found.get(line["what"], 0.0) + float(line["seconds"])
    return found


def in_words(seconds: float) -> str:
    """A time as people say it: `45 s`, `12 min`, `3.4 h`."""
    if seconds < 90.0:
        return f"{seconds:z.0f} s"
    return (
        f"{seconds / 60.0:z.0f} min" if seconds < 5400.0 else f"{seconds / 3600.0:z.1f} h"
    )
