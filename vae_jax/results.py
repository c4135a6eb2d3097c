"""The tables of a run, `members.csv` and `results.csv`: written and read. No JAX."""

import ast
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from vae_jax import integrity, runs, seal, store
from vae_jax.errors import UserError
from vae_jax.grid import REMEDIES, TRACED, Member
from vae_jax.summary import by_setting, over_seeds

FATE_HEADER = ("diverged_at", "diverged_loss", "stopped_at", "parameters_sha256")
RESULT_HEADER = (
    *("run", "member", "split", "metric", "sampler"),
    *("value", "stderr", "note"),
)
HALVES_HEADER = ("run", "member", "split", "metric", "sampler")
MEMBER_HEADER = ("run", "member", "program", "status")
SETTING_HEADER = ("noise", "beta", "latents", "learning_rate", *REMEDIES)
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


class Fate(NamedTuple):
    """How a trained member ended."""

    diverged_at: int | None = None  # the step that was not finite
    diverged_loss: float | None = None  # the loss of that step
    stopped_at: int | None = None  # the epoch of early stopping
    parameters: str | None = None  # SHA-256 of what training ended with

    def status(self, evaluated: bool) -> str:
        """In a word; a member that stopped early has trained."""
        if self.diverged_at is not None:
            return "diverged"
        return "done" if evaluated else "trained"


class Listed(NamedTuple):
    """A member as `members.csv` has it."""

    program: int
    status: str
    member: Member
    parameters: str  # SHA-256 of what training ended with; empty while it trains


def write_members(
    workdir: Path,
    members: Sequence[Member],
    programs: Sequence[int],
    fates: Mapping[int, Fate],
    *,
    evaluated: bool,
) -> None:
    """`members.csv`: what each member is and how it fares; no fate while it trains.

    A member is `training`, then `trained`, then `done` once all are evaluated; or it has
    `diverged`.
    """
    rows, run = [], runs.id_of(workdir)
    for number, (member, program) in enumerate(zip(members, programs, strict=True)):
        fate = fates.get(number)
        status = "training" if fate is None else fate.status(evaluated)
        static = [repr(value) for _, value in member.static]
        values = [getattr(member, name) for name in TRACED]
        rows.append((run, number, program, status, *values, *static, *(fate or Fate())))
    static = [name for name, _ in members[0].static]
    header = (*MEMBER_HEADER, *TRACED, *static, *FATE_HEADER)
    store.write_csv(workdir / runs.MEMBERS, header, rows)
    seal.renew(workdir, (runs.MEMBERS,))


def read_members(workdir: Path) -> list[Listed]:
    """Members in order of their numbers."""
    file = workdir / runs.MEMBERS
    try:
        rows = store.read_csv(file)
        if [row["member"] for row in rows] != [str(i) for i in range(len(rows))]:
            raise ValueError("members are missing")
        if not rows:
            raise ValueError("there are none")
        return [
            Listed(int(r["program"]), r["status"], read_member(r), r[FATE_HEADER[-1]])
            for r in rows
        ]
    except (KeyError, ValueError, TypeError, SyntaxError) as error:
        raise UserError(f"{file}: damaged ({error})") from None


def is_finished(workdir: Path) -> bool:
    """Whether every member of a run is trained and evaluated, and all tables are whole."""
    if not (workdir / runs.RESULTS).exists():
        return False
    if integrity.damaged(workdir, runs.read_record(workdir)):
        return False
    return not {found.status for found in read_members(workdir)} & {"training", "trained"}


def read_member(row: Mapping[str, str]) -> Member:
    """The member of a row: the columns between its seed and its fate are static."""
    known = (*MEMBER_HEADER, *TRACED, *FATE_HEADER)
    return Member(
        beta=float(row["beta"]),
        latents=int(row["latents"]),
        noise=float(row["noise"]),
        learning_rate=float(row["learning_rate"]),
        seed=int(row["seed"]),
        **{name: float(row[name]) for name in REMEDIES},
        static=tuple((n, ast.literal_eval(row[n])) for n in row if n not in known),
    )


def write_results(workdir: Path, members: Sequence[Member], rows: Iterable[Row]) -> None:
    """`half_samples.csv`, `summary.csv`, and last `results.csv`."""
    rows, run = list(rows), runs.id_of(workdir)
    halves = [(run, *row.cells[:4], *row.halves) for row in rows if row.halves]
    width = max((len(line) - len(HALVES_HEADER) for line in halves), default=0)
    header = (*HALVES_HEADER, *(f"half_{i}" for i in range(width)))
    store.write_csv(workdir / runs.HALVES, header, halves)
    write_summary(workdir, members, rows)
    cells = ((run, *row.cells) for row in rows)
    store.write_csv(workdir / runs.RESULTS, RESULT_HEADER, cells)
    seal.renew(workdir, (runs.HALVES, runs.SUMMARY, runs.RESULTS))


def write_summary(workdir: Path, members: Sequence[Member], rows: Sequence[Row]) -> None:
    """`summary.csv`: every number over the seeds of a setting, with its 95 % interval."""
    values = {r[:3]: r.value for r in rows if r.value is not None}
    halves = {r[:3]: r.halves for r in rows if r.halves}
    names = list(dict.fromkeys((r.split, r.metric) for r in rows))
    lines, run = [], runs.id_of(workdir)
    for setting, numbers in by_setting(members).items():
        key = [getattr(setting, name) for name in SETTING_HEADER]
        key += [repr(value) for _, value in setting.static]
        for split, metric in names:
            found = over_seeds(values, numbers, split, metric, halves)
            if found:
                name, _, sampler = metric.partition("@")
                lines.append((run, *key, split, name, sampler, *found))
    static = [name for name, _ in members[0].static]
    header = ("run", *SETTING_HEADER, *static, *SUMMARY_HEADER)
    store.write_csv(workdir / runs.SUMMARY, header, lines)


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
            for r in store.read_csv(file)
        ]
    except (KeyError, ValueError, TypeError) as error:
        raise UserError(f"{file}: damaged ({error})") from None


def joined(row: Mapping[str, str]) -> str:
    """`metric@sampler`, or the metric alone."""
    return row["metric"] + (f"@{row['sampler']}" if row["sampler"] else "")


def read_halves(workdir: Path) -> dict[tuple[int, str, str], tuple[float, ...]]:
    """The scores against halves of the real images, by member, split and metric."""
    file = workdir / runs.HALVES
    try:
        return {
            (int(r["member"]), r["split"], joined(r)): tuple(
                float(v) for n, v in r.items() if n.startswith("half_") and v
            )
            for r in store.read_csv(file)
        }
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise UserError(f"{file}: damaged ({error})") from None


def read_results(workdir: Path, members: int) -> list[Row]:
    """The rows of `results.csv`; a file that does not speak of every member is damaged."""
    file = workdir / runs.RESULTS
    if not file.exists():
        raise UserError(f"{workdir}: no finished run here ({runs.RESULTS} is missing)")
    rows = read_rows(file)
    if {row.member for row in rows} != set(range(members)):
        raise UserError(f"{file}: damaged (members are missing)")
    return rows
