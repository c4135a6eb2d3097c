"""One sweep in a process of its own, measured. `benchmark.py` runs it.

usage: python benchmarks/benchmark_child.py --config=FILE[:VARIANT] --members=N --epochs=N
                             [--devices=N --width=N] [--product] [--images=FILE.npy]

  --devices, --width  the layout, instead of what the machine would choose
  --product           also the rate of a large matrix product
  --images            where to put the training images, as PyTorch wants them

The sweep is driven block by block, as a run is, but nothing is saved. Prints one line of
JSON.
"""

import json
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from unittest import mock

import jax
import jax.numpy as jnp
import numpy as np

from vae_jax.console import cli
from vae_jax.data.dataset import Dataset
from vae_jax.pipeline import job as pipeline_job
from vae_jax.pipeline.job import Job
from vae_jax.pipeline.load_data import load_data
from vae_jax.studies.study import ProgramSettings, resolve
from vae_jax.training import devices
from vae_jax.training.devices import Layout
from vae_jax.training.members import Training

PRODUCTS = 20
MIB = 2**20 if sys.platform == "darwin" else 2**10  # of `ru_maxrss`


def main(arguments: Sequence[str]) -> None:
    """Compiles and trains a sweep; prints the seconds and MiB it took, and rates."""
    parser = cli.Parser(usage=__doc__, allow_abbrev=False)
    parser.add_argument("--members", type=int, required=True)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--devices", type=int)
    parser.add_argument("--width", type=int)
    parser.add_argument("--product", action="store_true")
    parser.add_argument("--images", type=Path)
    given, config = parser.parse_known_args(arguments)
    settings, dataset = read(config, given.members)
    prepared = prepare(settings, dataset, given.devices, given.width)
    compile_seconds = first_call(prepared)
    train_seconds = train(prepared, given.epochs)
    print(json.dumps(record(prepared, compile_seconds, train_seconds, given)))


def read(config: Sequence[str], members: int) -> tuple[ProgramSettings, Dataset]:
    """The config's first program, with as many members as asked, and its data."""
    study = resolve(cli.parse_config([*config, "--workdir=unused"], __doc__).config)
    settings = study.programs[0]
    # With patience, how long a member trains would depend on how it fares.
    settings = settings._replace(
        members=[
            settings.members[i % len(settings.members)]._replace(seed=i)
            for i in range(members)
        ],
        numbers=list(range(members)),
        patience=0,
    )
    return settings, load_data(study._replace(programs=[settings]))[0]


def prepare(
    settings: ProgramSettings, dataset: Dataset, device_count: int | None, width: int | None
) -> Job:
    """The job, with the layout that was asked for or the one that suits the machine."""
    devices.start()
    if device_count is None or width is None:
        return pipeline_job.prepare(0, settings, dataset)
    jax.config.update("jax_num_cpu_devices", device_count)
    layout = Layout(jax.default_backend(), device_count, width)
    with mock.patch.object(pipeline_job, "choose_layout", lambda members: layout):
        return pipeline_job.prepare(0, settings, dataset)


def first_call(job: Job) -> float:
    """Seconds until the first group is initialised and has trained for no epochs at all."""
    first = jax.tree.map(
        lambda leaf: leaf[: job.program.layout.group], job.stacked_hparams(0)
    )
    started = time.perf_counter()
    Training(job.program, first, job.dataset.train).advance(0)
    return time.perf_counter() - started


def train(job: Job, epochs: int) -> float:
    """Seconds to train every member, from initialisation to states in host memory."""
    started = time.perf_counter()
    for block in range(len(job.blocks)):
        train_block(job, block, epochs)
    return time.perf_counter() - started


def train_block(job: Job, block: int, epochs: int) -> None:
    """Trains a block as `pipeline/train_block.py` does, and drops it on return."""
    training = Training(job.program, job.stacked_hparams(block), job.dataset.train)
    for done in range(0, epochs, job.settings.log_every):
        training.advance(min(job.settings.log_every, epochs - done))
    training.states()


def count_weights(job: Job) -> int:
    """Entries of a member's kernels, which matrix products work on; not of its biases."""
    shapes = jax.eval_shape(job.program.init, job.hparams(0)[0]).params
    kernels = [leaf for leaf in jax.tree.leaves(shapes) if leaf.ndim == 3]
    return sum(kernel.size // kernel.shape[0] for kernel in kernels)


def product_gflops(layout: Layout) -> float:
    """GFLOP/s of a float32 product of two 2048 x 2048 matrices on the whole machine."""
    a = jax.random.normal(jax.random.key(0), (2048, 2048))
    product = jax.jit(jnp.dot)
    product(a, a).block_until_ready()
    started = time.perf_counter()
    for _ in range(PRODUCTS):
        answer = product(a, a)
    answer.block_until_ready()
    rate = PRODUCTS * 2 * 2048**3 / (time.perf_counter() - started) / 1e9
    # One CPU device already computes on every core; other devices only on their own.
    return rate if layout.platform == "cpu" else rate * layout.devices


def record(job: Job, compile_seconds: float, train_seconds: float, given) -> dict:
    """What `benchmark.py` reads of a sweep: seconds, MiB, counts, layout and GFLOP/s."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB  # before what follows
    if given.images:
        np.save(given.images, np.asarray(job.program.model.unit(job.dataset.train)))
    return {
        "compile_seconds": compile_seconds,
        "train_seconds": train_seconds,
        "peak_mib": peak,
        "blocks": len(job.blocks),
        "epoch_examples": len(job.dataset.train),
        "flops_per_example": 6 * count_weights(job),
        "layout": job.program.layout._asdict(),
        "device": jax.local_devices()[0].device_kind,
        "product_gflops": product_gflops(job.program.layout) if given.product else None,
    }


if __name__ == "__main__":
    cli.run(main)
