"""The training log as TensorBoard reads it: a run per member. No JAX.

Every call opens a member's file, appends and closes it. So nothing is open between calls,
however many members there are, and a run that is stopped has nothing to close; the writer
of tensorboardX would hold a thread and a queue for each.
"""

import shutil
import struct
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vae_jax.errors import UserError
from vae_jax.runs import directory
from vae_jax.storage import logs
from vae_jax.studies.grid import is_number
from vae_jax.studies.member import Member
from vae_jax.studies.study import Study

try:
    from tensorboardX.proto.event_pb2 import Event
    from tensorboardX.proto.summary_pb2 import Summary
    from tensorboardX.record_writer import masked_crc32c
    from tensorboardX.summary import hparams
except ImportError:
    raise UserError(
        '--tensorboard: needs the extra: pip install -e ".[tensorboard]"'
    ) from None

TAGS = ("loss", "rate", "distortion", "active_units")
Line = Mapping[str, Any]


class TensorBoard:
    """Event files of every member in `workdir/tensorboard`, as `workdir/train.jsonl` is.

    What cannot be written or removed there is a `UserError`.
    """

    def __init__(self, workdir: Path, study: Study) -> None:
        self.directory = workdir / directory.BOARD
        self.log = workdir / directory.TRAIN_LOG
        self.values = [
            hyperparameters(i, member)
            for i, settings in enumerate(study.programs)
            for member in settings.members
        ]
        self.replay()

    def replay(self) -> None:
        """Removes all event files and writes them anew from the training log."""
        # A new name each time: a TensorBoard that is watching takes it for a restart.
        self.name = f"events.out.tfevents.{time.time():z.6f}.vae_jax"
        self.epochs: dict[int, int] = {}  # the last one written of each member
        try:
            if self.directory.exists():
                shutil.rmtree(self.directory)
        except OSError as error:
            raise UserError(
                f"{self.directory}: cannot be removed ({error.strerror})"
            ) from None
        if self.log.exists():
            self.add([line for line in logs.read_lines(self.log) if self.is_whole(line)])

    def is_whole(self, line: Line) -> bool:
        """Whether a line of the log names a member of the study and an epoch."""
        number, epoch = line.get("member"), line.get("epoch")
        is_member = isinstance(number, int) and 0 <= number < len(self.values)
        return is_member and isinstance(epoch, int)

    def write(self, lines: Sequence[Line]) -> None:
        """Adds lines that have been added to the training log."""
        if any(line["epoch"] <= self.epochs.get(line["member"], 0) for line in lines):
            self.replay()  # a damaged checkpoint set members back: their log was cut too
        else:
            self.add(lines)

    def add(self, lines: Sequence[Line]) -> None:
        """Appends lines of the log as events, opening each member's file once."""
        records: dict[int, list[bytes]] = {}
        for line in lines:
            records.setdefault(line["member"], []).append(record(point(line)))
            self.epochs[line["member"]] = line["epoch"]
        for number, events in records.items():
            self.append(number, b"".join(events))

    def append(self, number: int, content: bytes) -> None:
        """Appends bytes to a member's file; a new one begins with the hyperparameters."""
        file = self.directory / f"member_{number:04d}" / self.name
        try:
            if not file.exists():
                file.parent.mkdir(parents=True, exist_ok=True)
                content = head(self.values[number]) + content
            with open(file, "ab") as stream:
                stream.write(content)
        except OSError as error:
            raise UserError(f"{file}: cannot be written ({error.strerror})") from None


def hyperparameters(program: int, member: Member) -> dict[str, float | str]:
    """What TensorBoard can filter members by: numbers, and anything else as text."""
    static = {
        name: value if is_number(value) else str(value) for name, value in member.static
    }
    return {**member.numbers, "program": program, **static}


def head(values: Mapping[str, float | str]) -> bytes:
    """The beginning of an event file: its version, and the hyperparameters of its run.

    No summary of the experiment, which tensorboardX would add: without one TensorBoard
    works out the domain of every hyperparameter, and which of them differ, by itself.
    """
    _, start, _ = hparams(dict(values), {})
    version = Event(wall_time=time.time(), file_version="brain.Event:2")
    return record(version) + record(Event(wall_time=time.time(), summary=start))


def point(line: Line) -> Event:
    """A line of the log as an event of scalars at its epoch; null ones are left out."""
    values = [
        Summary.Value(tag=tag, simple_value=line[tag])
        for tag in TAGS
        if is_number(line.get(tag))
    ]
    return Event(wall_time=time.time(), step=line["epoch"], summary=Summary(value=values))


def record(event: Event) -> bytes:
    """An event with its length and checksums, the bytes that event files hold."""
    content = event.SerializeToString()
    length = struct.pack("<Q", len(content))
    sums = [struct.pack("<I", masked_crc32c(part)) for part in (length, content)]
    return length + sums[0] + content + sums[1]
