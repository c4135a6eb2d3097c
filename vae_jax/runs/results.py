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
    """What was read of a run, its members numbered through all programs."""

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
        return [n for n, s in zip(self.numbers, self.statuses) if s == "diverged"]

    def unfinished(self) -> dict[str, list[int]]:
        """What is wrong with numbers of members that still train or were not evaluated.

        `not evaluated`, `after epoch 3 of 9`: with the members' numbers in the run.
        """
        found: dict[str, set[int]] = {}
        last = self.record["config"]["epochs"]
        for (member, *_), flags in self.flags.items():
            if self.statuses[member] == "diverged":
                continue
            said = ["not evaluated"] * (Flag.NOT_EVALUATED in flags)
            if Flag.UNFINISHED in flags:
                seen = self.epochs.get(member) or ["?"]  # where their log is lost
                said += [f"after epoch {epoch} of {last}" for epoch in seen]
            for part in said:
                found.setdefault(part, set()).add(self.numbers[member])
        return {part: sorted(numbers) for part, numbers in found.items()}

    def reason(self, setting: Setting, key: MetricKey) -> str:
        """Why the setting has no such number."""
        if self.count(setting).startswith("0 "):
            return "diverged"
        numbers, split = self.settings[setting], shown_split(key)
        places = [(n, split, key) for n in numbers] + [(n, "", EVERYTHING) for n in numbers]
        notes = [self.notes[place] for place in places if place in self.notes]
        return notes[0] if notes else "not measured"

    def reference(self, generator: str, key: MetricKey) -> float | None:
        """What a generator without a model scores: `training images`, `mean image`."""
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
        """A number over the seeds of a setting, of the split that pages show or another."""
        numbers = self.settings[setting]
        return over_seeds(self.values, numbers, split or shown_split(key), key, self.halves)

    def rates(self, member: int) -> np.ndarray | None:
        """Each dimension's rate, nats, on the training images; None if one is missing."""
        latents = range(self.members[member].latents)
        rates = [self.value(member, rate_dim(k)) for k in latents]
        return None if None in rates else np.array(rates)

    def name(self, setting: Setting) -> str:
        """The setting in a word, without its latent size; unique among its size."""
        rates = {s.learning_rate for s in self.settings}
        rate = f", lr {setting.learning_rate:g}" if len(rates) > 1 else ""
        return f"{setting.name}{rate}"

    def alive(self, setting: Setting) -> list[int]:
        """The members of a setting that have not diverged."""
        return [n for n in self.settings[setting] if self.statuses[n] != "diverged"]

    def shown(self, setting: Setting) -> int:
        """The member in the pictures: the first seed, of those that have not diverged."""
        return (self.alive(setting) or self.settings[setting])[0]

    def count(self, setting: Setting) -> str:
        """The number of seeds behind a setting's numbers, without diverged members."""
        alive, all_ = len(self.alive(setting)), len(self.settings[setting])
        return str(alive) if alive == all_ else f"{alive} of {all_}"

    def sizes(self) -> list[int]:
        """The latent sizes, ascending."""
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
    """The split of which pages show a number."""
    return "train" if key.family in OF_TRAINING_IMAGES else "test"


def load(workdir: Path) -> list[ProgramResults]:
    """Reads a run, program by program; a `UserError` names what is missing or damaged."""
    directory.require(workdir)
    record = directory.read_record(workdir)
    if not (workdir / directory.RESULTS).exists():
        raise UserError(
            f"{workdir}: the run is not finished ({directory.RESULTS} is missing)"
        )
    integrity.check(workdir, record)
    listed = members.read_members(workdir)
    rows = tables.read_results(workdir, len(listed))
    whole = WholeRun(
        record, listed, rows, tables.read_halves(workdir), unfinished_epochs(workdir, rows)
    )
    ends = seals.read_record(workdir / directory.BASELINES)
    return [
        load_program(workdir, whole, program, ends[f"program_{program}"])
        for program in dict.fromkeys(member.program for member in listed)
    ]


def unfinished_epochs(workdir: Path, rows: list[tables.Row]) -> dict[int, list[int]]:
    """After which epochs the numbers that are flagged as unfinished were measured.

    By member. The log of the evaluation has them, which is read for nothing else here.
    """
    flagged = {row.member for row in rows if Flag.UNFINISHED in row.flags}
    lines = measurements.read(workdir).values() if flagged else ()
    epochs: dict[int, set[int]] = {number: set() for number in flagged}
    for line in lines:
        if any(Flag.UNFINISHED in estimate.flags for estimate in line.found.values()):
            epochs.setdefault(line.member, set()).add(line.epoch)
    return {number: sorted(found) for number, found in epochs.items()}


def load_program(
    workdir: Path, whole: WholeRun, program: int, baselines: dict[str, Any]
) -> ProgramResults:
    """One program's part of what was read."""
    numbers = [n for n, found in enumerate(whole.members) if found.program == program]
    place = {number: i for i, number in enumerate(numbers)}
    members = [whole.members[n].member for n in numbers]
    static = dict(members[0].static)
    rows = [((place[r.member], *r[1:3]), r) for r in whole.rows if r.member in place]
    own = {
        "config": with_fields(whole.record["config"], static),
        "data": whole.record["data"][f"program_{program}"],
    }
    return ProgramResults(
        workdir,
        {**whole.record, **own},
        ", ".join(f"{name} = {value!r}" for name, value in static.items()),
        numbers,
        members,
        [whole.members[n].status for n in numbers],
        {at: row.value for at, row in rows if row.value is not None},
        {(place[n], *key): h for (n, *key), h in whole.halves.items() if n in place},
        {at: row.note for at, row in rows if row.note},
        {at: row.flags for at, row in rows if row.flags},
        {place[n]: epochs for n, epochs in whole.epochs.items() if n in place},
        by_setting(members),
        baselines,
        Pictures(find_blocks(workdir, program, len(members))),
    )
