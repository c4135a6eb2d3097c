"""What a command line sets of a config, understood before ml_collections reads it.

Its own messages are about Python, so that names and kinds of values are checked here.
"""

import ast
import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ml_collections import ConfigDict, config_dict

from vae_jax.errors import UserError
from vae_jax.registry import METHODS
from vae_jax.studies import axes
from vae_jax.studies.study import GROUPS

# 1000 as programmers write it: whole numbers in the notation of floats.
POWERS = re.compile(r"(?<![\w.])[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?(?![\w.])")

TRUTHS = ("true", "false", "t", "f", "1", "0")  # as absl reads them


def understood(config: ConfigDict, arguments: Sequence[str]) -> list[str]:
    """The arguments, with whole numbers such as `1e3` written out.

    A field that the config does not have, a group that is given a single value, and a
    fraction for a whole number are `UserError`s.
    """
    found = []
    for name, argument in named(config, arguments):
        if name is not None:
            flag, equals, text = argument.partition("=")
            field = field_of(config, name)
            if isinstance(field, ConfigDict):
                check_group(name, field, text)
            elif equals:
                argument = f"{flag}={written_out(config, name, text)}"
        found.append(argument)
    return found


def named(config: ConfigDict, arguments: Sequence[str]) -> Iterator[tuple[str | None, str]]:
    """Each argument, `--config.FIELD=VALUE` with its field; a value may be the next one.

    Not the value of a switch, as absl has it: there the name alone means True.
    """
    waiting = ""
    for argument in arguments:
        if waiting:
            argument, waiting = f"{waiting}={argument}", ""
        flag, equals, _ = argument.partition("=")
        name = flag.lstrip("-").removeprefix("config.")
        if not re.match("--?config[.]", flag):
            yield None, argument
        elif equals or isinstance(field_of(config, name), bool):
            yield name, argument
        else:
            waiting = argument
    if waiting:
        yield None, waiting


def field_of(config: ConfigDict, name: str) -> Any:
    """What a config has under a dotted name; a `UserError` names the nearest there is."""
    value: Any = config
    for part in name.split("."):
        if not isinstance(value, ConfigDict):
            raise UserError(f"--config has no such field: {name}")
        if part not in value:
            near = difflib.get_close_matches(part, list(value), n=1)
            hint = (
                f'did you mean "{near[0]}" instead of "{part}"?'
                if near
                else f"there are: {', '.join(value)}"
            )
            raise UserError(f"--config has no such field: {name}; {hint}")
        value = value[part]
    return value


def check_group(name: str, group: ConfigDict, text: str) -> None:
    """A `UserError` unless the text that a group of fields is set to is a dictionary."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        value = None
    if isinstance(value, dict):
        return
    if name in GROUPS:
        names = sorted(METHODS[name])
        near = difflib.get_close_matches(text, names, n=1) or names[:1]
        raise UserError(
            f"--config.{name}: a group of fields, not {text!r}; its method is set by "
            f"--config.{name}.name={near[0]}; there are: {', '.join(names)}"
        )
    raise UserError(
        f"--config.{name}: a group of fields, not {text!r}; each is set by itself, as in "
        f"--config.{name}.{next(iter(group))}; there are: {', '.join(group)}"
    )


def written_out(config: ConfigDict, name: str, text: str) -> str:
    """The text that sets a field; `1e3` is 1000 where whole numbers are expected.

    A fraction for a field that is one whole number is a `UserError`.
    """
    axis = name.removeprefix("sweep.")
    value = axes.field(config.to_dict(), axis)
    if isinstance(value, tuple) or axis != name:
        several = value if isinstance(value, tuple) else (value,)
        expected = several and all(map(is_whole, several))
        return POWERS.sub(whole_number, text) if expected else text
    if isinstance(value, bool) and text.lower() not in TRUTHS:
        raise UserError(f"--config.{name}: {text!r} is neither True nor False")
    if not is_whole(value):
        return text
    written = POWERS.sub(whole_number, text.strip())
    if not re.fullmatch("[-+]?[0-9]+", written):
        raise UserError(f"--config.{name}: {text!r} is not a whole number")
    return written


def whole_number(found: re.Match) -> str:
    """A number in a text, written out if it is whole and of a size that makes sense."""
    number = float(found[0])
    return str(int(number)) if number.is_integer() and abs(number) < 2**53 else found[0]


def is_whole(value: Any) -> bool:
    """Whether a value is a whole number, which True is not."""
    return isinstance(value, int) and not isinstance(value, bool)


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
