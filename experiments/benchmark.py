"""How fast a sweep trains, beside a plain PyTorch loop, measured in turn in one run.

usage: python experiments/benchmark.py [--members=N] [--epochs=N] [--rounds=N]
                                       [--config=FILE[:VARIANT]] [--out=FILE.json]

  --members=N  members of the sweep (96)
  --epochs=N   epochs of each (100)
  --rounds=N   how often everything is measured (5)
  --config=... whose data, network and batch size to use (configs/digits.py)
  --out=FILE   where the numbers go (benchmark.json)

Throughput is in member-epochs per second; the model's matrix products (6 x weights x
examples) give GFLOP/s. The ratios count the sweep with its compilation. Without PyTorch its
rows are left out: pip install "torch==2.13.0".
"""

import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from vae_jax import cli, registry, runs
from vae_jax.datasets import DATASETS
from vae_jax.record import package_versions
from vae_jax.study import resolve

LOOP = Path(__file__).with_name("torch_loop.py")
PRODUCT, SWEEP = "2048^3 matrix product", "sweep"
TORCH_SECONDS = 3.0  # about how long each PyTorch measurement lasts


class Measured(NamedTuple):
    """The rates of one row, one per round."""

    name: str
    rates: list[float]

    @property
    def middle(self) -> float:
        """The median."""
        return median(self.rates)


def main(arguments: Sequence[str]) -> None:
    """Measures each row once per round, in turn, and prints medians and spreads."""
    parser = cli.Parser(usage=__doc__)
    parser.add_argument("--members", type=int, default=96)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--config", default="configs/digits.py")
    parser.add_argument("--out", type=Path, default=Path("benchmark.json"))
    given, overrides = parser.parse_known_args(arguments)
    config = ["--config", given.config, "--workdir", "unused", *overrides]
    study = resolve(cli.parse_config(config, __doc__).config)
    dataset = registry.build(DATASETS, "dataset", study.dataset)

    from vae_jax import sweep

    sweep.use_all_cores()
    sweep_rate, weights, compile_seconds = prepare_sweep(study, dataset, given)
    flops = 6 * weights * (len(dataset.train) // study.batch_size) * study.batch_size
    rows: dict[str, Callable[[], float]] = {
        PRODUCT: matrix_product_rate,
        SWEEP: sweep_rate,
    }
    if importlib.util.find_spec("torch"):
        rows |= torch_rows(study, dataset)
    found = {name: Measured(name, []) for name in rows}
    for _ in range(given.rounds):
        for name, measure in rows.items():
            found[name].rates.append(measure())
    report(found, flops, compile_seconds, given)


def prepare_sweep(study, dataset, given) -> tuple[Callable[[], float], int, float]:
    """A function that trains the sweep and returns member-epochs per second, compiled.

    Also the number of weights (biases aside), and the seconds compilation took.
    """
    import jax

    from vae_jax import pipeline, sweep

    members = [
        study.members[i % len(study.members)]._replace(seed=i) for i in range(given.members)
    ]
    program = pipeline.prepare(study, dataset)
    hparams = sweep.stack_hparams(members, study.max_latents)
    groups = sweep.split_groups(program, hparams)
    data = sweep.share(program, dataset.train)
    started = time.perf_counter()
    states = [program.init(group) for group in groups[:1]]
    for _ in sweep.train_groups(program, states, data, groups[:1], 0):
        pass
    compile_seconds = time.perf_counter() - started
    kernels = [leaf for leaf in jax.tree.leaves(states[0].params) if leaf.ndim == 3]
    weights = sum(kernel.size // kernel.shape[0] for kernel in kernels)

    def rate() -> float:
        states = [program.init(group) for group in groups]
        jax.block_until_ready(states)
        started = time.perf_counter()
        for _ in range(0, given.epochs, study.log_every):
            for _ in sweep.train_groups(program, states, data, groups, study.log_every):
                pass
        epochs = -(-given.epochs // study.log_every) * study.log_every
        return len(members) * epochs / (time.perf_counter() - started)

    return rate, weights, compile_seconds


def matrix_product_rate() -> float:
    """GFLOP/s of a float32 product of two 2048 x 2048 matrices."""
    import jax
    import jax.numpy as jnp

    a = jax.random.normal(jax.random.key(0), (2048, 2048))
    product = jax.jit(jnp.dot)
    product(a, a).block_until_ready()
    started = time.perf_counter()
    for _ in range(20):
        product(a, a).block_until_ready()
    return 20 * 2 * 2048**3 / (time.perf_counter() - started) / 1e9


def torch_rows(study, dataset) -> dict[str, Callable[[], float]]:
    """Loops with 1 and 2 threads, and two loops at once, in member-epochs per second."""
    import numpy as np

    file = Path(tempfile.mkdtemp()) / "train.npy"
    scale = max(dataset.levels - 1, 1)
    np.save(file, dataset.train.astype(np.float32) / np.float32(scale))
    examples = len(dataset.train) * dataset.train.shape[1]
    epochs = max(1, round(TORCH_SECONDS * 3e6 / examples))

    def rate(threads: int, processes: int) -> float:
        command = [sys.executable, LOOP, threads, epochs, file]
        command += [study.batch_size, study.max_latents, *study.model["network"]["hidden"]]
        running = [
            subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, text=True)
            for _ in range(processes)
        ]
        return sum(float(process.communicate()[0]) for process in running)

    return {
        "PyTorch loop, 1 thread": lambda: rate(1, 1),
        "PyTorch loop, 2 threads": lambda: rate(2, 1),
        "two PyTorch loops at once": lambda: rate(1, 2),
    }


def report(found: dict[str, Measured], flops: int, compile_seconds: float, given) -> None:
    """Prints the table and writes the JSON."""
    peak = found.pop(PRODUCT)
    total = given.members * given.epochs
    seconds = total / found[SWEEP].middle
    whole = total / (seconds + compile_seconds)
    print(f"{'member-epochs per second':28}{'median':>9}{'min':>9}{'max':>9}{'GFLOP/s':>9}")
    for row in found.values():
        spread = f"{row.middle:9.1f}{min(row.rates):9.1f}{max(row.rates):9.1f}"
        ratio = "" if row.name == SWEEP else f"   the sweep is {whole / row.middle:.1f}x"
        print(f"{row.name:28}{spread}{row.middle * flops / 1e9:9.1f}{ratio}")
    print(f"{PRODUCT:28}{'':27}{peak.middle:9.1f}")
    share = found[SWEEP].middle * flops / 1e9 / peak.middle
    print(
        f"\nThe sweep reaches {share:.0%} of the matrix-product rate. Its compilation "
        f"takes {compile_seconds:.1f} s, then {seconds:.0f} s of training."
    )
    record = {
        "member_epochs_per_second": {row.name: row.rates for row in found.values()},
        "matrix_product_gflops": peak.rates,
        "flops_per_member_epoch": flops,
        "fraction_of_matrix_product": share,
        "compile_seconds": compile_seconds,
        "members": given.members,
        "epochs": given.epochs,
        "versions": package_versions(),
        "cores": os.cpu_count(),
    }
    runs.write_json(given.out, record)


if __name__ == "__main__":
    cli.run(main)
