"""How long a run has taken: seconds of training and of evaluation, kept beside it. No JAX.

Nothing depends on them, and they are no part of what a run is had again by.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from vae_jax.errors import UserError
from vae_jax.runs import directory
from vae_jax.storage import logs

TRAINING, EVALUATION = "training", "evaluation"


@contextmanager
def noted(workdir: Path, what: str) -> Iterator[None]:
    """Notes how long the block takes, even if it is stopped half-way."""
    began = time.monotonic()
    try:
        yield
    finally:
        took = round(time.monotonic() - began, 1)
        with suppress(UserError):  # a full disk stops a run, but not for a note
            logs.append_lines(workdir / directory.TIMES, [{"what": what, "seconds": took}])


def spent(workdir: Path) -> dict[str, float]:
    """Seconds by what they went to; empty for a run that has noted none."""
    file = workdir / directory.TIMES
    found: dict[str, float] = {}
    for line in logs.read_lines(file) if file.is_file() else ():
        found[line["what"]] = found.get(line["what"], 0.0) + float(line["seconds"])
    return found


def in_words(seconds: float) -> str:
    """A time as people say it: `45 s`, `12 min`, `3.4 h`."""
    if seconds < 90.0:
        return f"{seconds:z.0f} s"
    return (
        f"{seconds / 60.0:z.0f} min" if seconds < 5400.0 else f"{seconds / 3600.0:z.1f} h"
    )
