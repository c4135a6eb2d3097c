"""The door: command lines in, one-line errors out.

Nothing heavy is imported here, so that a mistake is answered in well under a second.
"""

import argparse
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from absl import flags
from ml_collections import ConfigDict, config_flags

from vae_jax.errors import UserError

MISTAKE = 2  # exit status


class Arguments(NamedTuple):
    """What `--config` and `--workdir` say."""

    config: ConfigDict
    overrides: dict[str, Any]  # fields set on the command line
    workdir: Path


def run(main: Callable[[Sequence[str]], int | None]) -> None:
    """Runs a command; a `UserError` is one line on stderr and exit status 2."""
    program = Path(sys.argv[0]).name
    try:
        sys.exit(main(sys.argv[1:]))
    except UserError as error:
        line = " ".join(str(error).split())
        print(f"{program}: error: {line}", file=sys.stderr)
        sys.exit(MISTAKE)


class Parser(argparse.ArgumentParser):
    """Its help is the command's docstring, and its errors are one line."""

    def format_help(self) -> str:
        return (self.usage or "").strip() + "\n"

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}; see --help")


def parse_config(arguments: Sequence[str], doc: str) -> Arguments:
    """Reads `--config=FILE[:VARIANT] --config.FIELD=VALUE ... --workdir=DIR`."""
    if any(argument in ("-h", "--help", "-help") for argument in arguments):
        print(doc.strip())
        sys.exit(0)
    values = flags.FlagValues()
    config = config_flags.DEFINE_config_file("config", flag_values=values)
    flags.DEFINE_string("workdir", None, "", flag_values=values)
    try:
        rest = values(["", *arguments])[1:]
    except Exception as error:  # whatever the config's own code raises, too
        raise UserError(reason(error)) from None
    if rest:
        raise UserError(f"{rest[0]!r} is not understood; see --help")
    for name in ("config", "workdir"):
        if not values[name].value:
            raise UserError(f"--{name} is missing; see --help")
    overrides = config_flags.get_override_values(values["config"])
    return Arguments(config.value, overrides, Path(values.workdir))


def reason(error: Exception) -> str:
    """What went wrong while reading flags and config, in one line."""
    if isinstance(error, flags.Error | FileNotFoundError | UserError):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    own = [
        f for f in frames if "site-packages" not in f.filename and f.name == "get_config"
    ]
    where = f"{own[-1].filename}, line {own[-1].lineno}: " if own else "--config: "
    return f"{where}{error}" if str(error) else f"{where}{type(error).__name__}"
