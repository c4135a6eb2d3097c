"""The tables of a run, `members.csv` and `results.csv`: written and read. No JAX."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from vae_jax.errors import UserError
from vae_jax.runs import directory
from vae_jax.runs.members import setting_cells, setting_columns
from vae_jax.runs.summary import by_setting, over_seeds
from vae_jax.storage import files, seals
from vae_jax.studies.member import Member

RESULT_HEADER = (
    *("run", "member", "split", "metric", "sampler"),
    *("value", "stderr", "note"),
)
HALVES_HEADER = ("run", "member", "split", "metric", "sampler")
SUMMARY_HEADER = (
    *("split", "metric", "sampler"),
    *("mean", "stderr", "low", "high", "seeds"),
)


class Row(NamedTuple):
    """One number of `results.csv`; an empty cell is None, and its note says why."""

    member: int
    split: str
    metric: str  # `metric@sampler` where it depends on where z comes from
    value: float | None
    stderr: float | None
    note: str = ""
    halves: tuple[float, ...] = ()  # in `half_samples.csv`

    @property
    def cells(self) -> tuple:
        """As `results.csv` has it: metric and sampler in columns of their own."""
        metric, _, sampler = self.metric.partition("@")
        named = (self.member, self.split, metric, sampler)
        return (*named, self.value, self.stderr, self.note)


def write_results(workdir: Path, members: Sequence[Member], rows: Iterable[Row]) -> None:
    """`half_samples.csv`, `summary.csv`, and last `results.csv`."""
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
    """`summary.csv`: every number over the seeds of a setting, with its 95 % interval."""
    values = {r[:3]: r.value for r in rows if r.value is not None}
    halves = {r[:3]: r.halves for r in rows if r.halves}
    names = list(dict.fromkeys((r.split, r.metric) for r in rows))
    lines, run, columns = [], directory.id_of(workdir), setting_columns(members)
    for setting, numbers in by_setting(members).items():
        numbers_of_setting, static = setting_cells(setting, columns)
        key = (*numbers_of_setting, *static)
        for split, metric in names:
            found = over_seeds(values, numbers, split, metric, halves)
            if found:
                name, _, sampler = metric.partition("@")
                lines.append((run, *key, split, name, sampler, *found))
    header = ("run", *columns.numbers, *columns.static, *SUMMARY_HEADER)
    files.write_csv(workdir / directory.SUMMARY, header, lines)


def read_rows(file: Path) -> list[Row]:
    """The rows of `results.csv`, without their halves."""
    number = lambda cell: float(cell) if cell else None
    try:
        return [
            Row(
                int(r["member"]),
                r["split"],
                joined(r),
                number(r["value"]),
                number(r["stderr"]),
                r["note"],
            )
            for r in files.read_csv(file)
        ]
    except (KeyError, ValueError, TypeError) as error:
        raise UserError(f"{file}: damaged ({error})") from None


def joined(row: Mapping[str, str]) -> str:
    """`metric@sampler`, or the metric alone."""
    return row["metric"] + (f"@{row['sampler']}" if row["sampler"] else "")


def read_halves(workdir: Path) -> dict[tuple[int, str, str], tuple[float, ...]]:
    """The scores against halves of the real images, by member, split and metric."""
    file = workdir / directory.HALVES
    try:
        return {
            (int(r["member"]), r["split"], joined(r)): tuple(
                float(v) for n, v in r.items() if n.startswith("half_") and v
            )
            for r in files.read_csv(file)
        }
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise UserError(f"{file}: damaged ({error})") from None


def read_results(workdir: Path, members: int) -> list[Row]:
    """The rows of `results.csv`; a file that does not speak of every member is damaged."""
    file = workdir / directory.RESULTS
    if not file.exists():
        raise UserError(f"{workdir}: no finished run here ({directory.RESULTS} is missing)")
    rows = read_rows(file)
    if {row.member for row in rows} != set(range(members)):
        raise UserError(f"{file}: damaged (members are missing)")
    return rows
