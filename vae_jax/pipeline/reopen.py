"""A run opened again: its own config, its data, and the jobs that made it."""

from pathlib import Path

from vae_jax.data.dataset import describe
from vae_jax.errors import UserError
from vae_jax.pipeline.job import Job, prepare, with_recorded_blocks
from vae_jax.pipeline.load_data import load_data
from vae_jax.runs import directory
from vae_jax.studies.study import Study, read
from vae_jax.training import devices


def reopen(workdir: Path) -> tuple[Study, list[Job]]:
    """The study of a run and its jobs, from its record.

    A `UserError` if it is no run, if nothing is trained in it, or if its data has changed.
    """
    directory.require(workdir)
    record = directory.read_record(workdir)
    if "layout" not in record:
        raise UserError(f"{workdir}: nothing is trained here yet")
    study = read(record["config"], {})
    datasets = load_data(study)
    data = {f"program_{i}": describe(dataset) for i, dataset in enumerate(datasets)}
    directory.check_same(workdir, "data", data)
    devices.start()
    programs = enumerate(zip(study.programs, datasets))
    jobs = [prepare(i, settings, dataset) for i, (settings, dataset) in programs]
    return study, with_recorded_blocks(workdir, jobs)
