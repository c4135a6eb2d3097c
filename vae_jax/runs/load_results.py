"""From the files of a finished run directory to the results of its programs."""

from pathlib import Path
from typing import Any, NamedTuple

from vae_jax.errors import UserError
from vae_jax.runs import directory, integrity, measurements, members, tables
from vae_jax.runs.pictures import Pictures, find_blocks
from vae_jax.runs.results import Place, ProgramResults
from vae_jax.runs.summary import by_setting
from vae_jax.scores.flag import Flag
from vae_jax.storage import seals
from vae_jax.studies.axes import with_fields


class WholeRun(NamedTuple):
    """What the files of a run hold, its members numbered through all programs."""

    record: dict[str, Any]
    members: list[members.MemberRow]
    rows: list[tables.Row]
    halves: dict[Place, tuple[float, ...]]
    epochs: dict[int, list[int]]  # after which unfinished numbers were measured


def load(workdir: Path) -> list[ProgramResults]:
    """The results of a finished run, program by program.

    A `UserError` where the run is not finished, or naming what is missing or damaged.
    """
    directory.require(workdir)
    record = directory.read_record(workdir)
    if not (workdir / directory.RESULTS).exists():
        raise UserError(
            f"{workdir}: the run is not finished ({directory.RESULTS} is missing)"
        )
    integrity.check(workdir, record)
    member_rows = members.read_members(workdir)
    rows = tables.read_results(workdir, len(member_rows))
    whole = WholeRun(
        record,
        member_rows,
        rows,
        tables.read_halves(workdir),
        unfinished_epochs(workdir, rows),
    )
    ends = seals.read_record(workdir / directory.BASELINES)
    return [
        load_program(workdir, whole, program, ends[f"program_{program}"])
        for program in dict.fromkeys(member.program for member in member_rows)
    ]


def unfinished_epochs(workdir: Path, rows: list[tables.Row]) -> dict[int, list[int]]:
    """The epochs after which numbers flagged as unfinished were measured, by member.

    The log of the evaluation has them, which is read for nothing else here.
    """
    flagged = {row.member for row in rows if Flag.UNFINISHED in row.flags}
    lines = measurements.read(workdir).values() if flagged else ()
    epochs: dict[int, set[int]] = {number: set() for number in flagged}
    for line in lines:
        if any(Flag.UNFINISHED in estimate.flags for estimate in line.found.values()):
            epochs.setdefault(line.member, set()).add(line.epoch)
    return {number: sorted(seen) for number, seen in epochs.items()}


def load_program(
    workdir: Path, whole: WholeRun, program: int, baselines: dict[str, Any]
) -> ProgramResults:
    """The results of one program: its part of a whole run, members numbered from 0."""
    numbers = [
        n for n, member_row in enumerate(whole.members) if member_row.program == program
    ]
    index = {number: i for i, number in enumerate(numbers)}
    own_members = [whole.members[n].member for n in numbers]
    static = dict(own_members[0].static)
    rows = [((index[r.member], *r[1:3]), r) for r in whole.rows if r.member in index]
    own = {
        "config": with_fields(whole.record["config"], static),
        "data": whole.record["data"][f"program_{program}"],
    }
    return ProgramResults(
        workdir,
        {**whole.record, **own},
        ", ".join(f"{name} = {value!r}" for name, value in static.items()),
        numbers,
        own_members,
        [whole.members[n].status for n in numbers],
        {place: row.value for place, row in rows if row.value is not None},
        {
            (index[n], *key): scores
            for (n, *key), scores in whole.halves.items()
            if n in index
        },
        {place: row.note for place, row in rows if row.note},
        {place: row.flags for place, row in rows if row.flags},
        {index[n]: epochs for n, epochs in whole.epochs.items() if n in index},
        by_setting(own_members),
        baselines,
        Pictures(find_blocks(workdir, program, len(own_members))),
    )
