"""The tables of a run, `members.csv` and `results.csv`: written and read. No JAX."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from vae_jax import runs
from vae_jax.errors import UserError
from vae_jax.grid import Member
from vae_jax.summary import Values, by_setting, over_seeds

MEMBER_HEADER = ("member", "program", "status", *Member._fields, "diverged_at")
RESULT_HEADER = ("member", "split", "metric", "value", "stderr")
SUMMARY_HEADER = (
    *("noise", "beta", "latents", "learning_rate"),
    *("split", "metric", "mean", "stderr", "seeds"),
)


class Row(NamedTuple):
    """One number of `results.csv`; an empty cell is None."""

    member: int
    split: str
    metric: str
    value: float | None
    stderr: float | None


def write_members(
    workdir: Path,
    members: Sequence[Member],
    program: int,
    diverged_at: Sequence[int] | None = None,
) -> None:
    """`members.csv`: what each member is and how it fares.

    `diverged_at` has the step at which each trained member's loss was not finite, -1
    where all went well; None while they train.
    """
    rows = []
    for number, member in enumerate(members):
        step = None if diverged_at is None else int(diverged_at[number])
        diverged = step is not None and step >= 0
        status = "training" if step is None else "diverged" if diverged else "done"
        rows.append((number, program, status, *member, step if diverged else None))
    runs.write_csv(workdir / runs.MEMBERS, MEMBER_HEADER, rows)


def read_members(workdir: Path) -> tuple[list[Member], list[str]]:
    """Members in order of their numbers, and their statuses."""
    file = workdir / runs.MEMBERS
    try:
        rows = runs.read_csv(file)
        if [row["member"] for row in rows] != [
            str(i) for i in range(len(rows))
        ] or not rows:
            raise ValueError("members are missing")
        members = [
            Member(
                beta=float(row["beta"]),
                latents=int(row["latents"]),
                noise=float(row["noise"]),
                learning_rate=float(row["learning_rate"]),
                seed=int(row["seed"]),
            )
            for row in rows
        ]
        return members, [row["status"] for row in rows]
    except (KeyError, ValueError, TypeError) as error:
        raise UserError(f"{file}: damaged ({error})") from None


def write_results(workdir: Path, members: Sequence[Member], rows: Iterable[Row]) -> None:
    """`summary.csv`, then `results.csv`: a run with results is a finished one."""
    rows = list(rows)
    values = {r[:3]: r.value for r in rows if r.value is not None}
    names = list(dict.fromkeys((r.split, r.metric) for r in rows))
    lines = []
    for setting, numbers in by_setting(members).items():
        for split, metric in names:
            found = over_seeds(values, numbers, split, metric)
            if found:
                key = (setting.noise, setting.beta, setting.latents, setting.learning_rate)
                lines.append((*key, split, metric, *found))
    runs.write_csv(workdir / runs.SUMMARY, SUMMARY_HEADER, lines)
    runs.write_csv(workdir / runs.RESULTS, RESULT_HEADER, rows)


def read_results(workdir: Path, members: int) -> Values:
    """Values by member, split and metric; empty cells are left out.

    A file that does not speak of every member is damaged.
    """
    file = workdir / runs.RESULTS
    if not file.exists():
        raise UserError(f"{workdir}: no finished run here ({runs.RESULTS} is missing)")
    try:
        rows = runs.read_csv(file)
        if {int(row["member"]) for row in rows} != set(range(members)):
            raise ValueError("members are missing")
        return {
            (int(row["member"]), row["split"], row["metric"]): float(row["value"])
            for row in rows
            if row["value"]
        }
    except (KeyError, ValueError, TypeError) as error:
        raise UserError(f"{file}: damaged ({error})") from None
