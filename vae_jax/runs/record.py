"""What a run writes down about itself before it starts. No JAX."""

import os
import platform
import shlex
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import vae_jax
from vae_jax.data.dataset import Dataset
from vae_jax.data.facts import describe
from vae_jax.environment import code_digest, instructions, jax_flags, package_versions
from vae_jax.registry import own_sources
from vae_jax.storage.seals import digest_of
from vae_jax.studies.fields import WORDS

DOOR = "vae-jax"  # the command that is installed with the package


def make_record(
    config: dict[str, Any],
    datasets: Sequence[Dataset],
    places: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Config, data of each program, and how the run is made, as plain JSON.

    `places` is where the data lies, by the paths of the config: no part of the id.
    """
    record = {
        "config": config,
        "data": {f"program_{i}": describe(dataset) for i, dataset in enumerate(datasets)},
        "places": dict(places or {}),
        **conditions(config),
    }
    return {"id": identify(record), **record}


def conditions(config: dict[str, Any]) -> dict[str, Any]:
    """How a run of this config is made if it is begun now: code, packages, flags, ...

    `made` is the time in UTC, to the second; nothing depends on it.
    """
    return {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "code": {**code_digest(), "own": own_sources(config)},
        "command": command(),
        "versions": {"vae_jax": vae_jax.__version__, **package_versions()},
        "platform": {
            "python": platform.python_version(),
            "system": platform.platform(),
            "processor": platform.processor() or platform.machine(),
            "instructions": instructions(),
            "cores": os.cpu_count(),
            "xla_flags": os.environ.get("XLA_FLAGS", ""),
            "jax_flags": jax_flags(),
        },
    }


def command() -> str:
    """The command line of this process, as it can be given again."""
    program, *arguments = sys.argv
    if program.startswith(f"{DOOR} "):  # `vae-jax sweep`, as `console/main.py` writes it
        return shlex.join([*program.split(), *arguments])
    return shlex.join([os.path.basename(sys.executable), program, *arguments])


def identify(record: Mapping[str, Any]) -> str:
    """The id of a result, ten hexadecimal digits of config, data and code together.

    Where the data lies, how pictures draw it, and what the run is called are no part of it.
    """
    config = record["config"]
    without = lambda facts, *names: {n: v for n, v in facts.items() if n not in names}
    dataset = without(config["dataset"], "path", "display")
    return digest_of(
        {
            "config": {**without(config, *WORDS), "dataset": dataset},
            "data": {name: without(d, "display") for name, d in record["data"].items()},
            "code": [record["code"]["sha256"], record["code"]["own"]],
        }
    )[:10]
