"""What figures and the explorer are made of: pictures, codes, decoders; a file a kind."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from threadpoolctl import threadpool_limits

from vae_jax.console.interrupt import Interrupt
from vae_jax.data.dataset import Dataset
from vae_jax.evaluation.fitted_samplers import fits, mixture_components
from vae_jax.evaluation.pictures import CODES, chosen_images, pictures
from vae_jax.evaluation.trained_member import TrainedMember
from vae_jax.keys import Stream, member_key
from vae_jax.pipeline.evaluate_block import STOPPED, Assessor, trained_member, workers
from vae_jax.pipeline.job import Job, SavedBlock
from vae_jax.portable.graph import Graph, as_json
from vae_jax.portable.trace import named_leaves, trace
from vae_jax.runs import directory
from vae_jax.runs.integrity import KINDS, OPTIONAL, SHARED
from vae_jax.storage import arrays, files, seals


def decoder_graph(job: Job) -> Graph:
    """The graph of E[x|z], [1 D], as a function of the parameters and of one z [1 K]."""
    model = job.program.model
    hparams = jax.tree.map(lambda leaf: leaf[0], job.stacked_hparams(0))
    params = jax.eval_shape(model.init, jax.random.key(0), hparams)
    z = jnp.zeros((1, job.settings.max_latents))
    return trace(lambda p, z: model.likelihood.mean(model.decode(p, z)), params, z)


def draw_program(assessor: Assessor, arrays_dir: Path) -> None:
    """Writes what a program's members share: test images, and the graph of E[x|z].

    Images are bytes [N D], 0 to 255 across the span that pictures draw; the weights of the
    graph are each member's own.
    """
    x = np.asarray(next(iter(assessor.images.values()))["test"][:CODES])
    low, high = assessor.job.dataset.span
    shares = np.clip((x - low) / (high - low), 0.0, 1.0)
    images = np.round(255.0 * shares).astype(np.uint8)
    arrays.write_arrays(arrays_dir / directory.IMAGES, {"test": images})
    files.write_json(arrays_dir / directory.DECODER, as_json(decoder_graph(assessor.job)))
    seals.seal(arrays_dir, SHARED)


def draw_block(
    assessor: Assessor, saved: SavedBlock, arrays_dir: Path, interrupt: Interrupt
) -> None:
    """Writes the arrays of a block's members, [M, ...], a file for each kind, and the seal.

    Snapshots of their training that lie there already are sealed with them. As many
    members at a time as there are cores, while BLAS keeps to one thread.
    """
    job, device = assessor.job, next(iter(assessor.images))
    names = decoder_graph(job).parameters
    components = mixture_components(job.settings.metrics)

    def draw(position: int) -> dict[str, dict]:
        interrupt.check(STOPPED)
        member = trained_member(assessor, saved, position, device)
        images = drawn(member, job.dataset, assessor.images[device]["test"])
        own = {"weights": decoder_weights(member, names), "fits": fits(member, components)}
        return {**images, **own}

    with threadpool_limits(1), ThreadPoolExecutor(workers()) as pool:
        parts = list(pool.map(draw, range(len(job.blocks[saved.block]))))
    stacked = jax.tree.map(lambda *leaves: np.stack(leaves), *parts)
    if job.dataset.test_labels is not None:
        count = stacked["codes"]["mean"].shape[1]
        stacked["codes"]["labels"] = job.dataset.test_labels[:count]
    originals = assessor.images[device]["test"][chosen_images(job.dataset)]
    stacked["reconstructions"]["originals"] = np.asarray(originals, np.float16)
    for kind in KINDS:
        arrays.write_arrays(arrays_dir / f"{kind}.npz", stacked[kind])
    written = [f"{kind}.npz" for kind in (*KINDS, *OPTIONAL)]
    seals.seal(arrays_dir, [name for name in written if (arrays_dir / name).exists()])


def decoder_weights(member: TrainedMember, names: Iterable[str]) -> dict[str, np.ndarray]:
    """A member's arrays of some names, those of the decoder's graph."""
    leaves = named_leaves(member.params)
    return {name: np.asarray(leaves[name]) for name in names}


def drawn(member: TrainedMember, dataset: Dataset, x: jax.Array) -> dict[str, dict]:
    """A member's pictures, pixels in [0, 1] as float16, and the codes of images x [N D]."""
    key = member_key(member.hparams, Stream.PICTURES)
    outputs = member.run(pictures, x[chosen_images(dataset)], x, key)
    half = lambda name: {"images": np.asarray(outputs[name], np.float16)}
    return {
        "reconstructions": half("reconstructions"),
        "samples": half("samples"),
        "interpolations": half("interpolation"),
        "codes": {"mean": outputs["code_mean"], "log_var": outputs["code_log_var"]},
    }
