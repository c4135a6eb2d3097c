"""The tables of a run, `members.csv` and `results.csv`: written and read. No JAX."""

import ast
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from vae_jax import runs
from vae_jax.errors import UserError
from vae_jax.grid import TRACED, Member
from vae_jax.summary import Values, by_setting, over_seeds

FATE_HEADER = ("diverged_at", "diverged_loss", "stopped_at")
RESULT_HEADER = ("member", "split", "metric", "value", "stderr")
SETTING_HEADER = ("noise", "beta", "latents", "learning_rate")
SUMMARY_HEADER = ("split", "metric", "mean", "stderr", "seeds")


class Row(NamedTuple):
    """One number of `results.csv`; an empty cell is None."""

    member: int
    split: str
    metric: str
    value: float | None
    stderr: float | None


class Fate(NamedTuple):
    """How a trained member ended."""

    diverged_at: int | None = None  # the step that was not finite
    diverged_loss: float | None = None  # the loss of that step
    stopped_at: int | None = None  # the epoch of early stopping

    @property
    def status(self) -> str:
        """In a word; a member that stopped early is done."""
        return "done" if self.diverged_at is None else "diverged"


class Listed(NamedTuple):
    """A member as `members.csv` has it."""

    program: int
    status: str
    member: Member


def write_members(
    workdir: Path,
    members: Sequence[Member],
    programs: Sequence[int],
    fates: Mapping[int, Fate],
) -> None:
    """`members.csv`: what each member is and how it fares; no fate while it trains."""
    rows = []
    for number, (member, program) in enumerate(zip(members, programs, strict=True)):
        fate = fates.get(number)
        status = fate.status if fate else "training"
        static = [repr(value) for _, value in member.static]
        values = [getattr(member, name) for name in TRACED]
        rows.append((number, program, status, *values, *static, *(fate or Fate())))
    static = [name for name, _ in members[0].static]
    header = ("member", "program", "status", *TRACED, *static, *FATE_HEADER)
    runs.write_csv(workdir / runs.MEMBERS, header, rows)


def read_members(workdir: Path) -> list[Listed]:
    """Members in order of their numbers."""
    file = workdir / runs.MEMBERS
    try:
        rows = runs.read_csv(file)
        if [row["member"] for row in rows] != [str(i) for i in range(len(rows))]:
            raise ValueError("members are missing")
        if not rows:
            raise ValueError("there are none")
        return [Listed(int(r["program"]), r["status"], read_member(r)) for r in rows]
    except (KeyError, ValueError, TypeError, SyntaxError) as error:
        raise UserError(f"{file}: damaged ({error})") from None


def read_member(row: Mapping[str, str]) -> Member:
    """The member of a row: the columns between its seed and its fate are static."""
    known = ("member", "program", "status", *TRACED, *FATE_HEADER)
    return Member(
        beta=float(row["beta"]),
        latents=int(row["latents"]),
        noise=float(row["noise"]),
        learning_rate=float(row["learning_rate"]),
        seed=int(row["seed"]),
        static=tuple((n, ast.literal_eval(row[n])) for n in row if n not in known),
    )


def write_results(workdir: Path, members: Sequence[Member], rows: Iterable[Row]) -> None:
    """`summary.csv`, then `results.csv`: a run with results is a finished one."""
    rows = list(rows)
    values = {r[:3]: r.value for r in rows if r.value is not None}
    names = list(dict.fromkeys((r.split, r.metric) for r in rows))
    lines = []
    for setting, numbers in by_setting(members).items():
        key = [getattr(setting, name) for name in SETTING_HEADER]
        key += [repr(value) for _, value in setting.static]
        for split, metric in names:
            found = over_seeds(values, numbers, split, metric)
            if found:
                lines.append((*key, split, metric, *found))
    static = [name for name, _ in members[0].static]
    header = (*SETTING_HEADER, *static, *SUMMARY_HEADER)
    runs.write_csv(workdir / runs.SUMMARY, header, lines)
    runs.write_csv(workdir / runs.RESULTS, RESULT_HEADER, rows)


def write_rows(file: Path, rows: Iterable[Row]) -> None:
    """The rows of some members, to be put together by `write_results`."""
    runs.write_csv(file, RESULT_HEADER, rows)


def read_rows(file: Path) -> list[Row]:
    """What `write_rows` wrote."""
    number = lambda cell: float(cell) if cell else None
    try:
        return [
            Row(
                int(r["member"]),
                r["split"],
                r["metric"],
                number(r["value"]),
                number(r["stderr"]),
            )
            for r in runs.read_csv(file)
        ]
    except (KeyError, ValueError, TypeError) as error:
        raise UserError(f"{file}: damaged ({error})") from None


def read_results(workdir: Path, members: int) -> Values:
    """Values by member, split and metric; empty cells are left out.

    A file that does not speak of every member is damaged.
    """
    file = workdir / runs.RESULTS
    if not file.exists():
        raise UserError(f"{workdir}: no finished run here ({runs.RESULTS} is missing)")
    rows = read_rows(file)
    if {row.member for row in rows} != set(range(members)):
        raise UserError(f"{file}: damaged (members are missing)")
    return {row[:3]: row.value for row in rows if row.value is not None}
