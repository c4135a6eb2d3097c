"""The commands and configs that come with the package: where they lie, and their names.

They are files outside the package, which anybody may read, copy and change; in a wheel they
lie inside it.
"""

from pathlib import Path

import vae_jax

COMMANDS, CONFIGS = "experiments", "configs"


def folder(name: str) -> Path:
    """Where `COMMANDS` or `CONFIGS` lie: beside the package, or inside one from a wheel."""
    package = Path(vae_jax.__file__).parent
    return package / name if (package / name).is_dir() else package.parent / name


def named(name: str) -> dict[str, Path]:
    """The files of `COMMANDS` or `CONFIGS` by their names, which lack the `.py`."""
    return {file.stem: file for file in sorted(folder(name).glob("*.py"))}
