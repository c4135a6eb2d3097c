"""A program's part of a run: what to train, on what, and with which compiled functions."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

import jax

from vae_jax import registry
from vae_jax.console.screen import say
from vae_jax.data.dataset import Dataset
from vae_jax.errors import UserError
from vae_jax.models.model import spec_of
from vae_jax.runs import directory
from vae_jax.studies.member import Member
from vae_jax.studies.study import ProgramSettings
from vae_jax.training import sweep
from vae_jax.training.devices import Layout, choose_layout
from vae_jax.training.sweep import CompiledProgram
from vae_jax.types import HParams, TrainState

T = TypeVar("T")


class Job(NamedTuple):
    """One program of a run: its members, its data and its compiled functions."""

    number: int
    settings: ProgramSettings
    dataset: Dataset
    program: CompiledProgram
    block_size: int  # members; stays what it was when the run began

    @property
    def blocks(self) -> list[range]:
        """The members of each block, by their positions among the program's."""
        count, size = len(self.settings.members), self.block_size
        return [range(i, min(i + size, count)) for i in range(0, count, size)]

    def members(self, block: int) -> list[Member]:
        """The members of a block, in the order of their numbers."""
        return [self.settings.members[i] for i in self.blocks[block]]

    def numbers(self, block: int) -> list[int]:
        """The numbers of a block's members in the whole sweep."""
        return [self.settings.numbers[i] for i in self.blocks[block]]

    def stacked_hparams(self, block: int) -> HParams:
        """The hyperparameters of a block's members, NumPy arrays `[M, ...]`."""
        return sweep.stack_hparams(self.members(block), self.settings.max_latents)

    def hparams(self, block: int) -> list[HParams]:
        """The hyperparameters of a block's members on the devices, group by group."""
        return sweep.split_groups(self.program, self.stacked_hparams(block))

    def states_template(self, block: int) -> TrainState:
        """Empty NumPy arrays `[M, ...]` of a block's states, for a checkpoint's reader."""
        group = self.hparams(block)[0]
        return sweep.state_template(self.program, group, len(self.blocks[block]))

    def checkpoints(self, workdir: Path, block: int) -> Path:
        """The directory of a block's checkpoints in a run directory."""
        return workdir / directory.CHECKPOINTS / directory.block_name(self.number, block)


class SavedBlock(NamedTuple):
    """A block of members as a checkpoint has them, after `epoch` epochs."""

    block: int
    epoch: int
    states: TrainState  # NumPy arrays [M, ...]


def prepare(number: int, settings: ProgramSettings, dataset: Dataset) -> Job:
    """Builds the job of a program; whatever cannot be built is a `UserError` now.

    So are wrong settings of a metric, rather than after hours of training.
    """
    for metric in settings.metrics:
        registry.build("metric", metric)
    layout = choose_layout(len(settings.members))
    program = build(settings, dataset, layout)
    return Job(number, settings, dataset, program, sweep.block_size(program))


def build(settings: ProgramSettings, dataset: Dataset, layout: Layout) -> CompiledProgram:
    """The compiled program that settings and a data set select, for a layout."""
    spec = spec_of(dataset, settings.max_latents, **settings.model)
    return sweep.build_program(
        spec, settings.batch_size, layout, patience=settings.patience
    )


def within_memory(job: Job, function: Callable[[Job], T]) -> tuple[Job, T]:
    """`function(job)`, with half the members per call for as long as memory runs out.

    Returns the job that fitted too. One member that does not fit is a `UserError`.
    """
    while True:
        try:
            return job, function(job)
        except jax.errors.JaxRuntimeError as error:
            if "RESOURCE_EXHAUSTED" not in str(error):
                raise
        if job.program.layout.group == 1:
            raise UserError(
                f"program {job.number}: out of memory with one member; "
                "a smaller network or batch is needed"
            )
        layout = job.program.layout.halved()
        say(
            f"program {job.number}: out of memory with {job.program.layout.group} members "
            f"per call; going on with {layout.group}"
        )
        job = job._replace(program=build(job.settings, job.dataset, layout))


def with_recorded_blocks(workdir: Path, jobs: Sequence[Job]) -> list[Job]:
    """The jobs, cut into blocks as they were when the run began.

    Adds to the record of a new run what only a started JAX can tell. A record without
    the sizes of blocks is damaged: a `UserError`.
    """
    file = workdir / directory.CONFIG
    record = directory.read_record(workdir)
    if "layout" not in record:
        kind = jax.local_devices()[0].device_kind
        record["prng"] = str(jax.config.jax_default_prng_impl)
        record["layout"] = {
            f"program_{job.number}": {
                **job.program.layout._asdict(),
                "device_kind": kind,
                "block_size": job.block_size,
                "blocks": len(job.blocks),
            }
            for job in jobs
        }
        directory.write_record(workdir, record)
    try:
        sizes = [record["layout"][f"program_{j.number}"]["block_size"] for j in jobs]
    except (KeyError, TypeError):
        raise UserError(f"{file}: damaged (it has no block_size)") from None
    return [job._replace(block_size=size) for job, size in zip(jobs, sizes)]
