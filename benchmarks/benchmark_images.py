"""Measures images on disk: reading a folder, the cache, training from pieces, and memory.

usage: python benchmarks/benchmark_images.py [--images=50000] [--rounds=3]
           [--torch-python=PATH] [--million]

  --images=N           how many PNG files of 32x32 in colour the folder has
  --rounds=N           how often each is measured, in turn
  --torch-python=PATH  a Python that has torchvision, for its rows
  --million            also trains on a million images under a limit of 2 GB

Every number is of a process of its own, imports left out; the table has medians.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

import vae_jax
from vae_jax.console import cli

HERE = Path(__file__).parent
CLASSES = 10
READ = """
import sys, time, vae_jax
vae_jax.load_data
began = time.perf_counter()
data = vae_jax.load_data(path=sys.argv[1])
print(time.perf_counter() - began, len(data.train) + len(data.test))
"""
TRAIN = """
import sys, time, numpy as np, jax, vae_jax
from vae_jax.models.model import spec_of
from vae_jax.studies.member import Member
from vae_jax.training import devices, sweep
from vae_jax.training.devices import choose_layout
from vae_jax.training.members import stacked
from vae_jax.training.pieces import Large
from vae_jax.types import Images

devices.start()
inside = vae_jax.load_data(path=sys.argv[1])
outside = vae_jax.load_data(path=sys.argv[1], memory=0.0)
spec = spec_of(inside, 16, network={"name": "mlp", "hidden": (256,)})
members = [Member(latents=16, seed=seed) for seed in range(4)]
program = sweep.build_program(spec, 128, choose_layout(4))
groups = sweep.split_groups(program, stacked(spec, members))
whole = sweep.share(program, Images(inside.train, ()))
large = sweep.share(program, Large(outside.train, (), outside.train[:1000]))
states = {}
for turn in range(1 + int(sys.argv[2])):
    for name, images in (("memory", whole), ("pieces", large)):
        live = [program.init(group) for group in groups]
        began = time.perf_counter()
        list(sweep.train_groups(program, live, images, groups, range(1)))
        seconds = time.perf_counter() - began
        states[name] = sweep.join_groups(live, 4)
        print(name, seconds if turn else "compiles", flush=True)
same = jax.tree.map(np.array_equal, states["memory"], states["pieces"])
print("same", jax.tree.all(same))
"""
MILLION = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (2_000_000_000,) * 2)
import time, numpy as np
from pathlib import Path
from vae_jax.data.dataset import make_dataset
from vae_jax.data.shards import Shards
from vae_jax.models.model import spec_of
from vae_jax.studies.member import Member
from vae_jax.training import devices, sweep
from vae_jax.training.devices import choose_layout
from vae_jax.training.members import stacked
from vae_jax.training.pieces import Large

devices.start()
folder, images, rows, width = Path(sys.argv[1]), 1_000_000, 2_730, 3_072
files = [folder / f"{i:05d}.npy" for i in range(-(-images // rows))]
for file in files:  # sparse: zeros take no room on disk
    np.lib.format.open_memmap(file, mode="w+", dtype=np.uint8, shape=(rows, width))
shards = Shards(files, rows, images, width, np.uint8)
data = make_dataset("million", shards, shards[:100], None, None, 256, shape=(32, 32, 3))
spec = spec_of(data, 2, network={"name": "mlp", "hidden": (8,)})
members = [Member(latents=2, seed=seed) for seed in (0, 1)]
program = sweep.build_program(spec, 128, choose_layout(2))
groups = sweep.split_groups(program, stacked(spec, members))
live = [program.init(group) for group in groups]
large = sweep.share(program, Large(shards, (), shards[:1000]))
began = time.perf_counter()
list(sweep.train_groups(program, live, large, groups, range(1)))
status = dict(line.split(":", 1) for line in open("/proc/self/status") if ":" in line)
kilobytes = [int(status[name].split()[0]) for name in ("VmPeak", "VmHWM")]
print(time.perf_counter() - began, *kilobytes)
"""


