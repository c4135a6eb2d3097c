"""Training from Python: what the command `vae-jax sweep` does."""

from pathlib import Path
from typing import Any

from vae_jax.errors import Interrupted
from vae_jax.library.configs import Config, study_of
from vae_jax.library.run import Run
from vae_jax.pipeline import sweep
from vae_jax.runs.retention import DEFAULT, read_keep


def train(
    config: str | Config,
    *,
    workdir: str | Path,
    data: str | None = None,
    keep: str = DEFAULT,
    tensorboard: bool = False,
    **fields: Any,
) -> Run:
    """Trains and evaluates a sweep in `workdir`, and writes its pages; returns the run.

        run = vae_jax.train("digits:debug", workdir="runs/mine", sweep={"beta": (0.5, 1.0)})

    `config` is the name of a config, a file `mine.py:variant`, a ConfigDict or a
    dictionary; `fields`
    change it: `epochs=20`, `network={"hidden": (64,)}`. What is in `workdir` already is not
    done again, so the same call goes on with a run that was stopped. `data` is where its
    data lies now, if it was moved, `keep` which checkpoints stay (`"latest:2,best:1"`).

    A mistake in the config, the data or the directory is a `vae_jax.UserError` of one line.
    Ctrl-C saves what was trained and raises `KeyboardInterrupt`.
    """
    study = study_of(config, fields)
    found = sweep.look(study, Path(workdir).expanduser(), data)
    jobs = [] if found.finished else sweep.jobs_of(found)
    try:
        sweep.carry_out(found, jobs, read_keep(keep), tensorboard)
    except Interrupted as stop:
        raise KeyboardInterrupt(str(stop)) from None
    return Run(found.workdir)
