"""Everything a report shows, read from a finished run directory."""

from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from vae_jax.errors import UserError
from vae_jax.portable.graph import Graph, from_json
from vae_jax.runs import directory, integrity, members, tables
from vae_jax.runs.summary import Setting, Summary, Values, by_setting, over_seeds
from vae_jax.storage import arrays, files, seals
from vae_jax.studies.axes import with_fields
from vae_jax.studies.member import Member

ARRAYS: dict[str, str | None] = {  # kind -> the array that every run has
    "reconstructions": "images",
    "samples": "images",
    "interpolations": "images",
    "codes": "mean",
    "fits": "gaussian_mean",
    "weights": None,  # named after the network's parameters
}


class Pictures(NamedTuple):
    """The arrays of a program's members, block by block, read when they are asked for."""

    blocks: tuple[Path, ...]

    def row(self, kind: str, number: int, name: str | None = None) -> np.ndarray:
        """One member's array of a kind: its images or codes, or the one that is named."""
        for block in self.blocks:
            rows = read_array(block, kind, name or ARRAYS[kind])
            if number < len(rows):
                return rows[number]
            number -= len(rows)
        raise UserError(f"{self.blocks[0].parent}: damaged (members are missing)")

    def shared(self, kind: str, name: str) -> np.ndarray | None:
        """An array that is the same for all members; None where the data has none."""
        return read_kind(self.blocks[0], kind).get(name)

    def test_images(self) -> np.ndarray:
        """The test images whose codes there are, bytes `[N, D]`."""
        return arrays.read_arrays(self.blocks[0].parent / directory.IMAGES)["test"]

    def decoder(self) -> Graph:
        """E[x|z] as a function of the weights and of one z."""
        file = self.blocks[0].parent / directory.DECODER
        try:
            return from_json(files.read_json(file))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UserError(f"{file}: damaged ({error!r})") from None


class ProgramResults(NamedTuple):
    """One program of a finished run, its members numbered from 0."""

    workdir: Path
    record: dict[str, Any]  # with the config and the data of this program
    title: str  # what sets the program apart; empty if it is the only one
    numbers: list[int]  # of the members in the whole run
    members: list[Member]
    statuses: list[str]
    values: Values  # by member, split and metric
    halves: dict[tuple[int, str, str], tuple[float, ...]]  # scores on half the real images
    notes: dict[tuple[int, str, str], str]  # why there is no number, or not to trust it
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
        for (number, *_), note in self.notes.items():
            for part in note.split("; ") if self.statuses[number] != "diverged" else ():
                if part == "not evaluated" or part.startswith("after epoch "):
                    found.setdefault(part, set()).add(self.numbers[number])
        return {part: sorted(numbers) for part, numbers in found.items()}

    def reason(self, setting: Setting, metric: str, split: str = "test") -> str:
        """Why the setting has no such number."""
        if self.count(setting).startswith("0 "):
            return "diverged"
        keys = [(n, split, metric) for n in self.settings[setting]]
        whole = [(n, "", "") for n in self.settings[setting]]
        notes = [self.notes[key] for key in (*keys, *whole) if key in self.notes]
        return notes[0] if notes else "not measured"

    def reference(self, generator: str, metric: str) -> float | None:
        """What a generator without a model scores: `training images`, `mean image`."""
        return self.baselines.get("generators", {}).get(generator, {}).get(metric)

    def has(self, metric: str, split: str = "test") -> bool:
        """Whether any member has such a number."""
        return any(key[1:] == (split, metric) for key in self.values)

    def summary(self, setting: Setting, metric: str, split: str = "test") -> Summary | None:
        """A metric over the seeds of a setting."""
        return over_seeds(self.values, self.settings[setting], split, metric, self.halves)

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
    halves = tables.read_halves(workdir)
    programs = list(dict.fromkeys(member.program for member in listed))
    names = tuple(f"program_{program}" for program in programs)
    ends = seals.read_record(workdir / directory.BASELINES)
    return [
        load_program(workdir, record, listed, rows, halves, program, ends[name])
        for program, name in zip(programs, names)
    ]


def load_program(
    workdir: Path,
    record: dict[str, Any],
    listed: list[members.MemberRow],
    rows: list[tables.Row],
    halves: dict[tuple[int, str, str], tuple[float, ...]],
    program: int,
    baselines: dict[str, dict[str, float]],
) -> ProgramResults:
    """One program's part of what was read."""
    numbers = [n for n, found in enumerate(listed) if found.program == program]
    place = {number: i for i, number in enumerate(numbers)}
    members = [listed[n].member for n in numbers]
    static = dict(members[0].static)
    own_rows = [row for row in rows if row.member in place]
    own = {
        "config": with_fields(record["config"], static),
        "data": record["data"][f"program_{program}"],
    }
    return ProgramResults(
        workdir,
        {**record, **own},
        ", ".join(f"{name} = {value!r}" for name, value in static.items()),
        numbers,
        members,
        [listed[n].status for n in numbers],
        {(place[r.member], *r[1:3]): r.value for r in own_rows if r.value is not None},
        {(place[n], *key): h for (n, *key), h in halves.items() if n in place},
        {(place[r.member], *r[1:3]): r.note for r in own_rows if r.note},
        by_setting(members),
        baselines,
        Pictures(find_blocks(workdir, program, len(members))),
    )


def find_blocks(workdir: Path, program: int, members: int) -> tuple[Path, ...]:
    """The directories of a program's arrays; all files must be there and readable."""
    found: list[Path] = []
    rows = 0
    while rows < members:
        block = workdir / directory.ARRAYS / directory.block_name(program, len(found))
        kinds = {kind: name for kind, name in ARRAYS.items() if name}
        sizes = {len(read_array(block, kind, name)) for kind, name in kinds.items()}
        if len(sizes) > 1 or not max(sizes):
            raise UserError(f"{block}: damaged (members are missing)")
        rows += max(sizes)
        found.append(block)
    return tuple(found)


@lru_cache(maxsize=4 * len(ARRAYS))
def read_kind(block: Path, kind: str) -> dict[str, np.ndarray]:
    """The arrays of one kind of a block; the first of them has a row for each member."""
    return arrays.read_arrays(block / f"{kind}.npz")


def read_array(block: Path, kind: str, name: str | None) -> np.ndarray:
    """One of them; a `UserError` where it is not there."""
    arrays = read_kind(block, kind)
    if name not in arrays:
        raise UserError(f"{block / kind}.npz: damaged (it has no {name})")
    return arrays[name]
