"""A run opened again: its own config, its data, and the jobs that made it."""

from pathlib import Path

from vae_jax import machine, runs
from vae_jax.errors import UserError
from vae_jax.job import Job, prepare, with_recorded_blocks
from vae_jax.load_data import load_data
from vae_jax.record import describe
from vae_jax.study import Study, read


def reopen(workdir: Path) -> tuple[Study, list[Job]]:
    """What a run's record says; a `UserError` if its data has changed since."""
    runs.require(workdir)
    record = runs.read_record(workdir)
    if "layout" not in record:
        raise UserError(f"{workdir}: nothing is trained here yet")
    study = read(record["config"], {})
    datasets = load_data(study)
    data = {f"program_{i}": describe(dataset) for i, dataset in enumerate(datasets)}
    runs.check_same(workdir, "data", data)
    machine.start()
    jobs = [prepare(i, *each) for i, each in enumerate(zip(study.setups, datasets))]
    return study, with_recorded_blocks(workdir, jobs)
