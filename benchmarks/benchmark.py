"""How fast a sweep trains and compiles, how it scales, and PyTorch beside it, in one run.

usage: python benchmarks/benchmark.py [--config=FILE[:VARIANT]] [--config.FIELD=VALUE ...]
                                       [--where | --layouts] [--OPTION=VALUE ...]

  --config=...         data, network and batch size (configs/digits.py)
  --rounds=N           how often everything is measured, in turn (5)
  --members=N          members of the sweep (64)
  --epochs=N           epochs of each (100)
  --torch-seconds=S    how long each PyTorch loop is timed (1.5); 0 leaves PyTorch out
  --scaling=N,N,...    members of the sweeps that show how time and memory grow
                       (16,64,256,1024); "" leaves them out
  --scaling-epochs=N   epochs of each of those (20)
  --scaling-rounds=N   how often those sweeps are measured, and those of --memory (1)
  --memory=N,N,...     epochs of 16 members whose memory is compared (10,1000); "" for none
  --out=FILE           where the numbers go (benchmark.json; with a switch, -where or
                       -layouts is added to the name)
  --where              only: what the parts of a training step cost
  --layouts            only: GFLOP/s by devices and members per device
  --widths=N,N,...     members per device there (1,2,4,8; off the CPU 16,64,256,1024)

MNIST takes some 300 times as long: --config=configs/mnist.py --config.dataset.path=DIR
--epochs=1 --scaling=16,64 --scaling-epochs=1 --memory=1,5 suits a CPU.

GFLOP/s count the model's own matrix products, 6 x weights x examples. Every measurement has
a process of its own: this one holds neither data nor device. Each library has its default
precision for float32, which on a GPU is not the same. Without PyTorch its rows are left
out: pip install "torch==2.13.0".
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import benchmark_tables as tables
from benchmark_torch import rows, why_not

from vae_jax.console import cli
from vae_jax.environment import package_versions
from vae_jax.errors import UserError
from vae_jax.storage import files
from vae_jax.studies.study import resolve

HERE = Path(__file__).parent
FEW = 16  # members: of the memory check, and at least of each layout
WIDTHS = {"cpu": (1, 2, 4, 8)}
ACCELERATOR_WIDTHS = (16, 64, 256, 1024)


def main(arguments: Sequence[str]) -> None:
    """Measures what was asked for, prints tables, writes all numbers to one JSON file."""
    given, config = parse(arguments)
    study = resolve(cli.parse_config([*config, "--workdir=unused"], __doc__).config)
    switch = "where" if given.where else "layouts" if given.layouts else ""
    out = given.out or Path("-".join(filter(None, ("benchmark", switch))) + ".json")
    if not out.parent.is_dir():  # known now, not after minutes
        raise UserError(f"--out: {out.parent} is not a directory")
    with TemporaryDirectory() as temporary:
        run = Children(config, Path(temporary))
        if given.where:
            measured = where(given, run)
        elif given.layouts:
            measured = layouts(given, run)
        else:
            measured = throughput(given, run, study.programs[0])
            if given.scaling or given.memory:
                measured |= scaling(given, run)
    settings = {k: v for k, v in vars(given).items() if k != "out"}
    machine = {"versions": package_versions(), "cores": os.cpu_count()}
    files.write_json(out, {"settings": settings, "config": config, **machine, **measured})
    print(f"\n{out}")


def parse(arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """The benchmark's own options, and the arguments that are for the config."""
    parser = cli.Parser(usage=__doc__, allow_abbrev=False)
    parser.add_argument("--config", default="configs/digits.py")
    for name, default in (("rounds", 5), ("members", 64), ("epochs", 100)):
        parser.add_argument(f"--{name}", type=count, default=default)
    parser.add_argument("--torch-seconds", type=float, default=1.5)
    parser.add_argument("--scaling", type=counts, default=[16, 64, 256, 1024])
    parser.add_argument("--scaling-epochs", type=count, default=20)
    parser.add_argument("--scaling-rounds", type=count, default=1)
    parser.add_argument("--memory", type=counts, default=[10, 1000])
    parser.add_argument("--out", type=cli.path)
    switches = parser.add_mutually_exclusive_group()
    switches.add_argument("--where", action="store_true")
    switches.add_argument("--layouts", action="store_true")
    parser.add_argument("--widths", type=counts)
    given, overrides = parser.parse_known_args(arguments)
    return given, [f"--config={given.config}", *overrides]


def count(text: str) -> int:
    """The whole number above 0 that an option's text holds; else an argparse error."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def counts(text: str) -> list[int]:
    """The whole numbers above 0 of an option's text, split at commas."""
    return [count(part) for part in text.split(",") if part]


class Children:
    """Starts the processes that measure, each with the same config."""

    def __init__(self, config: Sequence[str], place: Path) -> None:
        """`place` is a directory for compiled programs and the images for PyTorch."""
        self.config, self.place = config, place
        self.images = place / "images.npy"

    def sweep(self, members: int, epochs: int, *options: str, cache: str = "cache") -> dict:
        """What one sweep measured; `cache` names the directory of compiled programs."""
        sizes = (f"--members={members}", f"--epochs={epochs}")
        return self.start("benchmark_child.py", *sizes, *options, cache=cache)

    def start(self, script: str, *options: str, cache: str = "cache") -> dict:
        """The JSON that a script prints; a `UserError` has the last line of a failure."""
        child = subprocess.run(
            [sys.executable, str(HERE / script), *options, *self.config],
            env={**os.environ, "JAX_COMPILATION_CACHE_DIR": str(self.place / cache)},
            capture_output=True,
            text=True,
        )
        if child.returncode:
            error = child.stderr.strip() or f"exit status {child.returncode}"
            raise UserError(error.splitlines()[-1].removeprefix(f"{script}: error: "))
        return json.loads(child.stdout.splitlines()[-1])


