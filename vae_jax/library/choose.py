"""Which member is meant: by its number, or by the values that tell it from the others."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from vae_jax.errors import UserError
from vae_jax.runs.members import MemberRow
from vae_jax.studies.axes import plain

SHOWN = 8  # values that a message lists


def number_of(rows: Sequence[MemberRow], values: Mapping[str, Any]) -> int:
    """The number of the one member with these values.

    Names are those of traced numbers (`beta`, `objective.capacity`) and of swept fields
    (`network.hidden`). None, or several, are a `UserError` that says which there are.
    """
    columns = [{**row.member.numbers, **dict(row.member.static)} for row in rows]
    known = list(dict.fromkeys(name for column in columns for name in column))
    for name in values:
        if name not in known:
            raise UserError(
                f"member: {name!r} is no value of one; there are: {listed(known)}"
            )
    found = [n for n, column in enumerate(columns) if matches(column, values)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise UserError(f"member: none has {said(values)}; {nearest(columns, values)}")
    differing = {name: options([columns[n] for n in found], name) for name in known}
    also = "; ".join(f"{n} {listed(o)}" for n, o in differing.items() if len(o) > 1)
    asked = f" have {said(values)}" if values else ""
    raise UserError(f"member: {len(found)}{asked}; say which: {also or 'by its number'}")


def nearest(columns: Sequence[Mapping[str, Any]], values: Mapping[str, Any]) -> str:
    """Which values there are where none matches: of the first name that no member has."""
    for name, value in values.items():
        if not any(matches(column, {name: value}) for column in columns):
            return f"{name} is one of {listed(options(columns, name))}"
    *others, last = values
    rest = {name: values[name] for name in others}
    with_others = [column for column in columns if matches(column, rest)]
    if not with_others:
        return "no member has these values together"
    return f"with {said(rest)}, {last} is one of {listed(options(with_others, last))}"


def matches(column: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Whether a member has these values; numbers are compared as floats."""
    return all(name in column and equal(column[name], v) for name, v in values.items())


def equal(one: Any, other: Any) -> bool:
    """Whether two values are the same, however close rounding has brought them."""
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-6)
    return plain(one) == plain(other)


def options(columns: Sequence[Mapping[str, Any]], name: str) -> list[Any]:
    """The values that members have under a name, each once, in their order."""
    return sorted({column[name] for column in columns if name in column}, key=order)


def order(value: Any) -> tuple[bool, Any]:
    """Numbers by size, then everything else by its text."""
    is_number = isinstance(value, int | float)
    return (not is_number, value if is_number else str(value))


def said(values: Mapping[str, Any]) -> str:
    """Values in words: `beta=1.0, seed=0`."""
    return ", ".join(f"{name}={value!r}" for name, value in values.items())


def listed(values: Sequence[Any]) -> str:
    """A few values, and how many more there are."""
    more = len(values) - SHOWN
    shown = ", ".join(v if isinstance(v, str) else repr(v) for v in values[:SHOWN])
    return shown + (f" and {more} more" if more > 0 else "")
