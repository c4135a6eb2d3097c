"""The data of a study: loaded once, split as each program needs it. No JAX."""

from vae_jax import registry
from vae_jax.data.dataset import Dataset, with_validation
from vae_jax.data.pixels import present
from vae_jax.errors import UserError
from vae_jax.studies.study import ProgramSettings, Study


def load_data(study: Study) -> list[Dataset]:
    """The data set of each program; programs on the same data share the arrays."""
    loaded: dict[str, Dataset] = {}
    presented: dict[str, Dataset] = {}
    datasets = []
    for settings in study.programs:
        source = dict(settings.dataset)
        pixels = source.pop("pixels", "")
        name = repr(sorted(source.items()))
        if name not in loaded:
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


def check_batches(settings: ProgramSettings, dataset: Dataset) -> None:
    """Raises a `UserError` if the training images do not fill one batch."""
    if settings.batch_size > len(dataset.train):
        raise UserError(
            f"config.batch_size: {settings.batch_size} is more than the "
            f"{len(dataset.train)} training images"
        )
