"""The door: command lines in, one-line errors out.

Nothing heavy is imported here, so that a mistake is answered in well under a second.
"""

import argparse
import importlib.util
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from absl import flags
from ml_collections import ConfigDict, config_dict, config_flags

from vae_jax.errors import Interrupted, UserError
from vae_jax.hyperparameters import COMMON
from vae_jax.studies.axes import fields
from vae_jax.studies.study import GROUPS

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
        stream.reconfigure(errors="replace")
    try:
        sys.exit(main(sys.argv[1:]))
    except UserError as error:
        line = " ".join(str(error).split())
        print(f"{program}: error: {line}", file=sys.stderr)
        sys.exit(MISTAKE)
    except Interrupted as stop:
        print(f"{program}: {stop}", file=sys.stderr)
        leave(128 + stop.signal_number)
    except KeyboardInterrupt:
        print(f"{program}: interrupted", file=sys.stderr)
        sys.exit(128 + signal.SIGINT)


def leave(status: int) -> NoReturn:
    """Ends the process now, whatever its other threads are still computing."""
    if threading.active_count() > 1:
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
    """A path as a command line gives it: `~` is the user's home."""
    return Path(text).expanduser()


def parse_config(
    arguments: Sequence[str],
    doc: str,
    switches: Sequence[str] = (),
    options: Sequence[str] = (),
) -> Arguments:
    """Reads `--config=FILE[:VARIANT] --config.FIELD=VALUE ... --workdir=DIR`.

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
    before = method_names(loaded)
    offer_settings(loaded, rest)
    try:
        config = config_flags.DEFINE_config_dict(
            "config", loaded, flag_values=values, sys_argv=["", *rest]
        )
        stray = values(["", *rest])[1:]
    except AttributeError as error:  # holds the KeyError that has the text
        text = error.args[0].args[0] if isinstance(error.args[0], KeyError) else error
        raise UserError(f"--config has no such field: {text}") from None
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


def load_config(argument: str) -> ConfigDict:
    """The config that `get_config` of FILE[:VARIANT] returns.

    A fault in the file is a `UserError` that names its line.
    """
    file, _, variant = argument.partition(":")
    path = os.path.abspath(file)
    if not os.path.isfile(path) or not path.endswith(".py"):
        raise UserError(f"--config: {file} is not a Python file")
    try:
        spec = importlib.util.spec_from_file_location("config", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        config = module.get_config(*([variant] if variant else []))
    except (Exception, SystemExit) as error:  # the file is the user's own code
        frames = [
            frame
            for frame in traceback.extract_tb(error.__traceback__)
            if frame.filename == path
        ]
        line = f", line {frames[-1].lineno}" if frames else ""
        raise UserError(f"{file}{line}: {error or type(error).__name__}") from None
    if not isinstance(config, ConfigDict):
        raise UserError(f"{file}: get_config returns no ConfigDict")
    for hyper in COMMON:  # `--config.warmup`, say, where the config leaves it out
        offer(config, [hyper.name], hyper.default)
    offer_axes(config)
    return config


def offer_axes(config: ConfigDict) -> None:
    """Lets `--config.sweep` name any field of the config, besides those it has already."""
    sweep = config.get("sweep")
    if not isinstance(sweep, ConfigDict):
        return
    for name in (*fields(config.to_dict()), "points", "zip"):
        offer(sweep, name.split("."), config_dict.placeholder(tuple))
    offer(sweep, ["random_seed"], config_dict.placeholder(int))


def offer_settings(config: ConfigDict, arguments: Sequence[str]) -> None:
    """Lets the command line give a method's settings that the config leaves out.

    `--config.objective.capacity=3` and `--config.sweep.objective.capacity="(1,2)"`: whether
    the method has such a setting is answered where the method is known.
    """
    for argument in arguments:
        name = argument.lstrip("-").partition("=")[0].removeprefix("config.")
        field = name.removeprefix("sweep.")
        group, _, leaf = field.partition(".")
        if (
            group in GROUPS
            and leaf.isidentifier()
            and isinstance(config.get(group), ConfigDict)
        ):
            value_type = tuple if name.startswith("sweep.") else object
            offer(config, name.split("."), config_dict.placeholder(value_type))


def method_names(config: ConfigDict) -> dict[str, Any]:
    """The methods that a config names, by the groups of its fields."""
    groups = {
        name: config[name] for name in GROUPS if isinstance(config.get(name), ConfigDict)
    }
    return {group: settings.get("name") for group, settings in groups.items()}


def drop_settings_of_others(
    config: ConfigDict, before: Mapping[str, Any], overrides: Mapping[str, Any]
) -> None:
    """Drops the config's settings of a method that the command line replaces by another.

    Those that the command line gives stay. `before` has the methods of the config's file.
    """
    for group, name in method_names(config).items():
        if f"{group}.name" not in overrides or name == before.get(group):
            continue
        with config[group].unlocked():
            for field in list(config[group]):
                if f"{group}.{field}" not in overrides:
                    del config[group][field]


def offer(group: ConfigDict, path: list[str], value: Any) -> None:
    """Adds a field to a group of a config, unless it is there already.

    `path` has the names of the groups on the way to it, then its own.
    """
    name, *rest = path
    with group.unlocked():
        if name not in group:
            group[name] = ConfigDict() if rest else value
        if rest and isinstance(group[name], ConfigDict):
            offer(group[name], rest, value)
