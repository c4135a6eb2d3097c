"""Everything a report shows, read from a finished run directory."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from vae_jax.errors import UserError
from vae_jax.runs import directory, integrity, measurements, members, tables
from vae_jax.runs.pictures import Pictures, find_blocks
from vae_jax.runs.summary import Setting, Summary, Values, by_setting, over_seeds
from vae_jax.scores.flag import Flag
from vae_jax.scores.metric_key import EVERYTHING, MetricKey, rate_dim
from vae_jax.storage import seals
from vae_jax.studies.axes import with_fields
from vae_jax.studies.member import Member

OF_TRAINING_IMAGES = ("collapse", "information")  # families, as pages show them
Place = tuple[int, str, MetricKey]  # of a number: member, split, key


class WholeRun(NamedTuple):
    """What the files of a run hold, its members numbered through all programs."""

    record: dict[str, Any]
    members: list[members.MemberRow]
    rows: list[tables.Row]
    halves: dict[Place, tuple[float, ...]]
    epochs: dict[int, list[int]]  # after which unfinished numbers were measured


class ProgramResults(NamedTuple):
    """One program of a finished run, its members numbered from 0."""

    workdir: Path
    record: dict[str, Any]  # with the config and the data of this program
    title: str  # what sets the program apart; empty if it is the only one
    numbers: list[int]  # of the members in the whole run
    members: list[Member]
    statuses: list[str]
    values: Values
    halves: dict[Place, tuple[float, ...]]  # scores on half the real images
    notes: dict[Place, str]  # for people
    flags: dict[Place, tuple[Flag, ...]]  # why there is no number, or how to read it
    epochs: dict[int, list[int]]  # after which a member's unfinished numbers were measured
    settings: dict[Setting, list[int]]  # member numbers, one per seed
    baselines: dict[str, Any]  # each split's ends of distortion; reference generators
    pictures: Pictures

    def diverged(self) -> list[int]:
        """The diverged members, by their numbers in the whole run."""
        return [
            number
            for number, status in zip(self.numbers, self.statuses)
            if status == "diverged"
        ]

    def failed(self) -> list[int]:
        """The members of whom a number failed, by their numbers in the whole run."""
        places = (place for place, flags in self.flags.items() if Flag.FAILED in flags)
        return sorted({self.numbers[member] for member, *_ in places})

    def unfinished(self) -> dict[str, list[int]]:
        """The members whose numbers are not final, by what is wrong with them.

        `not evaluated`, `after epoch 3 of 9`: with the members' numbers in the run.
        """
        numbers_by_fault: dict[str, set[int]] = {}
        last = self.record["config"]["epochs"]
        for (member, *_), flags in self.flags.items():
            if self.statuses[member] == "diverged":
                continue
            faults = ["not evaluated"] * (Flag.NOT_EVALUATED in flags)
            if Flag.UNFINISHED in flags:
                epochs = self.epochs.get(member) or ["?"]  # where their log is lost
                faults += [f"after epoch {epoch} of {last}" for epoch in epochs]
            for fault in faults:
                numbers_by_fault.setdefault(fault, set()).add(self.numbers[member])
        return {fault: sorted(numbers) for fault, numbers in numbers_by_fault.items()}

    def reason(self, setting: Setting, key: MetricKey) -> str:
        """Why a setting has no number of a key: `diverged`, a note, or `not measured`."""
        if self.count(setting).startswith("0 "):
            return "diverged"
        numbers, split = self.settings[setting], shown_split(key)
        places = [(n, split, key) for n in numbers] + [(n, "", EVERYTHING) for n in numbers]
        notes = [self.notes[place] for place in places if place in self.notes]
        return notes[0] if notes else "not measured"

    def reference(self, generator: str, key: MetricKey) -> float | None:
        """What a generator without a model scores, or None where that is not known.

        Generators: `training images`, `mean image`.
        """
        return self.baselines.get("generators", {}).get(generator, {}).get(key.metric)

    def measured(self) -> set[MetricKey]:
        """The keys of all numbers that members have, whatever their split."""
        return {key for _, _, key in self.values}

    def has(self, key: MetricKey) -> bool:
        """Whether any member has such a number, of the split that pages show."""
        return any(place[1:] == (shown_split(key), key) for place in self.values)

    def value(self, member: int, key: MetricKey) -> float | None:
        """A member's number, of the split that pages show; None where it has none."""
        return self.values.get((member, shown_split(key), key))

    def summary(
        self, setting: Setting, key: MetricKey, split: str | None = None
    ) -> Summary | None:
        """A metric over the seeds of a setting; None where no member has it.

        Of the split that pages show, or of another one.
        """
        numbers = self.settings[setting]
        return over_seeds(self.values, numbers, split or shown_split(key), key, self.halves)

    def rates(self, member: int) -> np.ndarray | None:
        """Each dimension's rate on training images `[latents]`, nats; None if one lacks."""
        latents = range(self.members[member].latents)
        rates = [self.value(member, rate_dim(k)) for k in latents]
        return None if None in rates else np.array(rates)

    def name(self, setting: Setting) -> str:
        """The name of a setting without its latent size; unique among those of its size."""
        rates = {other.learning_rate for other in self.settings}
        rate = f", lr {setting.learning_rate:g}" if len(rates) > 1 else ""
        return f"{setting.name}{rate}"

    def alive(self, setting: Setting) -> list[int]:
        """The numbers of the members of a setting that have not diverged."""
        return [n for n in self.settings[setting] if self.statuses[n] != "diverged"]

    def shown(self, setting: Setting) -> int:
        """The number of the member in the pictures: the first seed that has not diverged.

        The first of all where every seed has.
        """
        return (self.alive(setting) or self.settings[setting])[0]

    def count(self, setting: Setting) -> str:
        """How many seeds are behind a setting's numbers: `5`; `4 of 5` if one diverged."""
        alive, all_ = len(self.alive(setting)), len(self.settings[setting])
        return str(alive) if alive == all_ else f"{alive} of {all_}"

    def sizes(self) -> list[int]:
        """The latent sizes of the program's members, ascending."""
        return sorted({setting.latents for setting in self.settings})

    def of_size(self, latents: int) -> list[Setting]:
        """The settings of a latent size, autoencoder first, then by beta."""
        return [setting for setting in self.settings if setting.latents == latents]

    @property
    def id(self) -> str:
        """The short name of the run's result, which stands in every figure and table."""
        return str(self.record["id"])

    @property
    def space(self) -> str:
        """The feature space in which samples are judged, part of the metrics' names."""
        return "clf" if self.baselines.get("classifier") else "pca"

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of an image; rows of plain vectors are one pixel high."""
        shape = tuple(self.record["data"]["shape"])
        return shape if len(shape) == 2 else (1, shape[0])


def shown_split(key: MetricKey) -> str:
    """The split of which pages show a metric: `train` or `test`."""
    return "train" if key.family in OF_TRAINING_IMAGES else "test"


def load(workdir: Path) -> list[ProgramResults]:
    """The results of a finished run, program by program.

    A `UserError` where the run is not finished, or naming what is missing or damaged.
    """
    directory.require(workdir)
    record = directory.read_record(workdir)
    if not (workdir / directory.RESULTS).exists():
        raise UserError(
            f"{workdir}: the run is not finished ({directory.RESULTS} is missing)"
        )
    integrity.check(workdir, record)
    member_rows = members.read_members(workdir)
    rows = tables.read_results(workdir, len(member_rows))
    whole = WholeRun(
        record,
        member_rows,
        rows,
        tables.read_halves(workdir),
        unfinished_epochs(workdir, rows),
    )
    ends = seals.read_record(workdir / directory.BASELINES)
    return [
        load_program(workdir, whole, program, ends[f"program_{program}"])
        for program in dict.fromkeys(member.program for member in member_rows)
    ]


def unfinished_epochs(workdir: Path, rows: list[tables.Row]) -> dict[int, list[int]]:
    """The epochs after which numbers flagged as unfinished were measured, by member.

    The log of the evaluation has them, which is read for nothing else here.
    """
    flagged = {row.member for row in rows if Flag.UNFINISHED in row.flags}
    lines = measurements.read(workdir).values() if flagged else ()
    epochs: dict[int, set[int]] = {number: set() for number in flagged}
    for line in lines:
        if any(Flag.UNFINISHED in estimate.flags for estimate in line.found.values()):
            epochs.setdefault(line.member, set()).add(line.epoch)
    return {number: sorted(seen) for number, seen in epochs.items()}


def load_program(
    workdir: Path, whole: WholeRun, program: int, baselines: dict[str, Any]
) -> ProgramResults:
    """The results of one program: its part of a whole run, members numbered from 0."""
    numbers = [
        n for n, member_row in enumerate(whole.members) if member_row.program == program
    ]
    index = {number: i for i, number in enumerate(numbers)}
    own_members = [whole.members[n].member for n in numbers]
    static = dict(own_members[0].static)
    rows = [((index[r.member], *r[1:3]), r) for r in whole.rows if r.member in index]
    own = {
        "config": with_fields(whole.record["config"], static),
        "data": whole.record["data"][f"program_{program}"],
    }
    return ProgramResults(
        workdir,
        {**whole.record, **own},
        ", ".join(f"{name} = {value!r}" for name, value in static.items()),
        numbers,
        own_members,
        [whole.members[n].status for n in numbers],
        {place: row.value for place, row in rows if row.value is not None},
        {
            (index[n], *key): scores
            for (n, *key), scores in whole.halves.items()
            if n in index
        },
        {place: row.note for place, row in rows if row.note},
        {place: row.flags for place, row in rows if row.flags},
        {index[n]: epochs for n, epochs in whole.epochs.items() if n in index},
        by_setting(own_members),
        baselines,
        Pictures(find_blocks(workdir, program, len(own_members))),
    )
