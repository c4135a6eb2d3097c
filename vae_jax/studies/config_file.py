"""A config from its file: one that comes with the package, by its name, or one's own."""

import difflib
import importlib.util
import os
import traceback
from pathlib import Path

from ml_collections import ConfigDict

from vae_jax import shipped
from vae_jax.errors import UserError


def load_config(argument: str) -> ConfigDict:
    """The config that `get_config` of NAME[:VARIANT] or FILE.py[:VARIANT] returns.

    A NAME is that of a file of `configs/`, such as `digits`. A fault in the file is a
    `UserError` that names its line; so is a name or a file that is not there.
    """
    name, _, variant = argument.partition(":")
    path = path_of(name)
    try:
        spec = importlib.util.spec_from_file_location("config", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        config = module.get_config(*([variant] if variant else []))
    except (Exception, SystemExit) as error:  # the file is the user's own code
        frames = [
            frame
            for frame in traceback.extract_tb(error.__traceback__)
            if frame.filename == str(path)
        ]
        line = f", line {frames[-1].lineno}" if frames else ""
        raise UserError(f"{name}{line}: {error or type(error).__name__}") from None
    if not isinstance(config, ConfigDict):
        raise UserError(f"{name}: get_config returns no ConfigDict")
    return config


def path_of(name: str) -> Path:
    """The file of a config: where `name` says, or that of `configs/` with this name."""
    there = shipped.named(shipped.CONFIGS)
    path = Path(os.path.abspath(os.path.expanduser(name)))
    if path.is_file() and path.suffix == ".py":
        return path
    if name in there:
        return there[name]
    if path.exists():
        raise UserError(f"--config: {name} is not a Python file")
    if path.suffix == ".py" or os.sep in name:
        raise UserError(f"--config: there is no file {name}")
    near = difflib.get_close_matches(name, there, n=1)
    hint = f"did you mean {near[0]}?" if near else f"by name there are: {', '.join(there)}"
    raise UserError(f"--config: {name} is neither a file nor the name of a config; {hint}")
