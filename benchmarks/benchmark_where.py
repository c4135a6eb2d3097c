"""Where the time of a training step goes: one group of members, with parts left out.

usage: python benchmarks/benchmark_where.py --config=FILE[:VARIANT] --epochs=N --rounds=N

`benchmark.py --where` runs it. Each row of the result is the same compiled program but for
one part, timed in turn; the last lacks all of them. Prints one line, JSON: milliseconds per
step of the whole group, a list per row.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import NamedTuple
from unittest import mock

import jax
import jax.numpy as jnp
import optax
from benchmark_child import prepare, read

from vae_jax import registry
from vae_jax.console import cli
from vae_jax.pipeline.job import Job
from vae_jax.training import epoch_end, sweep
from vae_jax.training.devices import Layout
from vae_jax.training.members import Training
from vae_jax.training.sweep import CompiledProgram
from vae_jax.types import Model

MEMBERS = 1024  # fill the group whatever the machine
LEARNING_RATE = 1e-5  # no row may diverge: without the check nothing would stop the NaN


class Without(NamedTuple):
    """What a row leaves out: a change to the model, and names of modules to patch."""

    model: Callable[[Model, Job], Model] = lambda model, job: model
    patches: tuple[tuple[object, str, object], ...] = ()


def without_noise(model: Model, job: Job) -> Model:
    """A model that samples z = mu + noise * sigma: all but the random numbers."""

    def sample(key, q, hparams):
        z = q.mean + hparams.noise * jnp.exp(0.5 * q.log_var)
        return hparams.latent_mask[None] * z

    return model._replace(sample=sample)


def without_gather(model: Model, job: Job) -> Model:
    """A model that sees the same images in every step: XLA drops the unread gather."""
    fixed = model.unit(job.dataset.train)
    return model._replace(unit=lambda stored: fixed[: stored.shape[0]])


def squared_error(model: Model, job: Job) -> Model:
    """A model whose likelihood is the squared error: no exponentials or logarithms."""

    def log_prob(out, x):
        return -0.5 * jnp.sum((out[:, : x.shape[1]] - x) ** 2, axis=-1)

    return model._replace(likelihood=model.likelihood._replace(log_prob=log_prob))


PARTS = {
    "without posterior noise": Without(without_noise),
    "plain SGD instead of Adam": Without(
        patches=((loop, "OPTIMIZER", optax.identity()),),
    ),
    "without permutation and gather": Without(
        without_gather,
        ((jax.random, "permutation", lambda key, count: jnp.arange(count)),),
    ),
    "without divergence check": Without(
        patches=((epoch_end, "freeze_if_diverged", lambda before, after, *_: after),),
    ),
    "squared error instead of BCE": Without(squared_error),
}


def main(arguments: Sequence[str]) -> None:
    """Compiles every row, times each once per round, prints milliseconds per step."""
    parser = cli.Parser(usage=__doc__, allow_abbrev=False)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--rounds", type=int, required=True)
    given, config = parser.parse_known_args(arguments)
    settings, dataset = read(config, MEMBERS)
    settings = settings._replace(
        members=[m._replace(learning_rate=LEARNING_RATE) for m in settings.members]
    )
    job = prepare(settings, dataset, None, None)
    rows: dict[str, tuple[Without, ...]] = {"full step": ()}
    rows |= {name: (part,) for name, part in PARTS.items()}
    rows["none of these"] = tuple(PARTS.values())
    timers = {name: prepare_timer(job, parts) for name, parts in rows.items()}
    milliseconds = {name: [] for name in rows}
    for _ in range(given.rounds):
        for name, timer in timers.items():
            milliseconds[name].append(timer(given.epochs))
    layout: Layout = job.program.layout
    record = {"milliseconds_per_step": milliseconds, "layout": layout._asdict()}
    print(json.dumps(record))


def prepare_timer(job: Job, parts: Sequence[Without]) -> Callable[[int], float]:
    """Compiles a program without these parts: a function from epochs to ms per step."""
    program = build(job, parts)
    group = jax.tree.map(lambda leaf: leaf[: program.layout.group], job.stacked_hparams(0))
    with patched(parts):  # tracing is what sees the patches
        training = Training(program, group, job.dataset.train)
        training.advance(0)
    steps = len(job.dataset.train) / job.settings.batch_size  # an epoch

    def milliseconds(epochs: int) -> float:
        started = time.perf_counter()
        training.advance(epochs)
        return (time.perf_counter() - started) / (epochs * steps) * 1e3

    return milliseconds


def build(job: Job, parts: Sequence[Without]) -> CompiledProgram:
    """The job's program with these parts left out of its model, not yet compiled."""
    model = job.program.model
    for part in parts:
        model = part.model(model, job)
    objective = registry.build("objective", job.settings.model["objective"])
    epochs = partial(
        loop.train_epochs, model, objective, batch_size=job.settings.batch_size
    )
    over = partial(sweep.over_members, mesh=job.program.mesh)
    return job.program._replace(
        model=model,
        init=over(partial(loop.init_state, model), arguments="m"),
        train=over(epochs, arguments="m-m--", donate=(0,)),
    )


@contextmanager
def patched(parts: Sequence[Without]) -> Iterator[None]:
    """Patches modules as these parts want them, until the context ends."""
    with ExitStack() as stack:
        for part in parts:
            for module, name, value in part.patches:
                stack.enter_context(mock.patch.object(module, name, value))
        yield


if __name__ == "__main__":
    cli.run(main)
