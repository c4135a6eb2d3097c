"""`members.csv`: what each member is and how it fares, written and read. No JAX."""

import ast
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from vae_jax.errors import UserError
from vae_jax.runs import directory, integrity
from vae_jax.storage import files, seals
from vae_jax.studies.member import REMEDIES, TRACED, Member

OUTCOME_HEADER = ("diverged_at", "diverged_loss", "stopped_at", "parameters_sha256")
MEMBER_HEADER = ("run", "member", "program", "status")


class Outcome(NamedTuple):
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


class MemberRow(NamedTuple):
    """A member as `members.csv` has it."""

    program: int
    status: str
    member: Member
    parameters: str  # SHA-256 of what training ended with; empty while it trains


def write_members(
    workdir: Path,
    members: Sequence[Member],
    programs: Sequence[int],
    fates: Mapping[int, Outcome],
    *,
    evaluated: bool,
) -> None:
    """`members.csv`: what each member is and how it fares; no fate while it trains.

    A member is `training`, then `trained`, then `done` once all are evaluated; or it has
    `diverged`.
    """
    rows, run = [], directory.id_of(workdir)
    for number, (member, program) in enumerate(zip(members, programs, strict=True)):
        fate = fates.get(number)
        status = "training" if fate is None else fate.status(evaluated)
        static = [repr(value) for _, value in member.static]
        values = [getattr(member, name) for name in TRACED]
        rows.append((run, number, program, status, *values, *static, *(fate or Outcome())))
    static = [name for name, _ in members[0].static]
    header = (*MEMBER_HEADER, *TRACED, *static, *OUTCOME_HEADER)
    files.write_csv(workdir / directory.MEMBERS, header, rows)
    seals.renew(workdir, (directory.MEMBERS,))


def read_members(workdir: Path) -> list[MemberRow]:
    """Members in order of their numbers."""
    file = workdir / directory.MEMBERS
    try:
        rows = files.read_csv(file)
        if [row["member"] for row in rows] != [str(i) for i in range(len(rows))]:
            raise ValueError("members are missing")
        if not rows:
            raise ValueError("there are none")
        return [
            MemberRow(int(r["program"]), r["status"], read_member(r), r[OUTCOME_HEADER[-1]])
            for r in rows
        ]
    except (KeyError, ValueError, TypeError, SyntaxError) as error:
        raise UserError(f"{file}: damaged ({error})") from None


def is_finished(workdir: Path) -> bool:
    """Whether every member of a run is trained and evaluated, and all tables are whole."""
    if not (workdir / directory.RESULTS).exists():
        return False
    if integrity.damaged(workdir, directory.read_record(workdir)):
        return False
    return not {found.status for found in read_members(workdir)} & {"training", "trained"}


def read_member(row: Mapping[str, str]) -> Member:
    """The member of a row: the columns between its seed and its fate are static."""
    known = (*MEMBER_HEADER, *TRACED, *OUTCOME_HEADER)
    return Member(
        beta=float(row["beta"]),
        latents=int(row["latents"]),
        noise=float(row["noise"]),
        learning_rate=float(row["learning_rate"]),
        seed=int(row["seed"]),
        **{name: float(row[name]) for name in REMEDIES},
        static=tuple((n, ast.literal_eval(row[n])) for n in row if n not in known),
    )
