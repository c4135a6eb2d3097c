"""Evaluating a run: every metric that a member still lacks, then the tables.

Never trains and never touches a checkpoint, so it may run beside the process that trains;
then it measures the newest checkpoints and marks every number with their epoch.
"""

import threading
from collections.abc import Sequence
from pathlib import Path

from vae_jax import registry
from vae_jax.console.interrupt import Interrupt
from vae_jax.console.progress import Counter, say
from vae_jax.errors import UserError
from vae_jax.evaluation import likelihood_labels
from vae_jax.pipeline.baselines import baselines
from vae_jax.pipeline.evaluate_block import Assessor, build_assessor, evaluate_block
from vae_jax.pipeline.job import Job
from vae_jax.pipeline.pictures import draw_block, draw_program
from vae_jax.runs import checkpoints, directory, measurements, tables
from vae_jax.runs.measurements import Line, Settings
from vae_jax.runs.tables import Row
from vae_jax.storage import seals
from vae_jax.studies.member import Member
from vae_jax.training import sweep
from vae_jax.types import TrainState


class Evaluation:
    """The evaluation of a run: what to measure, and what could not be."""

    def __init__(
        self, workdir: Path, metrics: Sequence[Settings] | None, interrupt: Interrupt
    ) -> None:
        """`metrics` None: those of the config."""
        self.workdir, self.metrics, self.interrupt = workdir, metrics, interrupt
        self.faults: list[str] = []  # a line for each block that could not be read
        self.lock = threading.Lock()
        measurements.prepare(workdir)
        self.lines = measurements.read(workdir)
        for each in metrics or ():
            registry.build("metric", each)  # a mistake is said now

    def run(self, jobs: Sequence[Job]) -> None:
        """Measures what is missing of every member, and writes pictures and tables."""
        for job in jobs:
            self.program(job)

    def program(self, job: Job) -> None:
        """The members of one program, block by block."""
        settings = job.settings.metrics if self.metrics is None else self.metrics
        names = [measurements.name_of(each) for each in settings]
        lacking = [
            measurements.missing(self.lines, job.numbers(block), names, job.settings.epochs)
            for block in range(len(job.blocks))
        ]
        counter = Counter(sum(map(len, lacking)), "members evaluated")
        assessor: Assessor | None = None
        for block, lacks in enumerate(lacking):
            arrays_dir = (
                self.workdir / directory.ARRAYS / directory.block_name(job.number, block)
            )
            drawn = seals.broken(arrays_dir) == seals.broken(arrays_dir.parent) == []
            if drawn and not lacks:
                continue
            restored = self.restore(job, block)
            counter.total -= len(lacks)
            if restored is None:
                continue
            epoch, states = restored
            assessor = assessor or build_assessor(job, settings, self.workdir)
            if epoch == job.settings.epochs and not drawn:
                draw_program(assessor, arrays_dir.parent)
                draw_block(assessor, block, states, arrays_dir)
            todo = measurements.missing(self.lines, job.numbers(block), names, epoch)
            counter.total += len(todo)
            for _ in evaluate_block(
                assessor, block, epoch, states, todo, self.write, self.interrupt
            ):
                counter.advance()
        self.write_baselines(job, assessor)

    def restore(self, job: Job, block: int) -> tuple[int, TrainState] | None:
        """The newest whole checkpoint of a block; where there is none, that is noted."""
        checkpoint_dir = job.checkpoints(self.workdir, block)
        groups, count = job.hparams(block), len(job.blocks[block])
        template = sweep.state_template(job.program, groups[0], count)
        found = checkpoints.peek(checkpoint_dir, template)
        if found is None:
            self.faults.append(f"{checkpoint_dir}: no whole checkpoint")
            say(f"{self.faults[-1]}; its members are left out")
        return found

    def write(self, line: Line) -> None:
        """Keeps a line, here and in the file; members are measured in several threads."""
        with self.lock:
            measurements.write(self.workdir, line)
            self.lines[line.member, line.metric] = line

    def write_baselines(self, job: Job, assessor: Assessor | None) -> None:
        """`baselines.json`, a part for each program."""
        file, name = self.workdir / directory.BASELINES, f"program_{job.number}"
        try:
            found = seals.read_record(file)
        except UserError:  # not there yet, or damaged
            found = {}
        if name not in found:
            found[name] = baselines(assessor or build_assessor(job, (), self.workdir))
            seals.write_record(file, found)

    def warnings(self, members: Sequence[Member]) -> list[str]:
        """What not to trust, by the name of the member."""
        distrusted: dict[str, list[int]] = {}
        for line in self.lines.values():
            for name, estimate in line.found.items():
                doubted = (
                    estimate.value is not None
                    and likelihood_labels.DISTRUST in estimate.note
                )
                if doubted and not name[1].startswith(likelihood_labels.BITS):
                    distrusted.setdefault(name[1], []).append(line.member)
        return [
            f"warning: {name} is a bound and not to be trusted as the value of "
            + "; ".join(describe(number, members[number]) for number in sorted(numbers)[:3])
            + (f" and {len(numbers) - 3} more" if len(numbers) > 3 else "")
            + f" (the notes in {directory.RESULTS} say which)"
            for name, numbers in distrusted.items()
        ]

    def tables(self, members: Sequence[Member], jobs: Sequence[Job]) -> None:
        """`results.csv` and its like: every line there is, members first."""
        order = [measurements.name_of(s) for job in jobs for s in job.settings.metrics]
        place = {name: i for i, name in enumerate(dict.fromkeys(order))}
        key = lambda line: (line.member, place.get(line.metric, len(place)), line.metric)
        rows = [
            Row(line.member, *name, *estimate)
            for line in sorted(self.lines.values(), key=key)
            for name, estimate in line.found.items()
        ]
        known = {row.member for row in rows}
        rows += [
            Row(number, "", "", None, None, "not evaluated")
            for number in range(len(members))
            if number not in known
        ]
        tables.write_results(self.workdir, members, sorted(rows, key=lambda r: r.member))


def describe(number: int, member: Member) -> str:
    """A member by its number and values."""
    return (
        f"member {number} (beta {member.beta:g}, {member.latents} latents, seed "
        f"{member.seed})"
    )
