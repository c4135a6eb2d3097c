"""Measures how fast convolutional networks train, beside the library's and PyTorch's.

usage: python benchmarks/benchmark_networks.py [--networks=conv,resnet] [--rounds=3]
           [--torch-python=PATH]

  --networks=LIST      which networks: conv (28x28), resnet (32x32 in colour)
  --rounds=N           how often each is measured, in turn
  --torch-python=PATH  a Python that has PyTorch, for its rows

Every number is of a process of its own, compilation left out; the table has medians.
"""

import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from vae_jax.console import cli

HERE = Path(__file__).parent
SECONDS = 8.0  # of a PyTorch loop
LIBRARY = ("conv",)  # with XLA's convolutions too; a resnet was not done in 7 minutes
TORCH = {"1 thread": (1, 1), "2 threads": (2, 1), "2 processes": (1, 2)}
OURS = """
import sys, time, numpy as np
from functools import partial
from jax import lax
from vae_jax.models.layers import products
from vae_jax.models.model import spec_of
from vae_jax.data.dataset import make_dataset
from vae_jax.studies.member import Member
from vae_jax.training import devices, sweep
from vae_jax.training.members import Training, stacked

if sys.argv[2] == "library":
    lax.platform_dependent = lambda *arrays, cpu, default: default(*arrays)
devices.start()
shape, count = {"conv": ((28, 28, 1), 2560), "resnet": ((32, 32, 3), 512)}[sys.argv[1]]
count = count // 4 if sys.argv[2] == "library" else count
pixels = np.random.default_rng(0).integers(0, 256, (count, int(np.prod(shape))), np.uint8)
data = make_dataset("noise", pixels, pixels[:128], None, None, 256, shape=shape)
spec = spec_of(data, 8, network={"name": sys.argv[1]})
members = [Member(latents=8, seed=seed) for seed in range(4)]
program = sweep.build_program(spec, 128, devices.choose_layout(4))
training = Training(program, stacked(spec, members), data.train)
training.advance(1)
began = time.perf_counter()
training.advance(2)
print(2 * 4 * count / (time.perf_counter() - began))
"""


def main(arguments: Sequence[str]) -> None:
    """Measures every row in turn and prints the table."""
    parser = cli.Parser(usage=__doc__)
    parser.add_argument("--networks", default="conv,resnet")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--torch-python", default="")
    given = parser.parse_args(arguments)
    for name in given.networks.split(","):
        rates: dict[str, list[float]] = {}
        for _ in range(given.rounds):
            for row, rate in measured(name, given.torch_python):
                rates.setdefault(row, []).append(rate)
        tell(name, rates)


def measured(name: str, torch_python: str):
    """Each row's name and images per second, once."""
    for how in ("ours", *(["library"] if name in LIBRARY else [])):
        yield how, once([sys.executable, "-c", OURS, name, how], 1)
    if torch_python:
        for row, (threads, processes) in TORCH.items():
            script = [torch_python, HERE / "torch_networks.py", name, threads, SECONDS]
            yield f"PyTorch, {row}", once(script, processes)


def once(command: Sequence[object], processes: int) -> float:
    """Images per second of some processes that train side by side, added up."""
    paths = os.pathsep.join((str(HERE.parent), os.environ.get("PYTHONPATH", "")))
    options = {"text": True, "env": {**os.environ, "PYTHONPATH": paths}}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with ExitStack() as stack:
        started = [
            stack.enter_context(
                subprocess.Popen([str(part) for part in command], **pipes, **options)
            )
            for _ in range(processes)
        ]
        first = [process.stdout.readline().strip() for process in started]
        if first[0] != "ready":
            return sum(map(float, first))
        for process in started:
            process.stdin.write("go\n")
            process.stdin.flush()
        return sum(float(process.stdout.readline()) for process in started)


def tell(name: str, rates: dict[str, list[float]]) -> None:
    """Prints medians, the least and the most, and ratios within each round."""
    print(f"{name}, images per second")
    for row, found in rates.items():
        ratios = [ours / other for ours, other in zip(rates["ours"], found)]
        print(
            f"  {row}: {statistics.median(found):z.0f} ({min(found):z.0f} to "
            f"{max(found):z.0f}); ours is {statistics.median(ratios):z.2f} times as fast",
            flush=True,
        )


if __name__ == "__main__":
    cli.run(main)
