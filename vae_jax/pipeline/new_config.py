"""A config for images that are there: looks at them, and writes it with comments."""

import math
import textwrap
from importlib.resources import files as resources
from pathlib import Path
from string import Template
from typing import Any, NamedTuple

import numpy as np

from vae_jax import registry
from vae_jax.console.screen import say
from vae_jax.data import labels
from vae_jax.data.dataset import LOOKED_AT, REAL, Dataset, size_in_words
from vae_jax.data.sources.path import recognised
from vae_jax.errors import UserError
from vae_jax.pipeline import sweep
from vae_jax.pipeline.plan import of_values, plan
from vae_jax.runs.retention import Keep
from vae_jax.storage import files
from vae_jax.studies.config_file import load_config
from vae_jax.studies.study import resolve

EMBEDDED = ("digits", "patches")  # data that is always there
STEPS = 10_000  # of a member
MOST_BATCH, BATCHES = 128, 8  # images; batches that an epoch has at least
INK, NEAR = 0.8, 0.1  # share of pixels, and how near they are to 0 or white
WIDTH = 88  # columns of what is written


class Fitting(NamedTuple):
    """A likelihood that fits some pixels, and why; the betas to sweep under it."""

    likelihood: dict[str, Any]
    why: str
    betas: tuple[float, ...]


CROSS_ENTROPIES = (0.0625, 0.25, 0.5, 1.0, 2.0, 4.0)
LIKELIHOODS = (0.25, 1.0, 4.0, 16.0, 64.0)


def new_config(file: Path, data: str, **choices: Any) -> str:
    """Writes a config for the data at a path into a new Python file; what it found.

    `data` is `digits`, `patches`, or a path whose kind is recognised; `choices` are what
    its source may be told besides, `size` of a folder of images, say. A file that is there
    already, one that is not Python's, and data that cannot be read are `UserError`s.
    """
    if file.suffix != ".py":
        raise UserError(f"{file}: the name of a config ends in .py")
    if file.exists():
        raise UserError(f"{file}: is there already; name another file")
    source = source_of(data, choices)
    try:
        dataset = registry.build("dataset", source, tell=say)
    except UserError as error:
        raise UserError(str(error).replace("--config.dataset.", "--")) from None
    fields = fields_of(file, source, dataset)
    files.write_text(file, text_of({**fields, "reckoned": "Not reckoned yet."}))
    try:
        found = sweep.look(resolve(load_config(str(file))), file.with_suffix(""), None)
        reckoned = plan(sweep.jobs_of(found), Keep())
        files.write_text(file, text_of({**fields, "reckoned": reckoned}))
    except BaseException:
        file.unlink()
        raise
    return reckoned


def source_of(data: str, choices: dict[str, Any]) -> dict[str, Any]:
    """The data set's fields in a config, by what lies at the path."""
    told = {name: value for name, value in choices.items() if value not in (None, "")}
    if data in EMBEDDED:
        return {"name": data, **told}
    path = Path(data).expanduser().resolve()
    if not path.exists():
        raise UserError(f"--data: {data}: nothing is there")
    return {"name": recognised(path), "path": str(path), **told}


def fields_of(file: Path, source: dict[str, Any], dataset: Dataset) -> dict[str, Any]:
    """What the template is filled with, but for what is reckoned."""
    values, count = math.prod(dataset.shape), len(dataset.train)
    fitting = fitting_of(dataset)
    batch = min(MOST_BATCH, 2 ** max(int(math.log2(max(count // BATCHES, 1))), 0))
    epochs = max(round(STEPS * batch / count), 4)
    log_every = max(epochs // 40, 1)
    hidden = next((w for most, w in ((64, 256), (1_024, 400)) if values <= most), 512)
    return {
        "title": f"{dataset.name}: when can its latent space be sampled?",
        "found": found_in(dataset),
        "command": f"vae-jax sweep --config={file}",
        "name": file.stem,
        "dataset": repr(source),
        "network_why": f"One hidden layer of {hidden}, for {values} values.",
        "hidden": repr((hidden,)),
        "likelihood_why": fitting.why,
        "likelihood": repr(fitting.likelihood),
        "epochs": epochs,
        "batch": batch,
        "log_every": log_every,
        "checkpoint_every": min(10 * log_every, epochs),
        "betas": repr(fitting.betas),
        "few": repr(fitting.betas[1::2][:2]),
    }


def found_in(dataset: Dataset) -> str:
    """What the data is: counts, shape, type, white and why, labels, and what to know."""
    stored = "floats" if not dataset.levels else f"{dataset.train.dtype} values"
    things = "images" if len(dataset.shape) == 3 else "vectors"
    lines = [
        f"{len(dataset.train):,} training and {len(dataset.test):,} test {things} of "
        f"{size_in_words(dataset.shape)}, {stored}; {of_values(dataset)}; drawn as "
        f"{dataset.display}; {labels.said(dataset.train_labels, dataset.test_labels)}.",
        *dataset.notes,
    ]
    return "\n".join(lines)


def fitting_of(dataset: Dataset) -> Fitting:
    """The likelihood that fits the pixels: ink or not, whole levels or floats."""
    if dataset.pixels == REAL:
        why = "Values of any size: a Gaussian whose spread is learned."
        return Fitting({"name": "gaussian", "sigma": "learned"}, why, LIKELIHOODS)
    x = dataset.train[:LOOKED_AT] / dataset.white
    if dataset.levels == 2:
        why = "Pixels are 0 or 1: exactly what a Bernoulli is a likelihood of."
        return Fitting({"name": "bernoulli"}, why, CROSS_ENTROPIES)
    near = np.mean((x <= NEAR) | (x >= 1.0 - NEAR))
    if near >= INK:
        why = (
            f"{near:z.0%} of the pixels are nearly 0 or white, as ink is. On grey levels "
            "this is a cross-entropy, no likelihood; of whole levels, discretized_logistic "
            "is one."
        )
        return Fitting({"name": "bernoulli"}, why, CROSS_ENTROPIES)
    if dataset.levels:
        why = "Whole levels of all kinds: a logistic density, summed over each level."
        return Fitting({"name": "discretized_logistic"}, why, LIKELIHOODS)
    why = "Floats of all kinds: a Gaussian whose spread is learned."
    return Fitting({"name": "gaussian", "sigma": "learned"}, why, LIKELIHOODS)


def text_of(fields: dict[str, Any]) -> str:
    """The config's text: the template, its comments wrapped."""
    folded = dict(fields)
    for name in ("found", "reckoned"):
        lines = str(fields[name]).replace('"""', "'''").replace("\\", "/").splitlines()
        folded[name] = "\n".join(
            textwrap.fill(line, WIDTH, subsequent_indent="    ") for line in lines
        )
    for name in ("network_why", "likelihood_why"):
        lines = textwrap.wrap(str(fields[name]), WIDTH - 6)
        folded[name] = "\n    # ".join(lines)
    template = resources("vae_jax.pipeline").joinpath("new_config.txt").read_text("utf-8")
    return Template(template).substitute(folded)