def throughput(given, run: Children, settings) -> dict:
    """Member-epochs and compile seconds of sweeps, and PyTorch's rates, round by round."""
    without = why_not(settings, given.torch_seconds)
    rates: dict[str, list[float]] = {tables.TRAINING: [], tables.WHOLE: []}
    compiling: dict[str, list[float]] = {name: [] for name in tables.BARS}
    products = []
    for i in range(given.rounds):
        tell(f"round {i + 1} of {given.rounds}")
        options = ("--product", f"--images={run.images}")
        cold = run.sweep(given.members, given.epochs, *options, cache=f"cache_{i}")
        cached = run.sweep(given.members, 0, cache=f"cache_{i}")
        for name, sweep in zip(tables.BARS, (cold, cached)):
            compiling[name].append(sweep["compile_seconds"])
        member_epochs, seconds = given.members * given.epochs, cold["train_seconds"]
        rates[tables.TRAINING].append(member_epochs / seconds)
        rates[tables.WHOLE].append(member_epochs / (seconds + cold["compile_seconds"]))
        products.append(cold["product_gflops"])
        if not without:
            for name, measure in rows(settings, run.images, cold["layout"], given):
                rates.setdefault(name, []).append(measure())
    measured = {
        "layout": cold["layout"],
        "device": cold["device"],
        "member_epochs_per_second": rates,
        "examples_per_member_epoch": cold["epoch_examples"],
        "flops_per_example": cold["flops_per_example"],
        "product_gflops": products,
        "compile_seconds": compiling,
    }
    tables.print_throughput(measured, without)
    return measured


def scaling(given, run: Children) -> dict:
    """Seconds per member and peak MiB of sweeps of several sizes and lengths."""
    cases = [(members, given.scaling_epochs) for members in given.scaling]
    cases += [(FEW, epochs) for epochs in given.memory]
    warm(run, {members for members, _ in cases})
    measurements = [
        {"members": m, "epochs": e, "seconds_per_member": [], "peak_mib": []}
        for m, e in cases
    ]
    for i in range(given.scaling_rounds):
        tell(f"scaling, round {i + 1} of {given.scaling_rounds}")
        for case, row in zip(cases, measurements):
            measured = run.sweep(*case)
            row["blocks"] = measured["blocks"]
            row["seconds_per_member"].append(measured["train_seconds"] / row["members"])
            row["peak_mib"].append(measured["peak_mib"])
    tables.print_scaling(measurements)
    return {"scaling": measurements}


def warm(run: Children, sizes: set[int]) -> None:
    """Compiles what these sweeps need: compiling takes more memory than training."""
    layout = run.sweep(max(sizes), 0)["layout"]
    for members in sizes - {max(sizes)}:
        if members < layout["devices"] * layout["width"]:  # it fills fewer devices
            run.sweep(members, 0)


def where(given, run: Children) -> dict:
    """Milliseconds per training step, whole and without each of its parts."""
    sizes = (f"--epochs={given.epochs}", f"--rounds={given.rounds}")
    measured = run.start("benchmark_where.py", *sizes)
    milliseconds = measured["milliseconds_per_step"]
    full = median(next(iter(milliseconds.values())))
    lines = [
        [name, *tables.spread(values, 4), f"{median(values) / full:z.0%}"]
        for name, values in milliseconds.items()
    ]
    layout = measured["layout"]
    print(
        f"a step of {layout['devices']} x {layout['width']} members on {layout['platform']}"
    )
    tables.print_table(["ms per step", "median", "min - max", "of the full step"], lines)
    return measured


def layouts(given, run: Children) -> dict:
    """GFLOP/s of each layout; the program is compiled once for all rounds."""
    machine = run.sweep(1024, 0)["layout"]
    platform, every = machine["platform"], machine["devices"]
    widths = given.widths or WIDTHS.get(platform, ACCELERATOR_WIDTHS)
    devices = sorted({1, every}) if platform == "cpu" else [every]
    cases = [(device_count, width) for device_count in devices for width in widths]
    rates: dict[str, list[float]] = {}
    for i in range(given.rounds):
        tell(f"round {i + 1} of {given.rounds}")
        for device_count, width in cases:
            group = device_count * width
            members = -(-FEW // group) * group  # whole groups: no padding
            layout = (f"--devices={device_count}", f"--width={width}")
            sweep = run.sweep(members, given.epochs, *layout)
            examples = members * given.epochs * sweep["epoch_examples"]
            flops = examples * sweep["flops_per_example"]
            name = f"{device_count} x {width}"
            rates.setdefault(name, []).append(flops / sweep["train_seconds"] / 1e9)
    tables.print_table(
        ["devices x members on each", "GFLOP/s", "min - max"],
        [[name, *tables.spread(values, 1)] for name, values in rates.items()],
    )
    return {"platform": platform, "layout_gflops": rates}


def tell(text: str) -> None:
    """Says on standard error how far the benchmark has come."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    cli.run(main)
