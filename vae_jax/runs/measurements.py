"""`evaluation.jsonl`: what has been measured of which member, as it is found. No JAX.

One line per member and metric, in no order, appended; `results.csv` is made from it. What
has a line is not measured again, so an evaluation can be cut anywhere and taken up again.
"""

import json
import math
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from vae_jax.errors import UserError
from vae_jax.runs import directory
from vae_jax.scores.estimate import Estimate, Estimates
from vae_jax.scores.flag import Flag
from vae_jax.scores.metric_key import MetricKey
from vae_jax.storage import files, logs

Settings = Mapping[str, Any]  # a metric's name and its settings


class Measurements:
    """All lines of `evaluation.jsonl`, kept and appended to; safe to use from threads."""

    def __init__(self, workdir: Path) -> None:
        """Reads the lines so far; a torn last one is dropped, so the next begins anew."""
        prepare(workdir)
        self.workdir, self.lock = workdir, threading.Lock()
        self.lines = read(workdir)  # by member and metric

    def add(self, line: "Line") -> None:
        """Adds a line to the file, and keeps it."""
        with self.lock:
            line = write(self.workdir, line)
            self.lines[line.member, line.metric] = line

    def missing(
        self, numbers: Sequence[int], metrics: Sequence[str], epoch: int
    ) -> dict[int, list[str]]:
        """The metrics that each member still lacks after `epoch`; no entry for none."""
        return missing(self.lines, numbers, metrics, epoch)


class Line(NamedTuple):
    """What a metric gave of a member after some epochs of training."""

    member: int
    metric: str  # `name_of` its settings
    epoch: int
    found: Estimates


def name_of(settings: Settings) -> str:
    """One string for a metric and its settings: the same settings are measured once."""
    return json.dumps(directory.flatten(settings), sort_keys=True)


def family(name: str) -> str:
    """The name of the metric alone, out of what `name_of` made."""
    return str(json.loads(name)["name"])


def write(workdir: Path, line: Line) -> Line:
    """Appends a line to `evaluation.jsonl`, its numbers finite or empty; returns it so.

    A `UserError` where a metric of a user's own names its numbers by anything but keys.
    """
    for _, key in line.found:
        if not isinstance(key, MetricKey):
            owner = f"metric {family(line.metric)!r}"
            raise UserError(f"{owner}: its number {key!r} is named by no MetricKey")
    estimates = {key: finite(estimate) for key, estimate in line.found.items()}
    rows = [[split, key, *estimate] for (split, key), estimate in estimates.items()]
    record = {**line._asdict(), "found": rows}
    logs.append_lines(workdir / directory.EVALUATION, [record])
    return line._replace(found=estimates)


def finite(estimate: Estimate) -> Estimate:
    """The estimate if its value is finite; else one without a value, noted and flagged."""
    value = estimate.value
    if value is None or math.isfinite(value):
        return estimate
    empty = estimate._replace(value=None, stderr=None, halves=())
    return empty.noted(f"not finite ({value})", Flag.NOT_FINITE)


def read(workdir: Path) -> dict[tuple[int, str], Line]:
    """The lines of `evaluation.jsonl` by member and metric, each after the most epochs.

    A torn or damaged line counts as not there: it will be measured again.
    """
    file = workdir / directory.EVALUATION
    lines: dict[tuple[int, str], Line] = {}
    for record in logs.read_lines(file) if file.exists() else ():
        try:
            line = parse(record)
        except (KeyError, TypeError, ValueError):
            continue
        previous = lines.get((line.member, line.metric))
        if previous is None or previous.epoch <= line.epoch:
            lines[line.member, line.metric] = line
    return lines


def parse(record: Mapping[str, Any]) -> Line:
    """The line of `evaluation.jsonl` that a record holds.

    A KeyError, TypeError or ValueError where it holds none.
    """
    estimates = {
        (str(split), MetricKey(*map(str, key))): Estimate(
            None if value is None else float(value),
            None if stderr is None else float(stderr),
            str(note),
            tuple(map(float, halves)),
            tuple(map(Flag, flags)),
        )
        for split, key, value, stderr, note, halves, flags in record["found"]
    }
    return Line(
        int(record["member"]), str(record["metric"]), int(record["epoch"]), estimates
    )


def missing(
    lines: Mapping[tuple[int, str], Line],
    numbers: Sequence[int],
    metrics: Sequence[str],
    epoch: int,
) -> dict[int, list[str]]:
    """The metrics that each member still lacks after `epoch`; no entry for none."""
    lacks = {
        number: [
            metric
            for metric in metrics
            if (number, metric) not in lines or lines[number, metric].epoch < epoch
        ]
        for number in numbers
    }
    return {number: metrics for number, metrics in lacks.items() if metrics}


def prepare(workdir: Path) -> None:
    """Drops a torn last line of `evaluation.jsonl`, so that the next begins a line."""
    file = workdir / directory.EVALUATION
    if file.exists():
        whole = file.read_bytes()
        if whole and not whole.endswith(b"\n"):
            files.write_bytes(file, whole[: whole.rfind(b"\n") + 1])
