"""The table of `docs/results.md`: its rows from runs, and whether what it says holds."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import stdtr

from vae_jax.report.sentences.phrases import MINUS, plain, ranged
from vae_jax.runs import holm
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.summary import Setting, Summary
from vae_jax.scores.catalogue import in_space
from vae_jax.scores.metric_key import (
    COVERAGE,
    DISTORTION,
    FD,
    MUTUAL_INFORMATION,
    OFF_MANIFOLD,
    RATE,
)

SHOWN = {  # data -> latent sizes, betas (0 is the autoencoder)
    "digits": ((2, 8), (0.0, 0.125, 0.5, 1.0, 2.0, 4.0)),
    "mnist": ((8,), (0.0, 0.25, 1.0, 2.0, 4.0)),
}
OF = {  # the data that the table's rows are of, by the start of its SHA-256
    "digits": "c8e370818c8ff692",
    "mnist": "60b7ee5deb21dacf",  # 10,000 images of the training set, all of the test set
}
COLUMNS = (  # of the run's own space; digits; with its interval
    (DISTORTION, 2, False),
    (RATE, 2, False),
    (MUTUAL_INFORMATION, 2, False),
    (FD.by("prior"), 2, True),
    (COVERAGE.by("prior"), 2, True),
    (FD.by("mixture"), 2, True),
    (OFF_MANIFOLD.by("prior"), 3, False),
)
DIGITS = tuple(digits for _, digits, _ in COLUMNS)
HOLDS, WITHIN, FAILS = "holds", "within what seeds differ by", "no longer holds"
NOT_JUDGED, MISSING = "not judged, of one seed", "not in the table"
Head = tuple[str, str, str]  # data, latents, model


class Line(NamedTuple):
    """A row of the table of results: a setting, and its cells."""

    head: Head
    cells: tuple[str, ...]
    found: tuple[Summary | None, ...]

    @property
    def text(self) -> str:
        """The row of the table as Markdown."""
        return f"| {' | '.join((*self.head, *self.cells))} |"


def lines(run: ProgramResults) -> list[Line]:
    """The rows of the table of results that a run of known data has; none of other data."""
    name, sha = (run.record["data"][field] for field in ("name", "sha256"))
    if not sha.startswith(OF.get(name, "none")):
        return []  # other data of that name, such as all of MNIST
    sizes, betas = SHOWN[name]
    wanted = [
        (size, setting)
        for size in sizes
        for beta in betas
        for setting in run.of_size(size)
        if setting.beta == beta and setting.noise == float(beta > 0.0)
    ]
    return [line(run, name, setting) for _, setting in wanted]


def line(run: ProgramResults, name: str, setting: Setting) -> Line:
    """The row of one setting, its numbers as the table shows them."""
    cells, summaries = [], []
    for key, digits, interval in COLUMNS:
        summary = run.summary(setting, in_space(key, run.space))
        summaries.append(summary)
        if summary is None or interval:
            cells.append(ranged(summary, digits))
        else:
            cells.append(plain(summary.mean, digits))
    head = (name, str(setting.latents), run.name(setting))
    return Line(head, tuple(cells), tuple(summaries))


def read_table(text: str) -> dict[Head, tuple[str, ...]]:
    """The rows of the table in a page: cells by data, latents and model."""
    rows = [
        tuple(cell.strip() for cell in row.strip("|").split("|"))
        for row in text.splitlines()
        if row.startswith(tuple(f"| {name} |" for name in SHOWN))
    ]
    return {row[:3]: row[3:] for row in rows if len(row) == 3 + len(COLUMNS)}


def verdicts(written: Mapping[Head, tuple[str, ...]], rows: Sequence[Line]) -> list[str]:
    """What holds of each row as the table has it: `HOLDS`, `WITHIN`, `FAILS`, ...

    A row holds with all cells the same. All cells of all rows are one family, of which
    Holm's rule, at 5 % in all, rejects those that are too far off. `NOT_JUDGED` where a
    cell that is off is of one seed, so that nothing tells how far it may be.
    """
    cells = [
        (i, p_value(*cell))
        for i, row in enumerate(rows)
        if row.head in written
        for cell in zip(written[row.head], row.cells, row.found, DIGITS)
    ]
    family = [p for _, p in cells if p is not None]
    rejected = iter(holm.rejected(family, len(family)))
    off = {i for i, p in cells if p is not None and next(rejected)}
    unjudged = {i for i, p in cells if p is None}
    found = []
    for i, row in enumerate(rows):
        if row.head not in written:
            found.append(MISSING)
        elif written[row.head] == row.cells:
            found.append(HOLDS)
        elif i in off:
            found.append(FAILS)
        else:
            found.append(NOT_JUDGED if i in unjudged else WITHIN)
    return found


def p_value(written: str, cell: str, summary: Summary | None, digits: int) -> float | None:
    """The p-value of a cell's mean beside that of other n seeds, in a t test of n - 1.

    t = (|difference| - rounding) / (stderr sqrt(2)). 1 for the same cell, 0 where only one
    is a dash; None of one seed, where no spread is known.
    """
    mean = written.split(" ")[0].replace(MINUS, "-")
    if written == cell:
        return 1.0
    if summary is None or mean == "–":
        return float(summary is None and mean == "–")
    apart = abs(float(mean) - summary.mean) - 0.5 * 10.0**-digits - 1e-9
    if apart <= 0.0:
        return 1.0
    if summary.stderr is None or summary.count < 2:
        return None
    if summary.stderr == 0.0:
        return 0.0
    t = apart / (summary.stderr * np.sqrt(2.0))
    return float(2.0 * stdtr(summary.count - 1, -t))