def main(arguments: Sequence[str]) -> None:
    """Makes the folder, measures in turn, and prints the table."""
    parser = cli.Parser(usage=__doc__)
    parser.add_argument("--images", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--torch-python", default="")
    parser.add_argument("--million", action="store_true")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "images")
        make(folder, given.images)
        reading(folder, Path(place), given.rounds, given.torch_python)
        training(folder, Path(place), given.rounds)
        if given.million:
            million(Path(place))


def make(folder: Path, count: int) -> None:
    """Writes PNG files of 32x32 in colour, patches of scikit-learn's two photographs."""
    patches = vae_jax.load_data("patches", size=32, count=max(count, 10))
    for i, row in enumerate(patches.train[:count]):
        own = folder / f"class_{i % CLASSES}"
        own.mkdir(parents=True, exist_ok=True)
        Image.fromarray(row.reshape(32, 32, 3)).save(own / f"{i:06d}.png")


def run(code: str, *arguments: object, cache: Path, python: str = sys.executable) -> str:
    """What a process prints: Python's `-c`, or a file's."""
    command = [python, *(["-c", code] if "\n" in code else [code]), *map(str, arguments)]
    paths = os.pathsep.join((str(HERE.parent), os.environ.get("PYTHONPATH", "")))
    environment = {**os.environ, "VAE_JAX_CACHE": str(cache), "PYTHONPATH": paths}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{done.stderr}\na process failed")
    return done.stdout


def reading(folder: Path, place: Path, rounds: int, torch_python: str) -> None:
    """The first time, torchvision, and from the cache, in turn."""
    seconds: dict[str, list[float]] = {"first": [], "cache": [], "torchvision": []}
    for turn in range(rounds):
        cache = place / f"cache_{turn}"
        for name in ("first", "cache"):
            seconds[name].append(float(run(READ, folder, cache=cache).split()[0]))
        if torch_python:
            script = str(HERE / "torch_images.py")
            theirs = run(script, folder, cache=cache, python=torch_python)
            seconds["torchvision"].append(float(theirs.split()[0]))
    told = {
        "first": "reading the folder, the first time",
        "cache": "the same from the cache",
        "torchvision": "torchvision's ImageFolder, DataLoader with 2 workers, one pass",
    }
    for name, found in seconds.items():
        if found:
            print(f"{told[name]}: {statistics.median(found):z.2f} s ({spread(found)})")
    if torch_python:
        ratios = [b / a for a, b in zip(seconds["first"], seconds["torchvision"])]
        print(f"torchvision / ours, in turn: {statistics.median(ratios):z.2f}", flush=True)


def training(folder: Path, place: Path, rounds: int) -> None:
    """One epoch of four members from memory and from pieces, in turn."""
    lines = run(TRAIN, folder, rounds, cache=place / "cache_0").split("\n")
    seconds: dict[str, list[float]] = {"memory": [], "pieces": []}
    for name, value in (line.split() for line in lines if line):
        if name in seconds and value != "compiles":
            seconds[name].append(float(value))
        elif name == "same":
            print(f"states from pieces and from memory are equal to the bit: {value}")
    for name, found in seconds.items():
        print(f"an epoch from {name}: {statistics.median(found):z.2f} s ({spread(found)})")
    ratios = [b / a for a, b in zip(seconds["memory"], seconds["pieces"])]
    print(f"pieces / memory, in turn: {statistics.median(ratios):z.3f}", flush=True)


def million(place: Path) -> None:
    """One epoch of a million colour images in a process that may map 2 GB."""
    (place / "million").mkdir()
    began = time.perf_counter()
    seconds, mapped, held = map(float, run(MILLION, place / "million", cache=place).split())
    print(
        f"a million images of 32x32x3, one epoch of two members under a limit of 2 GB: "
        f"{seconds:z.0f} s of {time.perf_counter() - began:z.0f} s; mapped at most "
        f"{mapped * 1024 / 1e9:z.2f} GB, in memory {held * 1024 / 1e9:z.2f} GB"
    )


def spread(values: Sequence[float]) -> str:
    """The least and the most: `1.20 to 1.50`."""
    return f"{min(values):z.2f} to {max(values):z.2f}"


if __name__ == "__main__":
    cli.run(main)
