"""The README's table of results: its rows from runs, and whether what it says holds."""

from typing import NamedTuple

import numpy as np
from scipy.stats import t as student_t

from vae_jax.report.sentences.phrases import MINUS, plain, ranged
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
HOLDS, WITHIN, FAILS = "holds", "within tolerance", "no longer holds"


class Line(NamedTuple):
    """A row of the README's table: a setting, and its cells."""

    head: tuple[str, str, str]  # data, latents, model
    cells: tuple[str, ...]
    found: tuple[Summary | None, ...]

    @property
    def text(self) -> str:
        """The row of the table as Markdown."""
        return f"| {' | '.join((*self.head, *self.cells))} |"


def lines(run: ProgramResults) -> list[Line]:
    """The rows of the README's table that a run of known data has; none of other data."""
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
    """The row of one setting, its numbers as the README shows them."""
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


def read_table(text: str) -> dict[tuple[str, str, str], tuple[str, ...]]:
    """The rows of a README's table: cells by data, latents and model."""
    rows = [
        tuple(cell.strip() for cell in row.strip("|").split("|"))
        for row in text.splitlines()
        if row.startswith(tuple(f"| {name} |" for name in SHOWN))
    ]
    return {row[:3]: row[3:] for row in rows if len(row) == 3 + len(COLUMNS)}


def verdict(written: tuple[str, ...], row: Line) -> str:
    """What holds of a row as the README has it: `HOLDS`, `WITHIN` or `FAILS`.

    It holds with all cells the same, and within tolerance if every mean is near enough.
    """
    if written == row.cells:
        return HOLDS
    near_enough = [
        close(cell, summary, digits)
        for cell, summary, (_, digits, _) in zip(written, row.found, COLUMNS)
    ]
    return WITHIN if all(near_enough) else FAILS


def close(cell: str, summary: Summary | None, digits: int) -> bool:
    """Whether a cell's mean is near another of n seeds: t sd sqrt(2 / n), and rounding.

    A dash is near no number, only where there is none.
    """
    mean = cell.split(" ")[0].replace(MINUS, "-")
    if summary is None or mean == "–":
        return summary is None and mean == "–"
    rounding = 0.5 * 10.0**-digits + 1e-9
    spread = 0.0
    if summary.stderr is not None and summary.count > 1:
        quantile = float(student_t.ppf(0.975, summary.count - 1))
        spread = quantile * summary.stderr * np.sqrt(2.0)
    return bool(abs(float(mean) - summary.mean) <= spread + rounding)
