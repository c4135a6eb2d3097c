"""A run opened again: its own config, its data, and the jobs that made it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vae_jax.data.dataset import Dataset
from vae_jax.data.facts import describe, without_images
from vae_jax.errors import UserError
from vae_jax.pipeline.job import Job, prepare, with_recorded_blocks
from vae_jax.pipeline.load_data import Where, load_data
from vae_jax.runs import directory
from vae_jax.studies.study import Study, read
from vae_jax.training import devices


def reopen(workdir: Path, moved: str | None = None) -> tuple[Study, list[Job]]:
    """The study of a run and its jobs, from its record.

    `moved` is where its data lies now, if it was moved. A `UserError` if it is no run, if
    nothing is trained in it, or if its data is not there or another.
    """
    study, record = read_study(workdir)
    datasets = load_data(study, Where(moved, record.get("places", {}), typed=False))
    data = {f"program_{i}": describe(dataset) for i, dataset in enumerate(datasets)}
    directory.check_same(workdir, "data", data)
    return study, jobs_of(workdir, study, datasets)


def reopen_without_data(workdir: Path) -> list[Job]:
    """The jobs of a run, for what needs their parameters and none of their images.

    A `UserError` if it is no run, or if nothing is trained in it.
    """
    study, record = read_study(workdir)
    described = [record["data"][f"program_{i}"] for i in range(len(study.programs))]
    return jobs_of(workdir, study, [without_images(one) for one in described])


def read_study(workdir: Path) -> tuple[Study, dict[str, Any]]:
    """The study of a run that has been trained or is in training, and its record."""
    directory.require(workdir)
    record = directory.read_record(workdir)
    if "layout" not in record:
        raise UserError(f"{workdir}: nothing is trained here yet")
    return read(record["config"], {}), record


def jobs_of(workdir: Path, study: Study, datasets: Sequence[Dataset]) -> list[Job]:
    """A run's jobs, one for each program's data set."""
    devices.start()
    programs = enumerate(zip(study.programs, datasets))
    jobs = [prepare(i, settings, dataset) for i, (settings, dataset) in programs]
    return with_recorded_blocks(workdir, jobs)
