"""The door: command lines in, one-line errors out.

Nothing heavy is imported here, so that a mistake is answered in well under a second.
"""

import argparse
import contextlib
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from absl import flags
from ml_collections import ConfigDict, config_dict, config_flags

from vae_jax.console.interrupt import interactive
from vae_jax.console.overrides import (
    drop_settings_of_others,
    method_names,
    offer,
    offer_settings,
    understood,
)
from vae_jax.errors import Interrupted, UserError
from vae_jax.hyperparameters import COMMON
from vae_jax.studies.axes import fields
from vae_jax.studies.config_file import load_config
from vae_jax.studies.fields import WORDS

MISTAKE = 2  # exit status


class Arguments(NamedTuple):
    """What a command line says: the config, what it overrides, the run's directory."""

    config: ConfigDict
    overrides: dict[str, Any]  # fields set on the command line
    workdir: Path
    switches: frozenset[str]  # those that were given
    options: dict[str, str]  # the values of those that have one


def run(main: Callable[[Sequence[str]], int | None]) -> None:
    """Runs a command; a `UserError` is one line on stderr and exit status 2."""
    program = Path(sys.argv[0]).name
    for stream in (sys.stdout, sys.stderr):  # a terminal without a beta is no error
        if hasattr(stream, "reconfigure"):  # a notebook's has no need of it
            stream.reconfigure(errors="replace")
    try:
        with without_warnings():
            status = main(sys.argv[1:])
            sys.stdout.flush()  # what cannot be written is known now
        sys.exit(status)
    except UserError as error:
        line = " ".join(str(error).split())
        print(f"{program}: error: {line}", file=sys.stderr)
        sys.exit(MISTAKE)
    except Interrupted as stop:
        print(f"{program}: {stop}", file=sys.stderr)
        leave(128 + stop.signal_number)
    except BrokenPipeError:  # whoever reads, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(128 + signal.SIGPIPE)
    except KeyboardInterrupt:
        print(f"{program}: interrupted", file=sys.stderr)
        sys.exit(128 + signal.SIGINT)


@contextlib.contextmanager
def without_warnings() -> Iterator[None]:
    """Drops the warnings of Python's libraries, which are for who writes programs.

    What concerns the user this package says itself. `python -W default` shows them.
    """
    if sys.warnoptions:
        yield
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.showwarning = lambda *_: None  # libraries set filters of their own
        yield


def leave(status: int) -> NoReturn:
    """Ends the process now, whatever its other threads are still computing.

    In a notebook, whose process is not the command's, they go on.
    """
    if threading.active_count() > 1 and not interactive():
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(status)
    sys.exit(status)


class Parser(argparse.ArgumentParser):
    """A parser whose help is the command's docstring; its errors are `UserError`s."""

    def format_help(self) -> str:
        return (self.usage or "").strip() + "\n"

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}; see --help")


def path(text: str) -> Path:
    """A path as a command line gives it: `~` is the user's home.

    The home of a user who is not there is an argparse error.
    """
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise argparse.ArgumentTypeError(f"{text}: no such user's home") from None


def count(text: str) -> int:
    """A whole number of at least 1 as a command line gives it; else an argparse error."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of at least 1")
    return int(text)


def parse_config(
    arguments: Sequence[str],
    doc: str,
    switches: Sequence[str] = (),
    options: Sequence[str] = (),
) -> Arguments:
    """Reads `--config=NAME[:VARIANT] --config.FIELD=VALUE ... --workdir=DIR`.

    `doc` is printed for `--help`. `switches` and `options` are what the command takes
    besides, without and with a value. What is not understood is a `UserError`.
    """
    if any(argument in ("-h", "--help", "-help") for argument in arguments):
        print(doc.strip())
        sys.exit(0)
    first = Parser(usage=doc, add_help=False, allow_abbrev=False)
    first.add_argument("--config", required=True)
    first.add_argument("--workdir", type=path, required=True)
    for switch in switches:
        first.add_argument(f"--{switch}", action="store_true")
    for option in options:
        first.add_argument(f"--{option}")
    given, rest = first.parse_known_args(arguments)
    # The fields are flags of absl's, so that values are read as ml_collections reads them.
    loaded, values = load_config(given.config), flags.FlagValues()
    for hyper in COMMON:  # `--config.warmup`, say, where the config leaves it out
        offer(loaded, [hyper.name], hyper.default)
    for word in WORDS:
        offer(loaded, [word], "")
    offer_axes(loaded)
    before = method_names(loaded)
    offer_settings(loaded, rest)
    rest = understood(loaded, rest)
    try:
        config = config_flags.DEFINE_config_dict(
            "config", loaded, flag_values=values, sys_argv=["", *rest]
        )
        stray = values(["", *rest])[1:]
    except Exception as error:  # absl and ml_collections raise as they like
        raise UserError(str(error) or type(error).__name__) from None
    if stray:
        raise UserError(f"{stray[0]!r} is not understood; see --help")
    overrides = config_flags.get_override_values(values["config"])
    drop_settings_of_others(config.value, before, overrides)
    given_switches = frozenset(switch for switch in switches if getattr(given, switch))
    given_options = {
        name: value for name in options if (value := getattr(given, name)) is not None
    }
    return Arguments(config.value, overrides, given.workdir, given_switches, given_options)


def offer_axes(config: ConfigDict) -> None:
    """Lets `--config.sweep` name any field of the config, besides those it has already."""
    sweep = config.get("sweep")
    if not isinstance(sweep, ConfigDict):
        return
    for name in (*fields(config.to_dict()), "points", "zip"):
        offer(sweep, name.split("."), config_dict.placeholder(tuple))
    offer(sweep, ["random_seed"], config_dict.placeholder(int))
