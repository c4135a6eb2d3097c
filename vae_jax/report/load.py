"""Everything a report shows, read from a finished run directory."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from vae_jax import results, runs
from vae_jax.errors import UserError
from vae_jax.grid import Member
from vae_jax.summary import Setting, Summary, Values, by_setting, over_seeds


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
    values = results.read_results(workdir)
    members, statuses = results.read_members(workdir)
    kinds = ("reconstructions", "samples", "interpolations", "codes")
    arrays = {k: runs.read_arrays(workdir / runs.ARRAYS / f"{k}.npz") for k in kinds}
    return Run(
        workdir,
        runs.read_json(workdir / runs.CONFIG),
        members,
        statuses,
        values,
        by_setting(members),
        runs.read_json(workdir / runs.BASELINES),
        arrays,
    )
