"""The data of a study: loaded once, split as each program needs it. No JAX."""

from vae_jax import registry
from vae_jax.data.dataset import Dataset, with_validation
from vae_jax.data.pixels import present
from vae_jax.errors import UserError
from vae_jax.registry import DATASETS
from vae_jax.studies.study import ProgramSettings, Study


def load_data(study: Study) -> list[Dataset]:
    """The data set of each program; programs on the same data share the arrays."""
    loaded: dict[str, Dataset] = {}
    presented: dict[str, Dataset] = {}
    found = []
    for setup in study.setups:
        settings = dict(setup.dataset)
        pixels = settings.pop("pixels", "")
        name = repr(sorted(settings.items()))
        if name not in loaded:
            loaded[name] = registry.build(DATASETS, "dataset", settings)
        view = f"{name} {pixels!r}"
        if view not in presented:
            presented[view] = present(loaded[name], pixels)
        dataset = presented[view]
        if setup.patience:
            dataset = with_validation(dataset)
        check_batches(setup, dataset)
        found.append(dataset)
    return found


def check_batches(setup: ProgramSettings, dataset: Dataset) -> None:
    """A `UserError` if the training images do not fill one batch."""
    if setup.batch_size > len(dataset.train):
        raise UserError(
            f"config.batch_size: {setup.batch_size} is more than the "
            f"{len(dataset.train)} training images"
        )
