"""Training and evaluating a run again from its record, in another directory."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax

from vae_jax.console.interrupt import Interrupt
from vae_jax.errors import UserError
from vae_jax.pipeline import run
from vae_jax.pipeline.evaluate import evaluate
from vae_jax.pipeline.evaluation_tables import write_tables
from vae_jax.pipeline.job import prepare, with_recorded_blocks
from vae_jax.pipeline.load_data import Where, load_data, places
from vae_jax.runs import diff, directory, measurements, members, tables
from vae_jax.runs.record import make_record
from vae_jax.runs.retention import Keep
from vae_jax.scores.metric_key import MetricKey
from vae_jax.studies.axes import with_fields
from vae_jax.studies.member import Member
from vae_jax.studies.study import Study, read
from vae_jax.training import devices

TRAINED = "trained by this command"
CONTINUED = "begun earlier with the same code, packages and flags, gone on with by this one"
FOUND = "finished before this command, which trained nothing"


def study_of(record: dict[str, Any], member: Member | None) -> Study:
    """The study of a record, or of one of its members alone."""
    config = record["config"]
    if member is None:
        return read(config, {})
    alone = with_fields(config, {**dict(member.static), **member.numbers})
    return read({**alone, "sweep": {"seed": [member.seed]}, "autoencoder": False}, {})


def run_again(workdir: Path, number: int | None, out: Path, data: str | None = None) -> str:
    """Trains in `out` what `workdir` recorded, and measures all that was measured there.

    One member alone if its number is given; `data` is where the data lies now, if it was
    moved. Returns `TRAINED`, `CONTINUED` or `FOUND`: a finished run is left as it is, but
    for numbers that it lacks, where code, packages and flags are its own. A `UserError`
    where the data is another, or where an unfinished run was begun with anything else.
    """
    record = directory.read_record(workdir)
    member = None if number is None else members.read_members(workdir)[number].member
    study = study_of(record, member)
    lies_there = directory.check(out, study.config)
    finished = lies_there and members.is_finished(out)
    if finished and names(workdir, number) <= names(out):
        return FOUND
    where = Where(data, directory.places(workdir), typed=False)
    datasets = load_data(study, where)
    recorded = {description["sha256"] for description in record["data"].values()}
    for dataset in datasets:
        if dataset.sha256 not in recorded:
            raise UserError(
                f"{dataset.name}: the data is not that of {workdir} (SHA-256 "
                f"{dataset.sha256[:12]}...); nothing can be reproduced"
            )
    now = make_record(study.config, datasets, places(study, where))
    there = directory.read_record(out) if lies_there else now
    changed = diff.conditions(there, now)
    if not changed:
        devices.start()
        changed = other_devices(there)
    if changed and finished:
        return FOUND
    if changed:
        more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
        raise UserError(
            f"--out: {out} was begun otherwise than it would be gone on with (there | now: "
            f"{'; '.join(changed[:3])}{more}); --anew trains in another directory"
        )
    programs = enumerate(zip(study.programs, datasets))
    jobs = [prepare(i, settings, dataset) for i, (settings, dataset) in programs]
    with directory.create(out, now):
        run.run(study, jobs, out, False, Keep(latest=1))
        with Interrupt() as interrupt:
            jobs = with_recorded_blocks(out, jobs)
            evaluated = evaluate(out, jobs, interrupt, metrics_of(workdir))
        write_tables(evaluated.measured, study.members, jobs)
    if finished:
        return FOUND
    return CONTINUED if lies_there else TRAINED


def other_devices(record: dict[str, Any]) -> list[str]:
    """The devices a run was begun on, a line for each program, where JAX has others now.

    None of a run that was stopped before it had any.
    """
    kind = jax.local_devices()[0].device_kind
    return [
        f"layout.{program}.device_kind: {layout['device_kind']!r} | {kind!r}"
        for program, layout in record.get("layout", {}).items()
        if layout["device_kind"] != kind
    ]


def names(workdir: Path, number: int | None = None) -> set[tuple[str, MetricKey]]:
    """What was measured on which split, of every member or of one."""
    rows = tables.read_results(workdir, len(members.read_members(workdir)))
    return {row[1:3] for row in rows if number in (None, row.member)}


def metrics_of(workdir: Path) -> Sequence[dict[str, Any]]:
    """The settings of every metric that was measured in a run, its name among them."""
    names = dict.fromkeys(metric for _, metric in measurements.read(workdir))
    return [json.loads(name) for name in names]
