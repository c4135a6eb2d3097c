"""The numbers that stand beside a member, each with what a reader has to know of it."""

from typing import Any, NamedTuple

import numpy as np

from vae_jax.runs.results import ProgramResults
from vae_jax.runs.summary import Setting
from vae_jax.scores import metric_key as keys
from vae_jax.scores.catalogue import find, in_space
from vae_jax.scores.collapse import verdict
from vae_jax.scores.metric_key import MetricKey

BETTER = {"less": "Less is better.", "more": "More is better."}
NEITHER = "Neither more nor less is better by itself."


class Number(NamedTuple):
    """A number of the page: its name there, its key, digits to show, and its level."""

    name: str
    key: MetricKey
    digits: int
    expert: bool  # stands one level down: it says little to who does not know it


SHOWN = (
    Number("distortion D", keys.DISTORTION, 2, False),
    Number("rate R", keys.RATE, 2, False),
    Number("FD, N(0, I)", keys.FD.by("prior"), 2, False),
    Number("coverage, N(0, I)", keys.COVERAGE.by("prior"), 2, False),
    Number("FD, mixture", keys.FD.by("mixture"), 2, True),
    Number("coverage, mixture", keys.COVERAGE.by("mixture"), 2, True),
    Number("off manifold", keys.OFF_MANIFOLD.by("prior"), 3, True),
    Number("information", keys.MUTUAL_INFORMATION, 2, True),
    Number("active units", keys.ACTIVE_UNITS, 0, True),
    Number("collapse", keys.COLLAPSED_UNITS, 0, True),
)


def numbers_of(run: ProgramResults, setting: Setting, n: int) -> dict[str, Any]:
    """A member's numbers by their names in the page.

    `{"value": 20.77}`, or `{"value": None, "why": ...}` where it has none.
    """
    found = {}
    for name, key, *_ in SHOWN:
        key = in_space(key, run.space)
        value = finite(run.value(n, key))
        if key == keys.COLLAPSED_UNITS:
            rates = run.rates(n)
            value = None if rates is None else str(verdict(rates))
        found[name] = {"value": value}
        if value is None:
            found[name]["why"] = run.reason(setting, key)
    return found


def explained(run: ProgramResults) -> list[dict[str, Any]]:
    """What the page says of each number: meaning, good end, unit, ends of the scale.

    Numbers that no member of the program has are left out.
    """
    found = []
    for number in SHOWN:
        key = in_space(number.key, run.space)
        entry = find(number.key)
        if not run.has(key) or entry is None:
            continue
        found.append(
            {
                "name": number.name,
                "digits": number.digits,
                "expert": number.expert,
                "unit": entry.unit,
                "meaning": entry.meaning,
                "better": BETTER.get(entry.better, NEITHER),
                "ends": ends_of(run, key),
                "space": run.space_in_words if key.space else "",
            }
        )
    return found


def ends_of(run: ProgramResults, key: MetricKey) -> list[tuple[str, float]]:
    """The ends of a number's scale, by name: the best there can be, and what says nothing.

    Empty where they are not measured.
    """
    if key == keys.DISTORTION:
        ends = run.baselines["test"]
        named = [("no loss", ends["floor"]), ("mean image", ends["collapsed"])]
    else:
        plain = key._replace(sampler="")
        named = [
            (name, run.reference(name, plain)) for name in ("training images", "mean image")
        ]
    kept = [(name, finite(value)) for name, value in named]
    return kept if None not in [value for _, value in kept] else []


def finite(value: float | None) -> float | None:
    """A number that JSON can hold, else None."""
    return value if value is not None and np.isfinite(value) else None
