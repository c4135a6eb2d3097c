"""Everything a report shows, read from a finished run directory."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from vae_jax import results, runs
from vae_jax.errors import UserError
from vae_jax.grid import Member
from vae_jax.summary import Setting, Summary, Values, by_setting, over_seeds

ARRAYS = {  # kind -> the array that every run has
    "reconstructions": "images",
    "samples": "images",
    "interpolations": "images",
    "codes": "mean",
}


class Run(NamedTuple):
    """A finished run, as tables and arrays."""

    workdir: Path
    record: dict[str, Any]
    members: list[Member]
    statuses: list[str]
    values: Values
    settings: dict[Setting, list[int]]  # member numbers, one per seed
    baselines: dict[str, dict[str, float]]  # split -> floor, collapsed
    arrays: dict[str, dict[str, np.ndarray]]  # kind -> arrays, members first

    def summary(self, setting: Setting, metric: str, split: str = "test") -> Summary | None:
        """A metric over the seeds of a setting."""
        return over_seeds(self.values, self.settings[setting], split, metric)

    def name(self, setting: Setting) -> str:
        """The setting in a word, without its latent size; unique among its size."""
        rates = {s.learning_rate for s in self.settings}
        rate = f", lr {setting.learning_rate:g}" if len(rates) > 1 else ""
        return f"{setting.name}{rate}"

    def count(self, setting: Setting) -> str:
        """The number of seeds behind a setting's numbers, without diverged members."""
        numbers = self.settings[setting]
        alive = sum(self.statuses[n] != "diverged" for n in numbers)
        return str(alive) if alive == len(numbers) else f"{alive} of {len(numbers)}"

    def sizes(self) -> list[int]:
        """The latent sizes, ascending."""
        return sorted({setting.latents for setting in self.settings})

    def of_size(self, latents: int) -> list[Setting]:
        """The settings of a latent size, autoencoder first, then by beta."""
        return [setting for setting in self.settings if setting.latents == latents]

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of an image; rows of plain vectors are one pixel high."""
        shape = tuple(self.record["data"]["shape"])
        return shape if len(shape) == 2 else (1, shape[0])


def load(workdir: Path) -> Run:
    """Reads a run; a `UserError` names what is missing or damaged."""
    if not (workdir / runs.CONFIG).exists():
        raise UserError(f"{workdir}: no run here ({runs.CONFIG} is missing)")
    record = read_parts(workdir / runs.CONFIG, ("config", "data", "command"))
    if not (workdir / runs.RESULTS).exists():
        raise UserError(f"{workdir}: the run is not finished ({runs.RESULTS} is missing)")
    members, statuses = results.read_members(workdir)
    return Run(
        workdir,
        record,
        members,
        statuses,
        results.read_results(workdir, len(members)),
        by_setting(members),
        read_parts(workdir / runs.BASELINES, ("train", "test")),
        {kind: read_kind(workdir, kind, len(members)) for kind in ARRAYS},
    )


def read_parts(file: Path, parts: tuple[str, ...]) -> dict[str, Any]:
    """A JSON object that must have these parts."""
    record = runs.read_json(file)
    for part in parts:
        if not record.get(part):
            raise UserError(f"{file}: damaged (it has no {part})")
    return record


def read_kind(workdir: Path, kind: str, members: int) -> dict[str, np.ndarray]:
    """The arrays of one kind; the first of them has a row for each member."""
    file = workdir / runs.ARRAYS / f"{kind}.npz"
    arrays = runs.read_arrays(file)
    if ARRAYS[kind] not in arrays or len(arrays[ARRAYS[kind]]) != members:
        raise UserError(f"{file}: damaged (members are missing)")
    return arrays
