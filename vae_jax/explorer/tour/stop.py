"""A stop of the tour, and how its sentences are worded."""

from collections.abc import Iterable
from typing import Any, NamedTuple, TypeVar

from vae_jax.explorer.tour.story import Told

Item = TypeVar("Item")


class Stop(NamedTuple):
    """A stop of the tour: the name in its link, its title, its text, and what is shown.

    `state` is in the words of the page's links; `member` is a place among its members.
    """

    name: str
    title: str
    text: list[str]
    state: dict[str, Any]


def shows(told: Told, **state: Any) -> dict[str, Any]:
    """The state of a stop at which a member is looked at."""
    return {"member": told.place, **state}


def first(items: Iterable[Item | None]) -> Item | None:
    """The first of some items that is not None; None without one."""
    return next((item for item in items if item is not None), None)


def in_words(value: float) -> str:
    """A number in a sentence: two digits after the point, a true minus sign."""
    return f"{value:z.2f}".replace("-", "−")


def percent(share: float) -> str:
    """A share in a sentence: `99 %`."""
    return f"{100.0 * share:z.0f} %"


def counted(count: int, noun: str) -> str:
    """A count with its noun: `1 number`, `2 numbers`."""
    return f"{count} {noun}{'s' * (count != 1)}"
