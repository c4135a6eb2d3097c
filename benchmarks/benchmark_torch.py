"""The PyTorch rows of the benchmark: how `torch_loop.py` is started and what it says."""

import importlib.util
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from vae_jax.errors import UserError
from vae_jax.studies.study import ProgramSettings

LOOP = Path(__file__).with_name("torch_loop.py")
LOADERS = {"dataloader": "DataLoader", "memory": "tensors in memory"}
RUNS = {  # threads of each process, and processes
    "1 thread": (1, 1),
    "2 threads": (2, 1),
    "2 processes": (1, 2),
}


def why_not(settings: ProgramSettings, seconds: float) -> str:
    """Why PyTorch has no rows in the benchmark; empty if it has."""
    if not seconds > 0:
        return f"--torch-seconds={seconds:zg}"
    if not importlib.util.find_spec("torch"):
        return 'it is not installed: pip install "torch==2.13.0"'
    network = settings.model["network"]
    if network["name"] != "mlp" or len(network.get("hidden", (256,))) != 1:
        return "its loop has an MLP with one hidden layer on each side, the config another"
    return ""


def rows(
    settings: ProgramSettings, images: Path, layout: dict, given
) -> Iterator[tuple[str, Callable[[], float]]]:
    """Each row's name, and what measures it: member-epochs per second, all processes."""
    (hidden,) = settings.model["network"].get("hidden", (256,))
    sizes = (settings.batch_size, settings.max_latents, hidden)
    # On the card that the sweep is on, and on the processor if it is there.
    device = "cpu" if layout["platform"] == "cpu" else "auto"
    for loader, name in LOADERS.items():
        for how, (threads, processes) in RUNS.items():
            command = [LOOP, loader, threads, given.torch_seconds, device, images, *sizes]
            yield f"PyTorch, {name}, {how}", partial(rate, command, processes)


def rate(command: list, processes: int) -> float:
    """Epochs per second, added up over some loops that start together.

    A `UserError` has the last line of a loop that fails.
    """
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    command = [sys.executable, *map(str, command)]
    with ExitStack() as stack:
        loops = [
            stack.enter_context(subprocess.Popen(command, text=True, **pipes))
            for _ in range(processes)
        ]
        for loop in loops:
            if loop.stdout.readline().strip() != "ready":
                errors = loop.stderr.read().strip().splitlines() or ["it ended early"]
                raise UserError(f"{LOOP.name}: {errors[-1]}")
        for loop in loops:
            loop.stdin.write("go\n")
            loop.stdin.flush()
        return sum(float(loop.stdout.readline().split()[0]) for loop in loops)
