"""From a name in a config to the thing it names.

A table maps a name to `"module:factory"`, so reading a table imports nothing: a wrong
name is answered before JAX is loaded. The factory's signature is the schema.
"""

import inspect
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from vae_jax.errors import UserError

Table = Mapping[str, str]


def check_name(table: Table, kind: str, name: object) -> str:
    """Returns `name` if the table has it; else a `UserError` listing what exists."""
    if not isinstance(name, str) or name not in table:
        raise UserError(
            f"{kind}.name: {name!r} is not known; there are: {', '.join(sorted(table))}"
        )
    return name


def factory(table: Table, kind: str, name: object) -> Callable[..., Any]:
    """Imports and returns the factory of one entry."""
    module, attribute = table[check_name(table, kind, name)].split(":")
    return getattr(import_module(module), attribute)


def build(table: Table, kind: str, settings: Mapping[str, Any], **context: Any) -> Any:
    """Calls the factory named by `settings["name"]` with the other settings.

    `context` is what the program supplies (shapes, say); `settings` is what the user
    wrote. A setting the factory does not take, or one that is missing, is a `UserError`.
    """
    settings = dict(settings)
    name = settings.pop("name", None)
    make = factory(table, kind, name)
    known = [p for p in inspect.signature(make).parameters if p not in context]
    for setting in settings:
        if setting not in known:
            takes = ", ".join(known) or "no settings"
            raise UserError(
                f"{kind}.{setting}: {name!r} has no such setting; it takes: {takes}"
            )
    try:
        inspect.signature(make).bind(**context, **settings)
    except TypeError as error:
        raise UserError(f"{kind}: {name!r}: {error}") from None
    return make(**context, **settings)
