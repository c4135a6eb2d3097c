"""The command `vae-jax`: `vae-jax sweep ...` runs `experiments/sweep.py`. No JAX."""

import ast
import difflib
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path

import vae_jax
from vae_jax import shipped
from vae_jax.console import cli
from vae_jax.errors import UserError
from vae_jax.runs.record import DOOR

HELP = ("-h", "--help", "help")


def main() -> None:
    """Runs the command that is named first, with the arguments behind it."""
    commands = shipped.named(shipped.COMMANDS)
    name = sys.argv[1] if len(sys.argv) > 1 else HELP[0]
    if name not in commands:
        sys.argv[0] = DOOR
        cli.run(no_command)
    sys.argv[:2] = [f"{DOOR} {name}"]
    spec = importlib.util.spec_from_file_location(name, commands[name])
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    cli.run(module.main)


def no_command(arguments: Sequence[str]) -> None:
    """Prints the commands there are, or the version; a `UserError` for any other name."""
    commands = shipped.named(shipped.COMMANDS)
    name = arguments[0] if arguments else HELP[0]
    if name == "--version":
        print(f"vae_jax {vae_jax.__version__}")
    elif name in HELP:
        print(f"usage: {DOOR} COMMAND [ARGUMENTS]    {DOOR} COMMAND --help\n")
        print(*(f"  {name:10} {says(file)}" for name, file in commands.items()), sep="\n")
    else:
        near = difflib.get_close_matches(name, commands, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(commands)}"
        raise UserError(f"{name!r} is no command; {hint}")


def says(file: Path) -> str:
    """What a command does: the first line of its docstring."""
    doc = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return doc.partition("\n")[0]
