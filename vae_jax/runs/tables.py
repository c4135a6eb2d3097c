"""The tables of a run, `members.csv` and `results.csv`: written and read. No JAX."""

import ast
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from vae_jax.errors import UserError
from vae_jax.runs import directory
from vae_jax.runs.members import setting_cells, setting_columns
from vae_jax.runs.summary import by_setting, over_seeds
from vae_jax.scores import catalogue, flag
from vae_jax.scores.flag import Flag
from vae_jax.scores.metric_key import MetricKey
from vae_jax.storage import files, seals
from vae_jax.studies.member import Member

RESULT_HEADER = (
    *("run", "member", "split", "metric", "sampler"),
    *("value", "stderr", "note", "flag"),
)
HALVES_HEADER = ("run", "member", "split", "metric", "sampler")
SUMMARY_HEADER = (
    *("split", "metric", "sampler"),
    *("mean", "stderr", "low", "high", "seeds"),
)


class Row(NamedTuple):
    """One number of `results.csv`; an empty cell is None, and its flag says why."""

    member: int
    split: str
    key: MetricKey
    value: float | None
    stderr: float | None
    note: str = ""
    halves: tuple[float, ...] = ()  # in `half_samples.csv`
    flags: tuple[Flag, ...] = ()

    @property
    def cells(self) -> tuple:
        """The cells of `results.csv`: metric and sampler in columns of their own."""
        identity = (self.member, self.split, self.key.metric, self.key.sampler)
        return (*identity, self.value, self.stderr, self.note, flag.spell(self.flags))


def write_results(workdir: Path, members: Sequence[Member], rows: Iterable[Row]) -> None:
    """Writes the halves, the summary over seeds, and last the results themselves.

    `half_samples.csv`, `summary.csv` and `results.csv` are sealed when all are written.
    """
    rows, run = list(rows), directory.id_of(workdir)
    halves = [(run, *row.cells[:4], *row.halves) for row in rows if row.halves]
    width = max((len(line) - len(HALVES_HEADER) for line in halves), default=0)
    header = (*HALVES_HEADER, *(f"half_{i}" for i in range(width)))
    files.write_csv(workdir / directory.HALVES, header, halves)
    write_summary(workdir, members, rows)
    cells = ((run, *row.cells) for row in rows)
    files.write_csv(workdir / directory.RESULTS, RESULT_HEADER, cells)
    seals.renew(workdir, (directory.HALVES, directory.SUMMARY, directory.RESULTS))


def write_summary(workdir: Path, members: Sequence[Member], rows: Sequence[Row]) -> None:
    """Writes `summary.csv`: numbers over the seeds of a setting, with 95 % intervals."""
    values = {row[:3]: row.value for row in rows if row.value is not None}
    halves = {row[:3]: row.halves for row in rows if row.halves}
    names = list(dict.fromkeys((row.split, row.key) for row in rows))
    lines, run, columns = [], directory.id_of(workdir), setting_columns(members)
    for setting, seed_numbers in by_setting(members).items():
        numbers, static = setting_cells(setting, columns)
        for split, key in names:
            summary = over_seeds(values, seed_numbers, split, key, halves)
            if summary:
                identity = (split, key.metric, key.sampler)
                lines.append((run, *numbers, *static, *identity, *summary))
    header = ("run", *columns.numbers, *columns.static, *SUMMARY_HEADER)
    files.write_csv(workdir / directory.SUMMARY, header, lines)


def read_summary(workdir: Path) -> list[dict[str, Any]]:
    """The rows of `summary.csv` by the names of its columns, empty cells as None.

    A damaged file is a `UserError`.
    """
    file = workdir / directory.SUMMARY
    texts, numbers = ("run", *SUMMARY_HEADER[:3]), SUMMARY_HEADER[3:-1]

    def read(name: str, cell: str) -> Any:
        if name in texts or not cell:
            return cell if name in texts else None
        return float(cell) if name in numbers else ast.literal_eval(cell)

    try:
        return [
            {name: read(name, cell) for name, cell in row.items()}
            for row in files.read_csv(file)
        ]
    except (ValueError, TypeError, SyntaxError) as error:
        raise UserError(f"{file}: damaged ({error})") from None


def read_rows(file: Path) -> list[Row]:
    """The rows of `results.csv`, without their halves; a `UserError` if it is damaged."""
    number = lambda cell: float(cell) if cell else None
    try:
        return [
            Row(
                int(row["member"]),
                row["split"],
                catalogue.read(row["metric"], row["sampler"]),
                number(row["value"]),
                number(row["stderr"]),
                row["note"],
                flags=flag.read(row["flag"]),
            )
            for row in files.read_csv(file)
        ]
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise UserError(f"{file}: damaged ({error})") from None


def read_halves(workdir: Path) -> dict[tuple[int, str, MetricKey], tuple[float, ...]]:
    """The scores on halves of the real images, by member, split and key.

    A damaged `half_samples.csv` is a `UserError`.
    """
    file = workdir / directory.HALVES
    key = lambda row: (
        int(row["member"]),
        row["split"],
        catalogue.read(row["metric"], row["sampler"]),
    )
    try:
        return {
            key(row): tuple(
                float(value)
                for name, value in row.items()
                if name.startswith("half_") and value
            )
            for row in files.read_csv(file)
        }
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise UserError(f"{file}: damaged ({error})") from None


def read_results(workdir: Path, members: int) -> list[Row]:
    """The rows of `results.csv`; a `UserError` unless it speaks of every member."""
    file = workdir / directory.RESULTS
    if not file.exists():
        raise UserError(f"{workdir}: no finished run here ({directory.RESULTS} is missing)")
    rows = read_rows(file)
    if {row.member for row in rows} != set(range(members)):
        raise UserError(f"{file}: damaged (members are missing)")
    return rows
