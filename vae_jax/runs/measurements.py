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
        self.workdir, self.lock, self.closed = workdir, threading.Lock(), False
        self.lines = read(workdir)  # by member and metric

    def add(self, line: "Line") -> None:
        """Adds a line to the file, and keeps it; nothing once it is closed."""
        with self.lock:
            if not self.closed:
                line = write(self.workdir, line)
                self.lines[line.member, line.metric] = line

    def close(self) -> None:
        """Takes no more lines: what a thread still measures is measured another time."""
        with self.lock:
            self.closed = True

    def failed(self) -> list[int]:
        """The numbers of the members of whom a metric failed."""
        return sorted({line.member for line in self.lines.values() if line.failed})

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

    @property
    def failed(self) -> bool:
        """Whether any of its numbers could not be measured because of an exception."""
        return any(Flag.FAILED in estimate.flags for estimate in self.found.values())


def name_of(settings: Settings) -> str:
    """One string for a metric and its settings: the same settings are measured once."""
    return json.dumps(directory.flatten(settings), sort_keys=True)


def family(name: str) -> str:
    """The name of the metric alone, out of what `name_of` made."""
    return str(json.loads(name)["name"])


def write(workdir: Path, line: Line) -> Line:
    """Appends a line to `evaluation.jsonl`, its numbers finite or empty; returns it so."""
    estimates = {key: finite(estimate) for key, estimate in line.found.items()}
    rows = [[split, key, *estimate] for (split, key), estimate in estimates.items()]
    record = {**line._asdict(), "found": rows}
    logs.append_lines(workdir / directory.EVALUATION, [record])
    return line._replace(found=estimates)


def check(metric: str, found: Any) -> Estimates:
    """What a metric found, as it is; a `UserError` where it is no estimates by keys."""
    owner = f"metric {family(metric)!r}"
    if not isinstance(found, Mapping):
        raise UserError(f"{owner}: returned {type(found).__name__}, no dict of estimates")
    for place, estimate in found.items():
        key = place[-1] if isinstance(place, tuple) else place
        if not isinstance(key, MetricKey):
            raise UserError(f"{owner}: its number {key!r} is named by no MetricKey")
        if not isinstance(estimate, Estimate):
            raise UserError(f"{owner}: its number {key} is no Estimate")
    return found


def finite(estimate: Estimate) -> Estimate:
    """An estimate in plain floats, of which only finite ones are kept.

    Where its value is not, it has none, and a note and a flag say so.
    """
    if estimate.value is None:
        return estimate._replace(stderr=None, halves=())
    value, halves = float(estimate.value), tuple(map(float, estimate.halves))
    if not math.isfinite(value):
        empty = estimate._replace(value=None, stderr=None, halves=())
        return empty.noted(f"not finite ({value})", Flag.NOT_FINITE)
    stderr = None if estimate.stderr is None else float(estimate.stderr)
    if stderr is not None and not math.isfinite(stderr):
        stderr = None
    if not all(map(math.isfinite, halves)):
        halves = ()
    return estimate._replace(value=value, stderr=stderr, halves=halves)


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
    """The metrics that each member still lacks after `epoch`; no entry for none.

    One that failed is lacking: it is tried again whenever the member is evaluated.
    """

    def lacks_it(number: int, metric: str) -> bool:
        line = lines.get((number, metric))
        return line is None or line.epoch < epoch or line.failed

    lacks = {
        number: [metric for metric in metrics if lacks_it(number, metric)]
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
