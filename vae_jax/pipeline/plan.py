"""What a run will do and need, said before it is done."""

from collections import Counter
from collections.abc import Sequence

import jax

from vae_jax import registry
from vae_jax.console.pace import duration
from vae_jax.data import labels
from vae_jax.data.dataset import REAL, Dataset, size_in_words
from vae_jax.data.shards import Rows, Shards
from vae_jax.evaluation import costs, limits
from vae_jax.pipeline.evaluate_block import workers
from vae_jax.pipeline.job import Job
from vae_jax.runs.retention import Keep, most
from vae_jax.training import costs as training_costs
from vae_jax.training.batches import steps_before
from vae_jax.training.pieces import PIECE_BYTES


def plan(jobs: Sequence[Job], keep: Keep) -> str:
    """A run's programs, data, steps, memory and disk (MB), and what to know of the data."""
    count = sum(len(job.settings.members) for job in jobs)
    lines = [f"{some(count, 'member')} in {some(len(jobs), 'program')}"]
    for job in jobs:
        lines += of_program(job, keep)
    if len(jobs) > 1:
        total = sum(disk_bytes(job, keep) for job in jobs)
        lines.append(f"disk in all: {total / 1e6:z.1f} MB")
    lines += dict.fromkeys(note for job in jobs for note in job.dataset.notes)
    return "\n".join(lines)


def of_program(job: Job, keep: Keep) -> list[str]:
    """The lines of the plan that are about one program."""
    name = ", ".join(f"{field} = {value!r}" for field, value in job.settings.static)
    layout, state = job.program.layout, job.program.state_bytes
    sizes = [len(block) for block in job.blocks]
    calls = sum(-(-size // layout.group) for size in sizes)
    count, batch = len(job.dataset.train), job.settings.batch_size
    steps = steps_before(job.settings.epochs, count, batch)
    images, in_pieces = held_bytes(job), ""
    if isinstance(job.dataset.train, Shards):
        total = job.dataset.train.nbytes / 1e9
        in_pieces = f"; {total:z.1f} GB of images stay on disk, and are read in pieces"
    device = layout.width * 2 * state + images  # a state, and the one it turns into
    return [
        f"program {job.number}" + (f": {name}" if name else ""),
        f"  data     {of_data(job.dataset)}",
        f"  members  {sum(sizes)}: {some(len(sizes), 'block')}, {some(calls, 'call')} of "
        f"{layout.group}",
        f"  steps    {steps:,} for each member: {job.settings.epochs} epochs of "
        f"{count:,} images, {batch} a step",
        *of_training(job, steps),
        f"  layout   {some(layout.devices, layout.platform + ' device')} of "
        f"{some(layout.width, 'member')}",
        f"  memory   {device / 1e6:z.1f} MB on each device for states and data, "
        f"{max(sizes) * state / 1e6:z.1f} MB for a block of states{in_pieces}",
        f"  disk     {disk_bytes(job, keep) / 1e6:z.1f} MB of checkpoints",
        *of_evaluation(job),
    ]


def held_bytes(job: Job) -> int:
    """The bytes of images that a device holds: all, or of those on disk three pieces."""
    dataset = job.dataset
    if isinstance(dataset.train, Shards):
        return 3 * PIECE_BYTES + dataset.valid.nbytes
    return dataset.train.nbytes + dataset.valid.nbytes


def of_training(job: Job, steps: int) -> list[str]:
    """About how long a program's members train for so many steps each; reckoned."""
    objective = registry.build("objective", job.settings.model["objective"])
    hparams = jax.tree.map(lambda leaf: leaf[0], job.stacked_hparams(0))
    pixels, batch = job.dataset.train.shape[1], job.settings.batch_size
    step = training_costs.step_of(job.program.model, objective, hparams, batch, pixels)
    if step is None:
        return []
    members, devices = len(job.settings.members), job.program.layout.devices
    seconds = training_costs.seconds(step, steps, members, costs.speed(), devices)
    return [f"  train    about {duration(max(seconds, 1.0))} after compilation"]


def of_evaluation(job: Job) -> list[str]:
    """What a program's members are measured on, and about what that takes.

    Time and memory are reckoned (`evaluation/costs.py`), not tried.
    """
    pixels, metrics = job.dataset.train.shape[1], job.settings.metrics
    counts = Counter(
        costs.sizes_of(
            job.dataset, job.settings.max_images, member.latents, member.has_posterior
        )
        for member in job.settings.members
    )
    sizes, at_a_time = next(iter(counts)), min(workers(), counts.total())
    hparams = jax.tree.map(lambda leaf: leaf[0], job.stacked_hparams(0))
    weights, speed = costs.weights_of(job.program.model, hparams), costs.speed()
    total, unknown = 0.0, []
    for metric in metrics:
        for of_member, count in counts.items():
            if (work := costs.work_of(metric, of_member)) is not None:
                total += count * costs.seconds(work, weights, speed)
            elif metric["name"] not in unknown:
                unknown.append(metric["name"])
    takes = duration(max(total / at_a_time, 1.0))
    lines = [
        f"  evaluate {subset(sizes.train, job.dataset.train)} training and "
        f"{subset(sizes.test, job.dataset.test)} test images; "
        f"{sizes.generated:,} samples of each sampler",
        f"           about {takes} after compilation, {at_a_time} "
        f"at a time, and {costs.memory(sizes, at_a_time) / 1e9:z.1f} GB of memory"
        + (f"; not counted: {', '.join(unknown)}" if unknown else ""),
    ]
    left_out = limits.left_out(pixels)
    return lines + [f"           {space}: {why}" for space, why in left_out.items()]


def subset(count: int, split: Rows) -> str:
    """How many images of a split are evaluated: all of them, or the first ones."""
    return f"{count:,}" if count == len(split) else f"the first {count:,} of {len(split):,}"


def of_data(dataset: Dataset) -> str:
    """A data set's images, white, look and labels, as a line of the plan has them."""
    things = "images" if len(dataset.shape) == 3 else "vectors"
    return (
        f"{len(dataset.train)} training and {len(dataset.test)} test {things} of "
        f"{size_in_words(dataset.shape)}, {of_values(dataset)}, "
        f"drawn as {dataset.display}, "
        f"{labels.said(dataset.train_labels, dataset.test_labels)}"
    )


def of_values(dataset: Dataset) -> str:
    """What a data set's values mean, and how that was decided: `white is 255 (by ...)`."""
    if dataset.pixels == REAL:
        low, high = dataset.span
        return f"real values, most from {low:z.3g} to {high:z.3g} ({dataset.white_by})"
    return f"white is {dataset.white} ({dataset.white_by})"


def some(count: int, thing: str) -> str:
    """A count with its noun: `1 block`, `2 blocks`."""
    return f"{count} {thing}" + "s" * (count != 1)


def disk_bytes(job: Job, keep: Keep) -> int:
    """The bytes on disk that a program's checkpoints take at most."""
    every = job.settings.checkpoint_every
    at_once = most(-(-job.settings.epochs // every), every, keep)
    return at_once * len(job.settings.members) * job.program.state_bytes
