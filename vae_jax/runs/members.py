"""`members.csv`: what each member is and how it fares, written and read. No JAX."""

import ast
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from vae_jax.errors import UserError
from vae_jax.hyperparameters import COMMON, NAMES
from vae_jax.runs import directory, integrity
from vae_jax.storage import files, seals
from vae_jax.studies.member import Member

SEED = "seed"  # in `members.csv` own numbers stand before it, static fields behind it
SETTING = tuple(name for name in NAMES if name != SEED)  # the common numbers of a setting
OUTCOME_HEADER = ("diverged_at", "diverged_loss", "stopped_at", "parameters_sha256")
MEMBER_HEADER = ("run", "member", "program", "status")


class Outcome(NamedTuple):
    """How the training of a member ended."""

    diverged_at: int | None = None  # the step that was not finite
    diverged_loss: float | None = None  # the loss of that step
    stopped_at: int | None = None  # the epoch of early stopping
    parameters: str | None = None  # SHA-256 of what training ended with

    def status(self, evaluated: bool) -> str:
        """The status in a word: `diverged`, `done` if evaluated, else `trained`.

        A member that stopped early has trained.
        """
        if self.diverged_at is not None:
            return "diverged"
        return "done" if evaluated else "trained"


class MemberRow(NamedTuple):
    """What a row of `members.csv` says of a member."""

    program: int
    status: str
    member: Member
    parameters: str  # SHA-256 of what training ended with; empty while it trains


class SettingColumns(NamedTuple):
    """The columns that tell settings apart, the same for all members of a run."""

    numbers: tuple[str, ...]  # the common numbers but the seed, then those declared
    static: tuple[str, ...]  # fields that select a program


def setting_columns(members: Sequence[Member]) -> SettingColumns:
    """The columns that tell the settings of these members apart, those of all programs."""
    own = dict.fromkeys(name for member in members for name, _ in member.own)
    return SettingColumns((*SETTING, *own), tuple(name for name, _ in members[0].static))


def setting_cells(
    member: Any, columns: SettingColumns
) -> tuple[list[float | int | None], list[str]]:
    """A member's or a setting's cells: its numbers, None where it has none; its fields."""
    own = dict(member.own)
    common = [getattr(member, name) for name in SETTING]
    declared = [own.get(name) for name in columns.numbers[len(SETTING) :]]
    return common + declared, [repr(value) for _, value in member.static]


def write_members(
    workdir: Path,
    members: Sequence[Member],
    programs: Sequence[int],
    outcomes: Mapping[int, Outcome],
    *,
    evaluated: bool,
) -> None:
    """`members.csv`: what each member is and how it fares; no outcome while it trains.

    A member is `training`, then `trained`, then `done` once all are evaluated; or it has
    `diverged`.
    """
    rows, run = [], directory.id_of(workdir)
    columns = setting_columns(members)
    for number, (member, program) in enumerate(zip(members, programs, strict=True)):
        outcome = outcomes.get(number)
        status = "training" if outcome is None else outcome.status(evaluated)
        own, static = setting_cells(member, columns)
        rows.append(
            (run, number, program, status, *own, member.seed, *static)
            + (outcome or Outcome())
        )
    header = (*MEMBER_HEADER, *columns.numbers, SEED, *columns.static, *OUTCOME_HEADER)
    files.write_csv(workdir / directory.MEMBERS, header, rows)
    seals.renew(workdir, (directory.MEMBERS,))


def read_members(workdir: Path) -> list[MemberRow]:
    """The rows of `members.csv`, in order of member numbers; a `UserError` if damaged."""
    file = workdir / directory.MEMBERS
    try:
        rows = files.read_csv(file)
        if [row["member"] for row in rows] != [str(i) for i in range(len(rows))]:
            raise ValueError("members are missing")
        if not rows:
            raise ValueError("there are none")
        return [
            MemberRow(
                int(row["program"]),
                row["status"],
                read_member(row),
                row[OUTCOME_HEADER[-1]],
            )
            for row in rows
        ]
    except (KeyError, ValueError, TypeError, SyntaxError) as error:
        raise UserError(f"{file}: damaged ({error})") from None


def is_finished(workdir: Path) -> bool:
    """Whether every member of a run is trained and evaluated, and all tables are whole."""
    if not (workdir / directory.RESULTS).exists():
        return False
    if integrity.damaged(workdir, directory.read_record(workdir)):
        return False
    return not {row.status for row in read_members(workdir)} & {"training", "trained"}


def read_member(row: Mapping[str, str]) -> Member:
    """The member of a row of `members.csv`.

    Its own numbers stand before its seed, static fields behind.
    """
    columns = list(row)
    seed = columns.index(SEED)
    outcome = columns.index(OUTCOME_HEADER[0])
    own = [name for name in columns[len(MEMBER_HEADER) : seed] if name not in NAMES]
    return Member(
        **{
            hyper.name: (int if hyper.whole else float)(row[hyper.name]) for hyper in COMMON
        },
        own=tuple((name, float(row[name])) for name in own if row[name]),
        static=tuple(
            (name, ast.literal_eval(row[name])) for name in columns[seed + 1 : outcome]
        ),
    )
