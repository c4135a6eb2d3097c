"""Writes the parts of the documentation that the code knows: tables of numbers and fields.

usage: python docs/generate.py [--check]

  --check  writes nothing; exit status 1 where a page is not what it would be

In a page of `docs/` such a part stands between `<!-- generated: NAME -->` and
`<!-- end -->`; `BLOCKS` has the function that makes each NAME.
"""

import inspect
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from vae_jax import registry, shipped
from vae_jax.console.main import says
from vae_jax.hyperparameters import COMMON, DECLARING, Hyper, as_markdown
from vae_jax.library.configs import config
from vae_jax.scores.entries import ENTRIES
from vae_jax.scores.flag import Flag
from vae_jax.studies import fields

DOCS = Path(__file__).parent
BLOCK = re.compile(r"(<!-- generated: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
OF_PROGRAM = ("data_shape", "latents", "encoder_outputs", "decoder_outputs", "tell")
GOOD = {"less": "less", "more": "more", "": "–"}


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; a bar inside a cell is escaped."""
    lines = [header, ["---"] * len(header), *rows]
    escaped = lambda cells: [cell.replace("|", r"\|") for cell in cells]
    return "\n".join(f"| {' | '.join(escaped(line))} |" for line in lines)


def glossary() -> str:
    """Every number of the shipped metrics: its names, unit, good end, range, meaning."""
    rows = [
        (
            f"`{entry.key}`",
            ", ".join(f"`{name}`" for name in entry.shown) or "–",
            entry.key.family,
            entry.unit or "–",
            GOOD.get(entry.better, entry.better),
            entry.values,
            entry.meaning,
        )
        for entry in sorted(ENTRIES, key=lambda entry: entry.key.name)
    ]
    header = ("in tables", "on pages", "family", "unit", "better", "values", "meaning")
    return table(header, rows)


def flags() -> str:
    """Why a number has no value, or how to read the one it has."""
    return table(("flag", "meaning"), [(f"`{flag}`", flag.meaning) for flag in Flag])


def traced_numbers() -> str:
    """The numbers that a sweep may vary within one compiled program."""
    numbers: dict[str, Hyper] = {hyper.name: hyper for hyper in COMMON}
    for kind in DECLARING:
        for name in registry.METHODS[kind]:
            numbers |= {f"{kind}.{h.name}": h for h in registry.numbers(kind, name)}
    return as_markdown(numbers)


def config_fields() -> str:
    """Every field of a config that is no traced number, with its value in `digits`."""
    given = config("digits").to_dict()
    least = lambda field: "–" if field.low is None else f"{field.low} or more"
    rows = [
        (
            f"`{field.name}`",
            value_of(given, field.name),
            field.unit or "–",
            least(field),
            field.meaning,
        )
        for field in fields.FIELDS
    ]
    return table(("field", "in `digits`", "unit", "values", "meaning"), rows)


def value_of(given: dict[str, Any], name: str) -> str:
    """A field's value in a config, as a cell shows it; of a group, its method."""
    value = given
    for part in name.split("."):
        value = value[part]
    if isinstance(value, dict):
        value = value.get("name", tuple(value))
    if value == "":
        return "unset"
    return ", ".join(value) if isinstance(value, tuple) else f"`{value}`"


def methods(kind: str) -> Callable[[], str]:
    """The block that lists the methods of a kind, with all their settings."""
    return lambda: table(
        ("name", "what it is", "settings, their defaults and meanings"),
        [(f"`{name}`", summary(kind, name), settings(kind, name)) for name in names(kind)],
    )


def names(kind: str) -> list[str]:
    """The names of the shipped methods of a kind."""
    return list(registry.METHODS[kind])


def summary(kind: str, name: str) -> str:
    """The first line of a factory's docstring."""
    return (inspect.getdoc(registry.factory(kind, name)) or "").partition("\n")[0]


def settings(kind: str, name: str) -> str:
    """The settings of a method: `hidden` = (256,), and what each is."""
    known = {field.name: field for field in fields.SETTINGS.get(f"{kind}.{name}", ())}
    return (
        "<br>".join(
            f"`{setting}`{default(value)}: {known[setting].meaning}"
            for setting, value in accepted(kind, name).items()
        )
        or "–"
    )


def accepted(kind: str, name: str) -> dict[str, Any]:
    """The settings that a config may give a method, with their defaults."""
    parameters = inspect.signature(registry.factory(kind, name)).parameters
    of_program = OF_PROGRAM if kind == "dataset" else (*OF_PROGRAM, "levels")
    is_one = lambda p: p.name not in of_program and p.kind is not p.VAR_KEYWORD
    return {n: p.default for n, p in parameters.items() if is_one(p)}


def default(value: Any) -> str:
    """A default as a cell shows it; nothing for a setting that is empty or has none."""
    shown = value is not inspect.Parameter.empty and value not in (None, "")
    return f" = `{value!r}`" if shown else ""


def commands() -> str:
    """The commands, each with the first line of its help."""
    files = shipped.named(shipped.COMMANDS)
    rows = [(f"`vae-jax {name}`", says(file)) for name, file in files.items()]
    return table(("command", "what it does"), rows)


BLOCKS: dict[str, Callable[[], str]] = {
    "glossary": glossary,
    "flags": flags,
    "traced-numbers": traced_numbers,
    "config-fields": config_fields,
    "commands": commands,
    **{
        f"methods-{kind}": methods(kind)
        for kind in registry.METHODS
        if kind != "certificate"
    },
}


def generated(page: str) -> str:
    """A page with its blocks made anew; a name that no block has is a KeyError."""
    return BLOCK.sub(lambda found: f"{found[1]}{BLOCKS[found[2]]()}\n{found[3]}", page)


def main(arguments: Sequence[str]) -> int:
    """Renews every page, or with `--check` names those that are out of date."""
    status = 0
    for file in sorted(DOCS.glob("*.md")):
        text = file.read_text(encoding="utf-8")
        renewed = generated(text)
        if renewed != text and "--check" in arguments:
            print(f"{file}: not up to date; python docs/generate.py renews it")
            status = 1
        elif renewed != text:
            file.write_text(renewed, encoding="utf-8")
            print(f"{file}: renewed")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
