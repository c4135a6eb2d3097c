"""How fast the importance-weighted bound is, with PyTorch's usual loop beside it.

usage: python benchmarks/benchmark_iwae.py [--config=FILE[:VARIANT]]
                                            [--config.FIELD=VALUE ...] [--OPTION=VALUE ...]

  --config=...     data and network (configs/digits.py)
  --samples=K      importance samples per image (5000)
  --rounds=N       how often both are measured, in turn (5)
  --images=N       images of the PyTorch loop (60); the bound here takes the test split

The PyTorch loop takes one image at a time and its samples in batches: as pythae does, 100
at a time and the image encoded anew for each sample; or encoded once. Weights are random:
they do not change the time. Prints images per second, medians over rounds. PyTorch is
needed: pip install "torch==2.13.0".
"""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import numpy as np
from benchmark_tables import print_table, spread

from vae_jax.console import cli
from vae_jax.errors import UserError

LOOP = Path(__file__).with_name("torch_iwae.py")
LOOPS = (  # samples at a time, whether the image is encoded for each of them
    ("as pythae", 100, 1),
    ("encoding once", 100, 0),
    ("encoding once, all samples at once", 5_000, 0),
)


def main(arguments: Sequence[str]) -> None:
    """Measures the bound here and PyTorch's loops in turn, and prints a table."""
    parser = cli.Parser(usage=__doc__, allow_abbrev=False)
    parser.add_argument("--config", default="configs/digits.py")
    for name, default in (("samples", 5_000), ("rounds", 5), ("images", 60)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given, overrides = parser.parse_known_args(arguments)
    config = [f"--config={given.config}", *overrides, "--workdir=unused"]

    from vae_jax.pipeline.load_data import load_data
    from vae_jax.studies.study import resolve

    study = resolve(cli.parse_config(config, __doc__).config)
    settings, dataset = study.programs[0], load_data(study)[0]
    hidden = settings.model["network"].get("hidden", (256,))
    if len(hidden) != 1:
        raise UserError("the PyTorch loop has one hidden layer; the config another number")
    ours = own_rate(settings, dataset, given.samples)
    sizes = (dataset.train.shape[1], hidden[0], settings.max_latents)
    rates: dict[str, list[float]] = {"vae_jax": []}
    for i in range(given.rounds):
        print(f"round {i + 1} of {given.rounds}", file=sys.stderr, flush=True)
        rates["vae_jax"].append(ours())
        for kind, batch, again in LOOPS:
            for threads in (1, 2):
                name = f"PyTorch, {kind}, threads: {threads}"
                loop = (given.images, given.samples, batch, again, threads, *sizes)
                rates.setdefault(name, []).append(torch_rate(loop))
    fast = median(rates["vae_jax"])
    print_table(
        ["images per second", "median", "min - max", "vae_jax is"],
        [
            [name, *spread(values, 1), f"{fast / median(values):z.1f} x"]
            for name, values in rates.items()
        ],
    )


def own_rate(settings, dataset, samples: int):
    """A compiled measurement of the bound on the test split: images per second.

    Each call of it evaluates as many members at once as there are devices.
    """
    from concurrent.futures import ThreadPoolExecutor
    from functools import partial

    import jax

    from vae_jax.evaluation.estimators.iwae import iwae
    from vae_jax.evaluation.estimators.threefry import written_out
    from vae_jax.pipeline.job import prepare
    from vae_jax.training import devices, sweep

    devices.start()
    job = prepare(0, settings, dataset)
    model, all_devices = job.program.model, jax.local_devices()
    hparams = jax.tree.map(
        lambda leaf: leaf[-1], sweep.stack_hparams(settings.members, settings.max_latents)
    )
    compiled = jax.jit(partial(iwae, model, samples=samples))
    x = model.unit(dataset.test[: settings.max_images])
    params = model.init(jax.random.key(0), hparams)
    key = written_out(jax.random.key(1))  # as members have them
    inputs = [jax.device_put((params, x, key, hparams), d) for d in all_devices]
    call = lambda arrays: jax.block_until_ready(compiled(*arrays))

    def rate() -> float:
        with ThreadPoolExecutor(len(all_devices)) as pool:
            started = time.perf_counter()
            list(pool.map(call, inputs))
            return len(all_devices) * len(x) / (time.perf_counter() - started)

    rate()  # compiles
    return rate


def torch_rate(numbers: Sequence[int]) -> float:
    """Images per second of PyTorch's loop, in a process of its own.

    `numbers` are its arguments; a `UserError` has the last line of a failure.
    """
    command = [sys.executable, str(LOOP), *map(str, numbers)]
    child = subprocess.run(command, capture_output=True, text=True)
    if child.returncode:
        errors = child.stderr.strip().splitlines() or ["it ended early"]
        raise UserError(f"{LOOP.name}: {errors[-1]}")
    return float(np.float64(child.stdout))


if __name__ == "__main__":
    cli.run(main)
