"""The data of a study: loaded once, split as each program needs it. No JAX."""

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from vae_jax import registry
from vae_jax.console.screen import say
from vae_jax.data import display as displays
from vae_jax.data.dataset import Augment, Dataset, with_validation
from vae_jax.data.pixels import present
from vae_jax.errors import UserError
from vae_jax.studies.study import ProgramSettings, Study


class Where(NamedTuple):
    """What is known of where data lies, besides the paths that a config gives."""

    moved: str | None = None  # where the user says it lies now
    recorded: Mapping[str, str] = {}  # where it lay when the run began, by those paths
    typed: bool = True  # the paths are of this command, not of the one that began the run


AT_ITS_PATH = Where()


def load_data(study: Study, where: Where = AT_ITS_PATH) -> list[Dataset]:
    """The data set of each program; programs on the same data share the arrays.

    A `UserError` where the data of a run is gone.
    """
    alone = len(paths_of(study)) == 1
    loaded: dict[str, Dataset] = {}
    presented: dict[str, Dataset] = {}
    datasets = []
    for settings in study.programs:
        source = dict(settings.dataset)
        pixels, display = source.pop("pixels", ""), source.pop("display", "")
        augment = augment_of(source)
        displays.check(display)
        name = repr(sorted(source.items()))
        if name not in loaded:
            if source.get("path"):
                place = place_of(str(source["path"]), where, alone=alone)
                if where.recorded and not os.path.exists(place):
                    raise UserError(
                        f"{place}: No such file or directory; if the run's data was "
                        "moved, say where it lies now: --data=PATH"
                    )
                source["path"] = place
            loaded[name] = registry.build("dataset", source, tell=say)
        view = f"{name} {pixels!r}"
        if view not in presented:
            presented[view] = present(loaded[name], pixels)
        dataset = presented[view]
        if display and len(dataset.shape) == 3:
            dataset = dataset._replace(display=display)
        if any(augment) and len(dataset.shape) != 3:
            raise UserError("config.dataset: vectors can be neither cropped nor flipped")
        dataset = dataset._replace(augment=augment)
        none = dataset._replace(valid=dataset.train[:0])
        dataset = with_validation(dataset) if settings.patience else none
        check_batches(settings, dataset)
        datasets.append(dataset)
    return datasets


def augment_of(source: dict[str, Any]) -> Augment:
    """The crop and flip of training images, taken out of a data set's settings."""
    crop, flip = source.pop("crop", 0) or 0, source.pop("flip", False) or False
    if isinstance(crop, bool) or not isinstance(crop, int) or crop < 0:
        raise UserError(f"config.dataset.crop: {crop!r} is not a whole number of pixels")
    if not isinstance(flip, bool):
        raise UserError(f"config.dataset.flip: {flip!r} is neither true nor false")
    return Augment(crop, flip)


def paths_of(study: Study) -> set[str]:
    """The paths of a study's data, as its config gives them."""
    paths = {str(dict(settings.dataset).get("path") or "") for settings in study.programs}
    return paths - {""}


def place_of(path: str, where: Where, *, alone: bool = True) -> str:
    """Where the data of a path lies: where it was moved, at the path, or where it was.

    A folder it was moved to may hold it under its own name. What was moved is this path's
    data if the study has no other (`alone`), or if it has its name. A path that was not
    typed now is relative to where it was typed, which is recorded.
    """
    name = os.path.basename(os.path.normpath(path))
    if where.moved is not None:
        moved = os.path.expanduser(where.moved)
        if os.path.exists(os.path.join(moved, name)):
            return os.path.join(moved, name)
        if alone or os.path.basename(os.path.normpath(moved)) == name:
            return moved
    found, recorded = os.path.expanduser(path), where.recorded.get(path)
    if recorded is None:
        return found
    own = where.typed or os.path.isabs(found)
    first, second = (found, recorded) if own else (recorded, found)
    return first if os.path.exists(first) or not os.path.exists(second) else second


def places(study: Study, where: Where = AT_ITS_PATH) -> dict[str, str]:
    """The absolute place of each path of a study's data, for its record."""
    paths = paths_of(study)
    place = lambda path: place_of(path, where, alone=len(paths) == 1)
    return {path: os.path.abspath(place(path)) for path in sorted(paths)}


def check_batches(settings: ProgramSettings, dataset: Dataset) -> None:
    """Raises a `UserError` if the training images do not fill one batch."""
    if settings.batch_size > len(dataset.train):
        raise UserError(
            f"config.batch_size: {settings.batch_size} is more than the "
            f"{len(dataset.train)} training images"
        )
