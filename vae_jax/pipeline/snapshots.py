"""Codes and decoders as they were while members trained, from the checkpoints kept.

A run with `--keep=every:N` has them, of the first seed of each setting. An epoch whose
checkpoint is gone or damaged is left out.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from vae_jax.console.interrupt import Interrupt
from vae_jax.console.screen import say
from vae_jax.pipeline.evaluate_block import STOPPED, Assessor, trained_member, workers
from vae_jax.pipeline.job import Job, SavedBlock
from vae_jax.pipeline.pictures import decoder_graph, decoder_weights, drawn
from vae_jax.runs import checkpoints, directory
from vae_jax.runs.pictures import WEIGHT
from vae_jax.runs.summary import by_setting, evenly
from vae_jax.storage import arrays, seals

MOST = 12  # epochs


def draw_snapshots(
    assessor: Assessor, saved: SavedBlock, workdir: Path, interrupt: Interrupt
) -> None:
    """Writes a block's snapshots unless they are there; the block's seal comes after.

    Where nothing was kept but the end of training there are none. Those that are whole
    stay: more epochs may be in them than checkpoints are left.
    """
    job = assessor.job
    block_dir = workdir / directory.ARRAYS / directory.block_name(job.number, saved.block)
    file = block_dir / directory.SNAPSHOTS
    if file.name in seals.whole(block_dir):
        return
    file.unlink(missing_ok=True)
    positions, chosen = first_seeds(job, saved.block), kept_epochs(job, saved, workdir)
    if not positions or not chosen:
        return
    names, epochs, found = decoder_graph(job).parameters, [], []
    for kept in chain(kept_blocks(job, saved, chosen, workdir), [saved]):
        epochs.append(kept.epoch)
        found.append(snapshot(assessor, kept, positions, names, interrupt))
    if len(epochs) > 1:
        stacked = {
            name: np.stack([one[name] for one in found], axis=1) for name in found[0]
        }
        own = {"epochs": np.array(epochs), "members": np.array(positions)}
        arrays.write_arrays(file, {**own, **stacked})


def first_seeds(job: Job, block: int) -> list[int]:
    """The positions in a block of the members that are the first of their setting."""
    firsts = {numbers[0] for numbers in by_setting(job.settings.members).values()}
    return [at for at, member in enumerate(job.blocks[block]) if member in firsts]


def kept_epochs(job: Job, saved: SavedBlock, workdir: Path) -> list[int]:
    """The epochs before the end whose snapshots are made; with the end, `MOST` at most."""
    every = directory.kept_every(workdir)
    there = checkpoints.epochs(job.checkpoints(workdir, saved.block)) if every else []
    kept = [epoch for epoch in there if epoch % every == 0 and epoch < saved.epoch]
    return evenly([*kept, saved.epoch], MOST)[:-1]


def kept_blocks(
    job: Job, saved: SavedBlock, chosen: Sequence[int], workdir: Path
) -> Iterator[SavedBlock]:
    """A block of members after each of the chosen epochs whose checkpoint is whole."""
    checkpoint_dir = job.checkpoints(workdir, saved.block)
    template = job.states_template(saved.block)
    for epoch in chosen:
        states = checkpoints.at(checkpoint_dir, epoch, template)
        if states is None:
            say(f"{checkpoint_dir / str(epoch)}: damaged; no snapshot is made of it")
        else:
            yield SavedBlock(saved.block, epoch, states)


def snapshot(
    assessor: Assessor,
    kept: SavedBlock,
    positions: Sequence[int],
    names: Iterable[str],
    interrupt: Interrupt,
) -> dict[str, np.ndarray]:
    """The codes and decoder weights of a block's members at some positions, `[M ...]`.

    `names` are those of the weights.
    """
    device = next(iter(assessor.images))

    def take(position: int) -> dict[str, np.ndarray]:
        interrupt.check(STOPPED)
        member = trained_member(assessor, kept, position, device)
        images = assessor.images[device]["test"]
        codes = drawn(member, assessor.job.dataset, images)["codes"]
        weights = decoder_weights(member, names)
        return codes | {f"{WEIGHT}{name}": leaf for name, leaf in weights.items()}

    with threadpool_limits(1), ThreadPoolExecutor(workers()) as pool:
        parts = list(pool.map(take, positions))
    return {name: np.float32(np.stack([one[name] for one in parts])) for name in parts[0]}
