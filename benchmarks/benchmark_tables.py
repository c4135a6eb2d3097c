"""The tables of the benchmark: medians and spreads, in text."""

from collections.abc import Sequence
from statistics import median

TRAINING, WHOLE = "this sweep, training alone", "this sweep, with compilation"
PRODUCT = "2048^3 jnp.dot, float32"
BARS = {"cold, nothing cached": 5.0, "from the persistent cache": 1.5}  # seconds


def print_throughput(measured: dict, without: str) -> None:
    """Prints the tables of training rates and of seconds of the first call.

    `without` says why PyTorch is left out; empty if it is not.
    """
    rates = measured["member_epochs_per_second"]
    examples = measured["examples_per_member_epoch"]
    gflops = examples * measured["flops_per_example"] / 1e9
    middle = {name: median(values) for name, values in rates.items()}
    lines = []
    for name, values in rates.items():
        ratios = [f"{middle[s] / middle[name]:z.2f}x" for s in (WHOLE, TRAINING)]
        rate = middle[name]
        ratios = ["", ""] if name in (TRAINING, WHOLE) else ratios
        absolute = [f"{rate * examples:z,.0f}", f"{rate * gflops:z,.1f}"]
        lines.append([name, *spread(values, 1), *absolute, *ratios])
    products = measured["product_gflops"]
    lines.append([PRODUCT, "", "", "", f"{median(products):z,.1f}", "", ""])
    heads = ["examples/s", "GFLOP/s", "sweep with compilation is", "without it"]
    print_table(["member-epochs per second", "median", "min - max", *heads], lines)
    shares = [r * gflops / p for r, p in zip(rates[TRAINING], products)]
    low, high = min(shares), max(shares)
    print(f"share of {PRODUCT}: {median(shares):z.0%} ({low:z.0%} - {high:z.0%})")
    if without:
        print(f"PyTorch is left out: {without}")
    lines = []
    for name, values in measured["compile_seconds"].items():
        verdict = "kept" if median(values) < BARS[name] else "missed"
        lines.append([name, *spread(values, 2), f"< {BARS[name]} s", verdict])
    print_table(["seconds of the first call", "median", "min - max", "bar", ""], lines)


def print_scaling(rows: Sequence[dict]) -> None:
    """Prints the table of seconds and MiB by number of members and epochs."""
    lines = []
    for row in rows:
        seconds, peaks = row["seconds_per_member"], row["peak_mib"]
        name = f"{row['members']:,} x {row['epochs']:,}"
        per_epoch = f"{median(seconds) / row['epochs'] * 1e3:z.3f}"
        lines.append(
            [name, str(row["blocks"]), *spread(seconds, 4), per_epoch, *spread(peaks, 0)]
        )
    heads = ["seconds per member", "min - max", "ms per epoch", "peak MiB", "min - max"]
    print_table(["members x epochs", "blocks", *heads], lines)


def spread(values: Sequence[float], digits: int) -> list[str]:
    """Two cells of a table: the median of values, and `least - greatest`."""
    show = lambda value: f"{value:z,.{digits}f}"
    return [show(median(values)), f"{show(min(values))} - {show(max(values))}"]


def print_table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    """Prints a table, columns as wide as they need to be, the first left-aligned."""
    widths = [max(len(row[i]) for row in (head, *lines)) for i in range(len(head))]
    print()
    for first, *rest in (head, *lines):
        cells = [cell.rjust(width) for cell, width in zip(rest, widths[1:])]
        print("  ".join([first.ljust(widths[0]), *cells]).rstrip())
