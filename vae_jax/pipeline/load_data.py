"""The data of a study: loaded once, split as each program needs it. No JAX."""

import os
from collections.abc import Mapping

from vae_jax import registry
from vae_jax.data.dataset import Dataset, with_validation
from vae_jax.data.pixels import present
from vae_jax.errors import UserError
from vae_jax.studies.study import ProgramSettings, Study


def load_data(
    study: Study, moved: str | None = None, recorded: Mapping[str, str] | None = None
) -> list[Dataset]:
    """The data set of each program; programs on the same data share the arrays.

    `moved` is where the data lies now, `recorded` where it lay when the run began, by the
    paths that the config gives.
    """
    loaded: dict[str, Dataset] = {}
    presented: dict[str, Dataset] = {}
    datasets = []
    for settings in study.programs:
        source = dict(settings.dataset)
        pixels = source.pop("pixels", "")
        name = repr(sorted(source.items()))
        if name not in loaded:
            if source.get("path"):
                source["path"] = place_of(str(source["path"]), moved, recorded or {})
            loaded[name] = registry.build("dataset", source)
        view = f"{name} {pixels!r}"
        if view not in presented:
            presented[view] = present(loaded[name], pixels)
        dataset = presented[view]
        if settings.patience:
            dataset = with_validation(dataset)
        check_batches(settings, dataset)
        datasets.append(dataset)
    return datasets


def place_of(path: str, moved: str | None, recorded: Mapping[str, str]) -> str:
    """Where the data of a path lies: where it was moved, at the path, or where it was."""
    if moved is not None:
        return os.path.expanduser(moved)
    found = os.path.expanduser(path)
    return found if os.path.exists(found) else recorded.get(path, found)


def places(
    study: Study, moved: str | None = None, recorded: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The absolute place of each path of a study's data, for its record.

    `moved` and `recorded` as in `load_data`.
    """
    paths = {str(dict(settings.dataset).get("path") or "") for settings in study.programs}
    return {
        path: os.path.abspath(place_of(path, moved, recorded or {}))
        for path in paths
        if path
    }


def check_batches(settings: ProgramSettings, dataset: Dataset) -> None:
    """Raises a `UserError` if the training images do not fill one batch."""
    if settings.batch_size > len(dataset.train):
        raise UserError(
            f"config.batch_size: {settings.batch_size} is more than the "
            f"{len(dataset.train)} training images"
        )
