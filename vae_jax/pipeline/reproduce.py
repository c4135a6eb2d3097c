"""Training and evaluating a run again from its record, in another directory."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vae_jax.console.interrupt import Interrupt
from vae_jax.errors import UserError
from vae_jax.pipeline import run
from vae_jax.pipeline.evaluate import evaluate
from vae_jax.pipeline.evaluation_tables import write_tables
from vae_jax.pipeline.job import prepare, with_recorded_blocks
from vae_jax.pipeline.load_data import load_data, places
from vae_jax.runs import directory, measurements
from vae_jax.runs.record import make_record
from vae_jax.runs.retention import Keep
from vae_jax.studies.axes import with_fields
from vae_jax.studies.member import Member
from vae_jax.studies.study import Study, read
from vae_jax.training import devices


def study_of(record: dict[str, Any], member: Member | None) -> Study:
    """The study of a record, or of one of its members alone."""
    config = record["config"]
    if member is None:
        return read(config, {})
    alone = with_fields(config, {**dict(member.static), **member.numbers})
    return read({**alone, "sweep": {"seed": [member.seed]}, "autoencoder": False}, {})


def run_again(
    workdir: Path, member: Member | None, out: Path, data: str | None = None
) -> None:
    """Trains in `out` what `workdir` recorded, and measures all that was measured there.

    One member alone if one is given. `data` is where the data lies now, if it was moved. A
    `UserError` where it is another.
    """
    record = directory.read_record(workdir)
    study = study_of(record, member)
    directory.check(out, study.config)
    where = data, directory.places(workdir)
    datasets = load_data(study, *where)
    recorded = {description["sha256"] for description in record["data"].values()}
    for dataset in datasets:
        if dataset.sha256 not in recorded:
            raise UserError(
                f"{dataset.name}: the data is not that of {workdir} (SHA-256 "
                f"{dataset.sha256[:12]}...); nothing can be reproduced"
            )
    devices.start()
    programs = enumerate(zip(study.programs, datasets))
    jobs = [prepare(i, settings, dataset) for i, (settings, dataset) in programs]
    with directory.create(out, make_record(study.config, datasets, places(study, *where))):
        run.run(study, jobs, out, False, Keep(latest=1))
        with Interrupt() as interrupt:
            jobs = with_recorded_blocks(out, jobs)
            evaluated = evaluate(out, jobs, interrupt, metrics_of(workdir))
        write_tables(evaluated.measured, study.members, jobs)


def metrics_of(workdir: Path) -> Sequence[dict[str, Any]]:
    """The settings of every metric that was measured in a run, its name among them."""
    names = dict.fromkeys(metric for _, metric in measurements.read(workdir))
    return [json.loads(name) for name in names]
